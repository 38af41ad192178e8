"""Reads delivery status notifications (RFC 3464): mails by which servers report on a mail of ours.

A report comes from anybody who can send mail. What it says is believed only together with a token
that we signed for the mail it is about; where one may stand is listed in `tokens`. Pure: nothing is
looked up here.
"""

import re
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser

from subscribers.channels.base import TOKEN_HEADER
from subscribers.delivery.bounces.rules import STATUS_PATTERN, status_in

MAX_BYTES = 1_000_000
_MAX_PARTS = 50
_ADDRESSED = (
    "To", "Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To", "X-Forwarded-To",
)  # fmt: skip
"""Where servers say which address of ours a report came to."""
_RETURNED = ("Return-Path", TOKEN_HEADER)
"""Headers of the mail that came back."""


class ReportError(ValueError):
    """A mail that is no report on a delivery; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a notification says."""

    tokens: tuple[str, ...]
    """Texts that may hold a token, the most direct first."""
    failed: bool
    """Whether the mail was given up. Delays, relays and deliveries are no bounces."""
    status: str = ""
    """As `5.1.1`; of a failure."""
    diagnostic: str = ""
    """The words of the server that refused it."""


def parse_report(raw: bytes) -> Report:
    """Return what a mail says of a delivery. Raises ReportError."""
    if len(raw) > MAX_BYTES:
        raise ReportError(f"A report has {MAX_BYTES:,} bytes at most.")
    try:
        mail = BytesParser(policy=policy.compat32).parsebytes(raw)
        parts = _parts(mail)
        return _report(mail, parts)
    except (MessageError, RecursionError, LookupError, ValueError, TypeError) as error:
        if isinstance(error, ReportError):
            raise
        raise ReportError("This mail cannot be read.") from None


def _parts(mail: Message) -> list[Message]:
    """Return a mail's parts, the mail first, without what stands inside the returned mail."""
    found: list[Message] = []
    waiting: list[Message] = [mail]
    while waiting and len(found) < _MAX_PARTS:
        part = waiting.pop(0)
        found.append(part)
        payload = part.get_payload()
        if part.get_content_type().startswith("multipart/") and isinstance(payload, list):
            waiting += [each for each in payload if isinstance(each, Message)]
    return found


def _report(mail: Message, parts: list[Message]) -> Report:
    status_part = next(
        (each for each in parts if each.get_content_type() == "message/delivery-status"), None
    )
    blocks = status_part.get_payload() if status_part is not None else None
    if not isinstance(blocks, list):
        raise ReportError("There is no part message/delivery-status in it (RFC 3464).")
    tokens = _headers(mail, _ADDRESSED)
    for part in parts:
        tokens += _headers(_returned(part), _RETURNED)
    # The first block is about the message; each of the others is about a recipient.
    recipients = [each for each in blocks if isinstance(each, Message) and each.get("Action")]
    if not recipients:
        raise ReportError("It names no recipient with an Action (RFC 3464, 2.3).")
    for each in recipients:
        if _line(each, "Action").lower() == "failed":
            diagnostic = _line(each, "Diagnostic-Code").partition(";")[2].strip()
            match = re.match(STATUS_PATTERN, _line(each, "Status"))
            status = match[0] if match else status_in(diagnostic) or "5.0.0"
            return Report(tuple(tokens), failed=True, status=status, diagnostic=diagnostic)
    return Report(tuple(tokens), failed=False)


def _returned(part: Message) -> Message | None:
    """Return the returned mail's headers, if this part has them."""
    kind, payload = part.get_content_type(), part.get_payload()
    if kind == "message/rfc822" and isinstance(payload, list) and payload:
        return payload[0] if isinstance(payload[0], Message) else None
    if kind == "text/rfc822-headers":
        raw = part.get_payload(decode=True)
        return BytesParser().parsebytes(raw, headersonly=True) if isinstance(raw, bytes) else None
    return None


def _headers(mail: Message | None, names: tuple[str, ...]) -> list[str]:
    if mail is None:
        return []
    return [str(value) for name in names for value in mail.get_all(name, [])]


def _line(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())
