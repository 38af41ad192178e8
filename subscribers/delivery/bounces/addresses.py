"""Return paths: the address at which the bounce of one delivery comes back (VERP).

`bounces+TOKEN@status.example.org`: the token names the delivery and when it was queued, and is
signed. So whoever sends to the address without having had the mail can suspend nobody, however
they forge a report. It is good for 14 days after that, which is longer than servers keep trying,
and for this sending only: what is sent again has another one. Case does not matter, since servers
on the way may change it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from subscribers.models import Delivery

VALID_FOR = timedelta(days=14)
_TOKEN = re.compile(
    r"(?<![0-9a-z])([0-9a-z]{1,13})-([0-9a-z]{1,8})-([0-9a-f]{24})(?![0-9a-z-])", re.IGNORECASE
)


class InvalidTokenError(ValueError):
    """A token that is forged, too old, or of an earlier sending; the message says so."""


@dataclass(frozen=True, slots=True)
class _Parts:
    delivery_id: int
    issued: int
    mac: str


def delivery_token(row: Delivery) -> str:
    """Return the signed token of a delivery as it was queued last."""
    issued = _issued(row)
    return f"{int_to_base36(row.pk)}-{int_to_base36(issued)}-{_mac(row.pk, issued)}"


def return_path(token: str) -> str:
    """Return the envelope's sender for a token; '' when no address for bounces is set."""
    local, at, domain = settings.STATUSPAGE.bounce_address.rpartition("@")
    return f"{local}+{token}{at}{domain}" if at else ""


def tokens_in(text: str) -> list[str]:
    """Return everything in a text that looks like a token, in its order."""
    return [match[0].lower() for match in _TOKEN.finditer(text)]


def delivery_of(text: str, *, now: datetime) -> Delivery:
    """Return the delivery of a return path, or of a token alone. Raises InvalidTokenError."""
    tokens = tokens_in(text)
    if len(tokens) != 1:
        raise InvalidTokenError("This is no address that mail was sent from.")
    parts = _parts(tokens[0])
    if parts is None or not constant_time_compare(parts.mac, _mac(parts.delivery_id, parts.issued)):
        raise InvalidTokenError("The signature of this address is not ours.")
    if now >= datetime.fromtimestamp(parts.issued, UTC) + VALID_FOR:
        raise InvalidTokenError(
            f"This address was good for {VALID_FOR.days} days, and has expired."
        )
    row = Delivery.objects.filter(pk=parts.delivery_id).select_related("subscriber").first()
    if row is None or _issued(row) != parts.issued:
        raise InvalidTokenError("This address is of an earlier sending; the mail was sent anew.")
    return row


def _parts(token: str) -> _Parts | None:
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    try:
        return _Parts(base36_to_int(match[1]), base36_to_int(match[2]), match[3].lower())
    except ValueError:
        return None


def _issued(row: Delivery) -> int:
    return int(row.created_at.timestamp())


def _mac(delivery_id: int, issued: int) -> str:
    message = f"{delivery_id}:{issued}"
    return salted_hmac("subscribers.bounce", message, algorithm="sha256").hexdigest()[:24]
