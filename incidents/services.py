"""Services of incidents: opening, updating, editing; one transaction, one journal row each.

The functions that only write, and return the event to journal, are for callers that do more in
the same transaction; they record it last. `machine` is true for what the product does by itself:
it touches nothing that a person has touched. Everything else is a person's act and takes the
incident out of the machine's hands.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from components.journal.deleted_rows import rows_deleted_with
from components.journal.hold import with_hold, with_hold_of_deletion
from components.models import Component, set_history_actor
from components.models.translations import Translations
from components.optimistic_lock import ConflictError, bump_version
from components.reference_numbers import reference_for
from components.status import Status
from components.values.severity import Severity
from incidents import event_types
from incidents.events import (
    backfilled_event,
    change_event_type,
    edited_event,
    incident_event,
    withdrawal,
)
from incidents.models import Impact, Incident, Update
from incidents.undo import INCIDENT_VALUES, UNPUBLISHED
from incidents.workflow import IncidentState, publish_at_errors, resolution_time, time_errors

Impacts = Mapping[Component, Status]


def open_incident(  # noqa: PLR0913  (all of it is what an incident opens with)
    *,
    title: str,
    severity: Severity,
    message: str,
    status: IncidentState = IncidentState.INVESTIGATING,
    impacts: Impacts | None = None,
    regions: Sequence[str] = (),
    started_at: datetime | None = None,
    resolved_at: datetime | None = None,
    published: bool = True,
    publish_at: datetime | None = None,
    notify: bool = True,
    hold_seconds: int = 0,
    titles: Translations | None = None,
    messages: Translations | None = None,
    actor: str = "",
) -> Incident:
    """Open an incident with its first update. Raises ValidationError naming the field.

    `titles` and `messages` are title and message in other languages, by their tags. A draft is
    published by itself at `publish_at`. With `resolved_at` it is written down as one that is over,
    and no notice is sent. Messages wait for `hold_seconds`; meanwhile it can be undone.
    """
    with transaction.atomic():
        incident, event = write_incident(
            Incident(
                title=title,
                severity=severity,
                status=IncidentState.RESOLVED if resolved_at else status,
                regions=list(regions),
                started_at=started_at or datetime.now(UTC),
                resolved_at=resolved_at,
                published=published,
                publish_at=publish_at,
                titles=dict(titles or {}),
            ),
            message=message,
            messages=messages,
            impacts=impacts or {},
            notify=notify,
            hold_seconds=hold_seconds,
            actor=actor,
        )
        record(event)
    return incident


def write_incident(
    incident: Incident,
    *,
    message: str,
    impacts: Impacts,
    notify: bool = True,
    hold_seconds: int = 0,
    messages: Translations | None = None,
    actor: str = "",
    now: datetime | None = None,
) -> tuple[Incident, Event]:
    """Write a new incident and its first update; the caller records the event, last."""
    now = now or datetime.now(UTC)
    past = incident.resolved_at is not None
    _validate(incident, now=now, timed=incident.publish_at is not None)
    incident.resolved_at = resolution_time(
        IncidentState(incident.status), incident.resolved_at, now=now
    )
    set_reference(incident)
    set_history_actor(incident, actor=actor)
    incident.save()
    update = _add_update(
        incident, message, impacts, notify=notify and not past, actor=actor,
        at=incident.resolved_at if past and incident.resolved_at else now, messages=messages,
    )  # fmt: skip
    if past:
        return incident, backfilled_event(incident, actor=actor)
    event = incident_event(
        event_types.INCIDENT_CREATED, incident, update=update, notify=notify, actor=actor,
        component_ids=[component.pk for component in impacts],
    )  # fmt: skip
    return incident, with_hold(event, seconds=hold_seconds, before=UNPUBLISHED)


def post_update(  # noqa: PLR0913  (all of it is what an update may say)
    incident: Incident,
    *,
    status: IncidentState,
    message: str,
    impacts: Impacts | None = None,
    notify: bool = True,
    publish: bool = False,
    hold_seconds: int = 0,
    messages: Translations | None = None,
    seen_version: int | None = None,
    actor: str = "",
) -> Update:
    """Post an update; the incident takes its state. Reopening clears `resolved_at`.

    With `publish` a draft is shown to the public together with it. Messages wait for
    `hold_seconds`; meanwhile it can be undone.
    """
    with transaction.atomic():
        update, event = write_update(
            incident, status=status, message=message, impacts=impacts or {}, notify=notify,
            publish=publish, hold_seconds=hold_seconds, seen_version=seen_version, actor=actor,
            messages=messages,
        )  # fmt: skip
        record(event)
    return update


def write_update(  # noqa: PLR0913  (all of it is what an update may say)
    incident: Incident,
    *,
    status: IncidentState,
    message: str,
    impacts: Impacts,
    notify: bool = True,
    publish: bool = False,
    hold_seconds: int = 0,
    seen_version: int | None = None,
    severity: Severity | None = None,
    machine: bool = False,
    messages: Translations | None = None,
    actor: str = "",
    now: datetime | None = None,
) -> tuple[Update, Event]:
    """Write an update; the caller records the event, last.

    Raises ConflictError when `seen_version` is not the stored one any more, and when the machine
    would speak into what a person has touched.
    """
    now = now or datetime.now(UTC)
    lock_for_change(incident, seen_version=seen_version, machine=machine)
    held = INCIDENT_VALUES.read(incident) if hold_seconds else {}
    before = (incident.status, incident.published)
    incident.status = status
    incident.published = incident.published or publish
    set_reference(incident)
    incident.severity = severity or incident.severity
    incident.resolved_at = resolution_time(status, incident.resolved_at, now=now)
    set_history_actor(incident, actor=actor)
    incident.save()
    update = _add_update(
        incident, message, impacts, notify=notify, actor=actor, at=now, messages=messages
    )
    event = incident_event(
        change_event_type(incident, before), incident, update=update, notify=notify, actor=actor,
        component_ids=incident.impacts.values_list("component_id", flat=True),
    )  # fmt: skip
    replaced = INCIDENT_VALUES.replaced(incident, held)
    return update, with_hold(event, seconds=hold_seconds, before=replaced, update_id=update.pk)


def set_reference(incident: Incident) -> None:
    """Give an incident its reference: public once it is published, and then no `publish_at`."""
    incident.publish_at = None if incident.published else incident.publish_at
    incident.reference = reference_for(
        incident.reference, "INC", public=incident.published,
        year=incident.started_at.astimezone(UTC).year,
    )  # fmt: skip


def lock_for_change(incident: Incident, *, seen_version: int | None, machine: bool = False) -> None:
    """Lock and reload an incident to change it; a person takes it from the machine."""
    bump_version(incident, expected=seen_version)
    incident.refresh_from_db()
    if machine and not incident.machine_only:
        raise ConflictError(f"“{incident}” is in a person's hands.")
    incident.machine_only = machine


def _validate(incident: Incident, *, now: datetime, timed: bool) -> None:
    incident.full_clean(exclude=["reference"])
    errors = time_errors(incident.started_at, incident.resolved_at, now=now)
    errors |= publish_at_errors(incident.publish_at, incident.published, now=now) if timed else {}
    if errors:
        raise ValidationError(errors)


def _add_update(
    incident: Incident,
    message: str,
    impacts: Impacts,
    *,
    notify: bool,
    actor: str,
    at: datetime,
    messages: Translations | None = None,
) -> Update:
    update = Update(
        incident=incident,
        status=incident.status,
        message=message,
        messages=dict(messages or {}),
        component_statuses={
            str(component.pk): status.value for component, status in impacts.items()
        },
        notify=notify,
        author=actor,
        created_at=at,
    )
    update.clean_fields(exclude={"incident"})
    set_history_actor(update, actor=actor)
    update.save()
    _store_impacts(incident, impacts)
    return update


def _store_impacts(incident: Incident, impacts: Impacts) -> None:
    Impact.objects.bulk_create(
        [
            Impact(incident=incident, component=component, status=status)
            for component, status in impacts.items()
        ],
        update_conflicts=True,
        unique_fields=["incident", "component"],
        update_fields=["status"],
    )


def edit_incident(
    incident: Incident,
    *,
    changes: Mapping[str, object],
    impacts: Impacts | None = None,
    notify: bool = True,
    hold_seconds: int = 0,
    seen_version: int | None = None,
    actor: str = "",
) -> Incident:
    """Correct an incident. Raises ValidationError and ConflictError.

    With `notify`, subscribers are told when this publishes a draft, and those who were told of the
    incident when it resolves, reopens or withdraws it; nobody is told of any other correction.
    `changes` are of title, severity, status, regions, started_at, published and, of a draft,
    publish_at. `impacts`, when given, are all that it affects from now on. The state moves as it
    does with an update. What is told waits for `hold_seconds`; meanwhile it can be undone.
    """
    now = datetime.now(UTC)
    with transaction.atomic():
        changes = incident.with_stale_titles(changes)
        lock_for_change(incident, seen_version=seen_version)
        held = INCIDENT_VALUES.read(incident) if hold_seconds else {}
        before = (incident.status, incident.published)
        for name, value in changes.items():
            setattr(incident, name, value)
        incident.resolved_at = resolution_time(
            IncidentState(incident.status), incident.resolved_at, now=now
        )
        _validate(incident, now=now, timed=changes.get("publish_at") is not None)
        set_reference(incident)
        set_history_actor(incident, actor=actor)
        incident.save()
        if impacts is not None:
            incident.impacts.exclude(component__in=list(impacts)).delete()
            _store_impacts(incident, impacts)
        event = edited_event(incident, before=before, fields=changes, notify=notify, actor=actor)
        record(held_edit(event, incident, seconds=hold_seconds, before=held))
    return incident


def held_edit(
    event: Event, incident: Incident, *, seconds: int, before: Mapping[str, object]
) -> Event:
    """Return the event of an edit with its hold, given the values that were stored before it.

    An edit of which nobody is told has none.
    """
    if event.kind is event_types.INCIDENT_EDITED:
        return event
    return with_hold(event, seconds=seconds, before=INCIDENT_VALUES.replaced(incident, before))


def publish_incident(
    incident: Incident,
    *,
    notify: bool = True,
    hold_seconds: int = 0,
    seen_version: int | None = None,
    actor: str = "",
) -> Incident:
    """Publish a draft and, with `notify`, send notices to subscribers."""
    return edit_incident(
        incident,
        changes={"published": True},
        notify=notify,
        hold_seconds=hold_seconds,
        seen_version=seen_version,
        actor=actor,
    )


def delete_incident(
    incident: Incident,
    *,
    notify: bool = True,
    hold_seconds: int = 0,
    seen_version: int | None = None,
    actor: str = "",
) -> None:
    """Delete an incident; with `notify`, an open one is called off to those who were told of it.

    With `seen_version`, raises ConflictError when it was changed since. What is told waits for
    `hold_seconds`; meanwhile it can be undone.
    """
    with transaction.atomic():
        bump_version(incident, expected=seen_version)
        incident.refresh_from_db()
        event = withdrawal(event_types.INCIDENT_DELETED, incident, notify=notify, actor=actor)
        deleted = rows_deleted_with(incident) if hold_seconds else {}
        incident.delete()
        record(with_hold_of_deletion(event, seconds=hold_seconds, deleted=deleted))
