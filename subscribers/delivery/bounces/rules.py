"""What a status code of RFC 3463 says of a mail address: pure, so that it can be tested as a table.

Hard is what no later mail can change: there is no such mailbox or domain (X.1), or the mailbox is
disabled (5.2.1). Soft is what may pass, such as a full mailbox or a route that is down; it counts.
All else (the content, the protocol, the policy of the other side: X.3, X.5, X.6, X.7, and what is
wrong with the sender's address) says something of the mail or of us, and never costs anybody their
subscription: a sender on a block list would otherwise lose all subscribers of a provider at once.
"""

import re
from datetime import timedelta

from subscribers.enums import BounceKind

STATUS_PATTERN = r"[245]\.[0-9]{1,3}\.[0-9]{1,3}"
SOFT_LIMIT = 5
"""Soft bounces of different mails after which an address is suspended …"""
SOFT_PERIOD = timedelta(days=7)
"""… if they lie within this time."""
_ABOUT_THE_SENDER = ("1.7", "1.8")
_ENHANCED = re.compile(rf"\s*({STATUS_PATTERN})(?![0-9.])")
_MAILBOX_CODES = frozenset({550, 551, 553})
"""SMTP's replies about a mailbox, from servers that give no status code (RFC 5321, 4.2.3)."""


def bounce_kind(status: str) -> BounceKind | None:
    """Return what a status such as `5.1.1` says of the address; None for 2.X.X, a success.

    Raises ValueError for what is no status.
    """
    if not re.fullmatch(STATUS_PATTERN, status):
        raise ValueError("Write a status code of RFC 3463, such as 5.1.1.")
    grade, subject, _ = status.split(".")
    detail = status.partition(".")[2]
    if grade == "2":
        return None
    if subject in ("0", "1", "2", "4") and detail not in _ABOUT_THE_SENDER:
        is_hard = grade == "5" and (subject == "1" or detail == "2.1")
        return BounceKind.HARD if is_hard else BounceKind.SOFT
    return BounceKind.REFUSED


def status_in(text: str) -> str:
    """Return the status code that a server's reply begins with, its SMTP code first or not; '' if
    there is none."""
    without_code = re.sub(r"^\s*(?:smtp;)?\s*(?:[245][0-9]{2}[ -])?", "", text, flags=re.IGNORECASE)
    match = _ENHANCED.match(without_code)
    return match[1] if match else ""


def status_of_reply(code: int | None, text: str) -> str:
    """Return the status of a server's final refusal; '' when it says nothing of the mailbox."""
    return status_in(text) or ("5.0.0" if code in _MAILBOX_CODES else "")
