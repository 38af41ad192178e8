"""What a request of this dialect does to an incident, by the services that everybody uses."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from rest_framework import serializers

from components.models import Component
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import edit_incident, open_incident, post_update
from incidents.workflow import IncidentState
from statuspage.api.statuspage_v1.bodies import errors_by_names
from statuspage.api.statuspage_v1.event_bodies import POSTMORTEM, IncidentBody
from statuspage.api.statuspage_v1.objects import component_ids
from statuspage.api.statuspage_v1.page import AddressedPage

_NAMES = {"title": "name", "message": "body", "severity": "impact_override"}
Statuses = Mapping[Component, Status]


def open_realtime(body: IncidentBody, page: AddressedPage, *, actor: str) -> Incident:
    """Open an incident. Raises ValidationError naming the field."""
    data, stated = body.validated_data, body.stated()
    severity = body.severity(stated.values()) or Severity.NONE
    impacts = _impacts(body, page, severity)
    page.require_named(impacts)
    status = body.state() or IncidentState.INVESTIGATING
    with errors_by_names(_NAMES):
        return open_incident(
            title=data["name"],
            severity=severity,
            message=data.get("body", data["name"]),
            status=status,
            impacts=impacts,
            notify=data["deliver_notifications"],
            actor=actor,
        )


def write_down_past(body: IncidentBody, page: AddressedPage, *, actor: str) -> Incident:
    """Write down an incident that is over, at the instant that it is dated; nobody is told."""
    data, stated = body.validated_data, body.stated()
    if body.state() not in (None, IncidentState.RESOLVED):
        raise serializers.ValidationError({"status": "What is backfilled is over: write resolved."})
    severity = body.severity(stated.values()) or Severity.NONE
    impacts = _impacts(body, page, severity)
    page.require_named(impacts)
    at = data.get("backfill_date") or datetime.now(UTC)
    with errors_by_names({**_NAMES, "started_at": "backfill_date", "resolved_at": "backfill_date"}):
        return open_incident(
            title=data["name"],
            severity=severity,
            message=data.get("body", data["name"]),
            impacts=impacts,
            started_at=at,
            resolved_at=at,
            notify=False,
            actor=actor,
        )


def change_incident(
    incident: Incident, body: IncidentBody, page: AddressedPage, *, actor: str
) -> None:
    """Correct an incident, and post an update when there is a `body`. Raises ValidationError.

    The impact rises with what is declared, as in the original, and sinks only when it is said.
    """
    page.require_own(component_ids(incident))
    data = body.validated_data
    present = {each.component_id: Status(each.status) for each in incident.impacts.all()}
    severity = _severity(incident, body)
    wanted = _wanted(body, page, present, severity)
    if wanted is not None:
        page.require_named(wanted)
    state = _state(incident, body)
    changes: dict[str, object] = {}
    if data.get("name", incident.title) != incident.title:
        changes["title"] = data["name"]
    if severity != incident.severity:
        changes["severity"] = severity
    with transaction.atomic(), errors_by_names(_NAMES):
        if "body" not in data and state != incident.status:
            changes["status"] = state
        is_moved = (
            wanted is not None and {each.pk: status for each, status in wanted.items()} != present
        )
        if changes or is_moved:
            _edit(incident, changes, wanted if is_moved else None, body, actor=actor)
        if "body" in data:
            post_update(
                incident,
                status=state,
                message=data["body"],
                impacts=_declared(wanted, present),
                notify=data["deliver_notifications"],
                actor=actor,
            )


def _edit(
    incident: Incident,
    changes: Mapping[str, object],
    wanted: Statuses | None,
    body: IncidentBody,
    *,
    actor: str,
) -> None:
    # With an update, it is the update that tells of all this.
    notify = body.validated_data["deliver_notifications"] and "body" not in body.validated_data
    edit_incident(incident, changes=changes, impacts=wanted, notify=notify, actor=actor)


def _impacts(
    body: IncidentBody, page: AddressedPage, severity: Severity
) -> dict[Component, Status]:
    """Return what a new incident declares: as stated, else what its impact implies."""
    stated = body.stated()
    chosen = page.chosen(dict.fromkeys([*(body.named() or ()), *stated]))
    return {row: stated.get(each, severity.implied) for each, row in chosen.items()}


def _wanted(
    body: IncidentBody, page: AddressedPage, present: Mapping[int, Status], severity: Severity
) -> dict[Component, Status] | None:
    """Return all that is affected from now on; None when the body does not say."""
    named, stated = body.named(), body.stated()
    if named is None and not stated:
        return None
    rows = page.chosen(dict.fromkeys([*(named or ()), *stated]))
    kept = () if named is not None else Component.objects.filter(pk__in=present)
    wanted = {each: present[each.pk] for each in kept}
    for each, row in rows.items():
        wanted[row] = stated.get(each, present.get(row.pk, severity.implied))
    return wanted


def _declared(wanted: Statuses | None, present: Mapping[int, Status]) -> dict[Component, Status]:
    """Return what an update says anew of components."""
    return {
        each: status for each, status in (wanted or {}).items() if present.get(each.pk) != status
    }


def _severity(incident: Incident, body: IncidentBody) -> Severity:
    now = Severity(incident.severity)
    if "impact_override" in body.validated_data:
        return body.severity() or now
    worst = body.severity(body.stated().values()) or now
    return max(now, worst, key=lambda each: each.rank)


def _state(incident: Incident, body: IncidentBody) -> IncidentState:
    now = IncidentState(incident.status)
    word: Any = body.validated_data.get("status", "")
    is_as_told = word.strip().lower() == POSTMORTEM and now is IncidentState.RESOLVED
    return now if is_as_told else body.state() or now
