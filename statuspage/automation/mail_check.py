"""One mail as the product would send it, at once, past the queue: does mail work?"""

import smtplib
import time
from datetime import UTC, datetime
from uuid import uuid4

from django.conf import settings
from django.core.mail import get_connection

from components.values.instants import iso
from monitors.probing.masking import one_line
from statuspage.automation.notice_context import site
from subscribers.channels.base import EMAIL, Message, Outcome, Recipient
from subscribers.channels.registry import make
from subscribers.delivery.worker import SEND_SECONDS
from subscribers.message import Facts


def failure() -> str:
    """Return why the mail server cannot be reached or refuses our log-in; '' if all is well.

    Nothing is sent.
    """
    server = get_connection()
    try:
        server.open()
        server.close()
    except (OSError, smtplib.SMTPException) as error:
        host = getattr(settings, "EMAIL_HOST", "")
        return one_line(f"{host}: {_reason(error)}")
    return ""


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        return f"{error.smtp_code} {text}"
    return str(error) or type(error).__name__


def send_test(address: str) -> Outcome:
    """Send one test mail at once, past the queue; return the outcome of the delivery."""
    name = f"mailtest-{uuid4().hex[:12]}"
    facts = Facts(
        event="mail.test",
        headline="Mail works",
        at=iso(datetime.now(UTC)),
        url=f"{site()}/status",
        message="This is a test message. If you can read it, mail works.",
    )
    sender = make(EMAIL)
    try:
        message = Message(f"{name}@{site().partition('://')[2].partition(':')[0]}", "", facts, name)
        return sender.send(message, Recipient(address), deadline=time.monotonic() + SEND_SECONDS)
    finally:
        sender.close()
