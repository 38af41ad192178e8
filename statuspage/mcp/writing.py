"""What the writing tools do: drafts that only staff see, and publication of one.

There are no drafts of updates to a published incident: such a one is kept as a note to colleagues
on the incident, and `publish` posts an update.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from components.models import Component
from components.status import Status
from incidents.models import Incident
from incidents.notes import add_note
from incidents.services import open_incident, post_update, publish_incident
from incidents.workflow import IncidentState
from maintenance import services as maintenance_services
from maintenance.models import Window
from statuspage.api.fields import FIRST_YEAR, LAST_YEAR
from statuspage.api.serializers.enums import read_severity, read_state, read_status
from statuspage.mcp.calls import Caller, CallError


def draft_incident(
    caller: Caller,
    *,
    title: str,
    message: str,
    severity: str,
    status: str,
    components: Mapping[str, str],
) -> dict[str, Any]:
    """Write an incident down as a draft; `components` are statuses by slug. Raises CallError,
    ValidationError."""
    _require_storable(title, message)
    incident = open_incident(
        title=title,
        message=message,
        severity=_word(read_severity, severity),
        status=_word(read_state, status),
        impacts=_impacts(components),
        published=False,
        actor=caller.actor,
    )
    return _told(incident)


def draft_update(caller: Caller, *, reference: str, message: str, status: str) -> dict[str, Any]:
    """Add an update to a draft, or leave one for colleagues at a published incident. Raises
    CallError, ValidationError."""
    _require_storable(message)
    incident, state = _incident(reference), _word(read_state, status)
    if not incident.published:
        post_update(incident, status=state, message=message, actor=caller.actor)
        return _told(incident)
    label = IncidentState(state).value
    add_note(incident, text=f"Draft update ({label}): {message}", actor=caller.actor)
    return {
        **_told(incident),
        "kept_as": "note",
        "next": "Staff see it as a note. The tool publish posts it: reference, message, status.",
    }


def draft_maintenance(
    caller: Caller,
    *,
    title: str,
    message: str,
    starts_at: datetime,
    ends_at: datetime,
    components: Iterable[str],
) -> dict[str, Any]:
    """Plan a maintenance window as a draft. Raises CallError, ValidationError."""
    _require_storable(title, message)
    for name, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        if at.tzinfo is None:
            raise CallError(f"{name}: write the offset too, such as 2026-12-01T06:00:00Z.")
        if not FIRST_YEAR < at.year < LAST_YEAR:
            raise CallError(f"{name}: write an instant after {FIRST_YEAR} and before {LAST_YEAR}.")
    window = maintenance_services.schedule(
        Window(title=title, message=message, starts_at=starts_at, ends_at=ends_at),
        components=_components(components),
        draft=True,
        actor=caller.actor,
    )
    return _told(window)


def publish(
    caller: Caller, *, reference: str, message: str, status: str, notify: bool, now: datetime
) -> dict[str, Any]:
    """Publish a draft; or post an update to an incident that is public. Raises CallError,
    ValidationError, ConflictError, WrongStateError."""
    _require_storable(reference, message)
    if reference.upper().startswith("MAINT"):
        window = Window.objects.filter(reference=reference.upper()).first()
        if window is None:
            raise CallError(f"There is no maintenance {reference[:40]}.")
        maintenance_services.publish(window, at=now, notify=notify, actor=caller.actor)
        window.refresh_from_db()
        return _told(window)
    incident = _incident(reference)
    if message or status or incident.published:
        if not (message and status):
            raise CallError(
                f"{incident.reference} is public: give message and status of the update."
                if incident.published
                else "Give both message and status of the update, or neither."
            )
        post_update(
            incident, status=_word(read_state, status), message=message, publish=True,
            notify=notify, actor=caller.actor,
        )  # fmt: skip
    else:
        publish_incident(incident, notify=notify, actor=caller.actor)
    incident.refresh_from_db()
    return _told(incident)


def _require_storable(*texts: str) -> None:
    """Raise CallError for a text that no database or feed takes."""
    if any("\0" in text or not _is_unicode(text) for text in texts):
        raise CallError("A text holds what cannot be stored: a NUL, or half a character.")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _incident(reference: str) -> Incident:
    _require_storable(reference)
    incident = Incident.objects.filter(reference=reference.upper()).first()
    if incident is None:
        raise CallError(f"There is no incident {reference[:40]}.")
    return incident


def _impacts(components: Mapping[str, str]) -> dict[Component, Status]:
    found = _components(components)
    return {each: _word(read_status, components[each.slug]) for each in found}


def _components(slugs: Iterable[str]) -> list[Component]:
    wanted = list(slugs)
    _require_storable(*wanted)
    found = list(Component.objects.filter(slug__in=wanted))
    unknown = [slug for slug in wanted if slug not in {each.slug for each in found}]
    if unknown:
        raise CallError(
            f"There is no component {unknown[0][:100]}: the tool components lists their ids."
        )
    return found


def _word(read: Any, word: str) -> Any:
    try:
        return read(word)
    except ValueError as error:
        raise CallError(str(error)) from None


def _told(row: Incident | Window) -> dict[str, Any]:
    is_incident = isinstance(row, Incident)
    site = settings.STATUSPAGE.site_url.rstrip("/")
    place = "incidents/incident" if is_incident else "maintenance/window"
    state = row.status if isinstance(row, Incident) else row.state
    public = row.published if isinstance(row, Incident) else row.state != "draft"
    return {
        "reference": row.reference,
        "title": row.title,
        "state": str(state),
        "published": public,
        "edit": f"{site}/admin/{place}/{row.pk}/change/",
    }
