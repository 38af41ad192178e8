"""API tokens: created once, shown once, stored as a hash, with scopes and an expiry."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from components.journal import Event, record
from monitors.models import Monitor
from monitors.probers.external import ExternalProber
from monitors.probers.number import NumberProber
from statuspage.event_types import TOKEN_CHANGED, TOKEN_DELETED
from statuspage.models import AGENTS_WRITE, ApiToken, Page
from statuspage.pages.face import MAIN

ALERTS_WRITE = "alerts:write"
"""The scope of systems that send alerts."""
SCOPES = {
    "status:read": "status, incidents, maintenance, components, announcements",
    "status:write": "changing these",
    "status:draft": "drafts of incidents and maintenance, by assistants",
    "monitors:read": "monitors, regions, results",
    "monitors:write": "changing monitors and regions, checking now",
    "subscribers:read": "subscribers, endpoints, deliveries, alert routes and channels",
    "subscribers:write": "changing these",
    "bounces:write": "reporting mail that came back",
    "readers:write": "reporting as a reader",
    AGENTS_WRITE: "one agent in one region",
    ALERTS_WRITE: "sending alerts or numbers, to one monitor or to all",
    "manage": "settings and readers at /manage/status; catalogues",
    "people:read": "accounts, roles and tokens",
    "people:write": "changing these",
    "pages:read": "pages and how they look",
    "pages:write": "changing these",
}
"""Each with what it is for."""
PEOPLE_SCOPES = frozenset({"people:read", "people:write"})
"""What only those may give a token who may do it themselves: accounts can be made with it."""
PAGE_SCOPES = frozenset(
    f"{what}:{verb}" for what in ("status", "subscribers", "pages") for verb in ("read", "write")
)
"""What a token of one page can have: what these open knows pages."""
FED_KINDS = (ExternalProber.kind, NumberProber.kind)
"""The kinds of monitors that a token can be for alone."""
_PREFIX = "sp_"
USE_STORED_EVERY = timedelta(minutes=1)


def digest(key: str) -> str:
    """Return what is stored of a key. It has 256 random bits: a plain hash cannot be reversed."""
    return hashlib.sha256(key.encode()).hexdigest()


def create(
    *,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    agent: str = "",
    region: str = "",
    page: str = "",
    monitor: int | None = None,
    actor: str = "",
) -> str:
    """Create a token and return its key, the only time it is available.

    One of the scope `agents:write` is for one `agent` in one `region`; one with a `page` sees and
    changes only what that page shows; one with a `monitor` sends alerts to that one alone.
    Raises ValidationError naming the field: an unknown scope, no scope, a name in use, half a seat.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        known = ", ".join(SCOPES)
        raise ValidationError({"scope": f"{unknown[0]} is not a scope; choose from {known}."})
    if not wanted:
        raise ValidationError({"scope": "Give at least one scope."})
    check_page(page, wanted)
    check_monitor(monitor, wanted)
    token = ApiToken(
        name=name, scopes=wanted, expires_at=expires_at, agent=agent, region=region, page=page,
        monitor=monitor,
    )  # fmt: skip
    key = new_key(token)
    token.full_clean()
    with transaction.atomic():
        token.save()
        record(changed(token, actor=actor))
    return key


def change(token: ApiToken, *, actor: str = "") -> ApiToken:
    """Store what a token may do from now on; its key stays. Raises ValidationError."""
    token.scopes = sorted(set(token.scopes))
    check_page(token.page, token.scopes)
    check_monitor(token.monitor, token.scopes)
    token.full_clean()
    with transaction.atomic():
        token.save()
        record(changed(token, actor=actor))
    return token


def check_page(page: str, scopes: Iterable[str]) -> None:
    """Raise ValidationError unless a token of these scopes can be for `page`; '' is for all."""
    if not page:
        return
    if page == MAIN or not Page.objects.filter(slug=page).exists():
        text = f"There is no page “{page}” besides the main one."
        raise ValidationError({"page": text})
    if strange := sorted(set(scopes) - PAGE_SCOPES):
        text = f"A token of one page cannot have {strange[0]}, which knows no pages."
        raise ValidationError({"page": text})


def check_monitor(monitor: int | None, scopes: Iterable[str]) -> None:
    """Raise ValidationError unless a token of these scopes can be for `monitor`; None: for all."""
    if monitor is None:
        return
    if not Monitor.objects.filter(pk=monitor, kind__in=FED_KINDS).exists():
        text = f"There is no monitor {monitor} that receives alerts or numbers."
        raise ValidationError({"monitor": text})
    if set(scopes) != {ALERTS_WRITE}:
        text = f"A token of one monitor has the scope {ALERTS_WRITE} and no other."
        raise ValidationError({"monitor": text})


def bind(token: ApiToken, *, agent: str, region: str, actor: str = "") -> None:
    """Bind a token that there is to an agent and its region; its key stays. Raises
    ValidationError."""
    token.agent, token.region = agent, region
    token.full_clean()
    with transaction.atomic():
        token.save(update_fields=["agent", "region"])
        record(changed(token, actor=actor))


def without_seat() -> list[ApiToken]:
    """Return the tokens with the scope of agents that are for no agent."""
    return [token for token in ApiToken.objects.order_by("name") if token.lacks_seat]


def changed(token: ApiToken, *, actor: str = "") -> Event:
    """Return the event of a created or changed token, by which the caches in memory refresh."""
    data = {
        "token_id": token.pk, "name": token.name, "scopes": token.scopes, "page": token.page,
    }  # fmt: skip
    if token.monitor is not None:
        data["monitor_id"] = token.monitor
    return Event(TOKEN_CHANGED, data, subject_id=token.pk, actor=actor)


def delete(token: ApiToken, *, actor: str = "") -> None:
    """Delete a token: from then on its key opens nothing."""
    event = deleted(token, actor=actor)
    with transaction.atomic():
        token.delete()
        record(event)


def deleted(token: ApiToken, *, actor: str = "") -> Event:
    """Return the event of a token that is about to be deleted."""
    data = {"token_id": token.pk, "name": token.name}
    return Event(TOKEN_DELETED, data, subject_id=token.pk, actor=actor)


def new_key(token: ApiToken) -> str:
    """Return a fresh key for an unsaved token, and set the token's digest."""
    key = _PREFIX + secrets.token_urlsafe(32)
    token.digest = digest(key)
    return key


def find(key: str, *, now: datetime) -> ApiToken | None:
    """Return the token of a key, if valid at `now`; its use is stored, at most once a minute."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=now)
    token = ApiToken.objects.filter(unexpired, digest=digest(key)).first()
    if token is not None and (
        token.last_used_at is None or now - token.last_used_at > USE_STORED_EVERY
    ):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
