"""What is journalled of signing in. Typed names are not: people type passwords there."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from components.journal import Event, record
from components.journal.event_types import EventType
from statuspage import event_types


def signed_in(user: User, *, by: list[str], network: str, new_device: bool) -> None:
    data = {"username": user.username, "by": by, "network": network, "new_device": new_device}
    _record(event_types.PERSON_SIGNED_IN, data, user=user, actor=user.username)


def refused(user: User | None, *, who: str, by: str, reason: str) -> None:
    """Journal that somebody who proved who they are was not let in."""
    data = {"username": who, "by": by, "reason": reason}
    _record(event_types.PERSON_REFUSED, data, user=user)


def too_many_tries(name: str, network: str) -> None:
    """Journal that tries on a name are refused; a name that is nobody's is not told."""
    known = User.objects.filter(username__iexact=name.removeprefix("second factor of ")).first()
    data = {
        "username": known.username if known else "",
        "by": network,
        "reason": "Too many tries from one network.",
    }
    _record(event_types.PERSON_REFUSED, data, user=known)


def sign_in_changed(user: User, change: str, *, actor: str = "") -> None:
    """Journal a change of the ways in that somebody has."""
    data = {"username": user.username, "change": change}
    _record(event_types.PERSON_SIGN_IN_CHANGED, data, user=user, actor=actor or user.username)


def sessions_ended(user: User, count: int, *, actor: str) -> None:
    data = {"username": user.username, "count": count}
    _record(event_types.PERSON_SESSIONS_ENDED, data, user=user, actor=actor)


def break_glass_made(user: User, *, expires_at: str, actor: str) -> None:
    data = {"username": user.username, "expires_at": expires_at}
    _record(event_types.BREAK_GLASS_MADE, data, user=user, actor=actor)


def _record(kind: EventType, data: dict[str, Any], *, user: User | None, actor: str = "") -> None:
    with transaction.atomic():
        record(Event(kind, data, subject_id=user.pk if user else None, actor=actor))
