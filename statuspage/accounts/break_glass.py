"""A one-time way in, made on the machine itself, for when no other is left."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from components.values.instants import iso
from statuspage.accounts import journal, notices
from statuspage.accounts.adapter import refusal
from statuspage.staff_models import BreakGlass
from subscribers.models import Notice

VALID = timedelta(minutes=15)


class NoWayInError(Exception):
    """The account cannot be let in; the message says why."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """What was made: the address that lets the person in, and the mail that tells the owners."""

    address: str = field(repr=False)
    notice: Notice | None
    """None when there is no owner with an address, or no mail server."""


def make(username: str, *, actor: str, now: datetime) -> WayIn:
    """Make an address that lets one person in once, within a quarter of an hour.

    Earlier ones of that person are void. Every owner is told by mail. Raises NoWayInError.
    """
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NoWayInError(f"There is no account called {username}.")
    if not user.is_active or not user.is_staff:
        raise NoWayInError(f"{username} may not use the admin: the account is switched off.")
    key = secrets.token_urlsafe(32)
    with transaction.atomic():
        BreakGlass.objects.filter(user=user).delete()
        BreakGlass.objects.create(user=user, digest=_digest(key), expires_at=now + VALID)
        notice = _tell_owners(user, actor=actor)
        journal.break_glass_made(user, expires_at=iso(now + VALID), actor=actor)
    address = f"{settings.STATUSPAGE.site_url}{reverse('break_glass', args=[key])}"
    return WayIn(address, notice)


def _tell_owners(user: User, *, actor: str) -> Notice | None:
    return notices.tell(
        notices.owners(),
        event="person.break_glass_made",
        headline="A one-time way in was made",
        text=f"{notices.plain(actor)} made a one-time way in for the account "
        f"{notices.plain(user.username)}, on the machine itself, past password and second "
        "factor.\n\nIf nobody of you knows of it, somebody has access to the machine who should "
        "not.",
    )


def redeem(request: HttpRequest, key: str) -> HttpResponse:
    """Sign in by a key, which is void from then on; its second factor is not asked for."""
    row = BreakGlass.objects.filter(digest=_digest(key)).select_related("user").first()
    used = row is not None and BreakGlass.objects.filter(pk=row.pk).delete()[0] == 1
    if row is None or not used or row.expires_at <= datetime.now(UTC) or not row.user.is_active:
        raise refusal(
            request, "This way in is not valid any more: each is good once, for 15 minutes."
        )
    adapter = get_adapter(request)
    record_authentication(request, row.user, "break glass")
    adapter.login(request, row.user)
    response: HttpResponse = adapter.post_login(
        request, row.user, email_verification="none", signal_kwargs=None, email=None, signup=False,
        redirect_url=reverse("mfa_index"),
    )  # fmt: skip
    return response


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
