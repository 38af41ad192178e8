"""The deletion of sessions that are over."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from components.models.deletion import delete_in_batches

_MARGIN = timedelta(hours=1)
"""A person's list of sessions may know one a moment before it is stored."""


def prune(*, now: datetime) -> Iterator[int]:
    """Delete expired sessions, and what lists them for people; yield after each batch."""
    yield from delete_in_batches(Session.objects.filter(expire_date__lt=now), by="expire_date")
    stored = Session.objects.filter(session_key=OuterRef("session_key"))
    listed = UserSession.objects.filter(~Exists(stored), created_at__lt=now - _MARGIN)
    yield from delete_in_batches(listed)
