"""`manage.py mailtest ADDRESS`: sends one mail as the product would, and says what came of it."""

import sys
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.fanout import site
from subscribers.addresses import normalise
from subscribers.channels.base import Fate, Message, Outcome, Recipient
from subscribers.channels.email import EmailChannel
from subscribers.facts import Facts
from subscribers.fanout import instant
from subscribers.sender import SEND_SECONDS
from subscribers.words import Channel


class Command(BaseCommand):
    help = "Sends one mail to ADDRESS, and says what the mail server answered."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            address = normalise(Channel.EMAIL, options["address"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        outcome = send_test(address)
        told = f"{outcome.code or '—'} {outcome.text}".strip()
        if outcome.fate is not Fate.SENT:
            self.stderr.write(self.style.ERROR(f"not sent: {told}"))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS(f"sent: {told}"))


def send_test(address: str) -> Outcome:
    """One mail, at once, past the queue."""
    name = f"mailtest-{uuid4().hex[:12]}"
    facts = Facts(
        event="mail.test",
        headline="Mail works",
        at=instant(datetime.now(UTC)),
        url=f"{site()}/status",
        message="This is a test. Whoever asked for it can tell from it that mail is sent.",
    )
    channel = EmailChannel()
    try:
        message = Message(f"{name}@{site().partition('://')[2].partition(':')[0]}", "", facts, name)
        return channel.send(message, Recipient(address), deadline=time.monotonic() + SEND_SECONDS)
    finally:
        channel.close()
