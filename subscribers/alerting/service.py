"""Services of operators' alerts: sent by the routes, reminded of until acknowledged, resolved.

"Resolved" goes to those who were sent the alert, and not to those whom the routes would name
now: a route that was edited meanwhile must not leave anybody with an alarm that never ends.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from components.journal import Event, record
from components.models import Component
from components.values.instants import iso
from components.values.severity import Severity
from subscribers import event_types
from subscribers.alerting.routing import Route, channels_of, reminder_number
from subscribers.delivery import holds, order
from subscribers.enums import AlertStage, Kind, State
from subscribers.message import Facts
from subscribers.models import Alert, AlertChannel, AlertRoute, Delivery, Notice

_SENT_STATES = (State.QUEUED, State.SENDING, State.SENT, State.RETRYING, State.FAILED)
_WITHHELD_STATES = {AlertStage.MUTED: State.MUTED, AlertStage.SUPPRESSED: State.SUPPRESSED}


@dataclass(frozen=True, slots=True)
class StageChange:
    """A change of an alert's stage, as the journal has it."""

    stage: AlertStage
    component_id: int
    name: str
    severity: Severity
    facts: Facts
    at: datetime
    since: datetime
    key: str
    entry_id: int | None = None
    reason: str = ""
    """Why nothing is sent, if it is muted or suppressed."""


def apply_stage_change(change: StageChange) -> Alert | None:
    """Store a change of stage and queue what each channel is sent; None if there was no alert.

    The caller is the journal's reader, one at a time, in a transaction.
    """
    alert = Alert.objects.filter(component_id=change.component_id, resolved_at=None).first()
    if change.stage is AlertStage.RESOLVED:
        return None if alert is None else _resolve(alert, change)
    if alert is None:
        alert = Alert(component_id=change.component_id, began_at=change.since)
    alert.name, alert.severity = change.name, change.severity
    alert.stage, alert.facts = change.stage, change.facts.as_json()
    if change.stage is AlertStage.RAISED:
        # Raised once more means that it got worse: whoever looked after it should know.
        alert.raised_at = alert.raised_at or change.at
        alert.acknowledged_at, alert.acknowledged_by = None, ""
    alert.save()
    _notify(alert, change, channels_of(_matching_routes(alert, _routes())))
    return alert


def _resolve(alert: Alert, change: StageChange) -> Alert:
    thread = Delivery.objects.filter(notice__thread=alert.thread, alert_channel__isnull=False)
    channel_rows = thread.filter(state__in=_SENT_STATES).values_list("alert_channel_id", flat=True)
    recipients = sorted(set(channel_rows))
    # A reminder that has not left yet would only follow the good news.
    thread.filter(
        notice__key__startswith=_reminder_key(alert), state__in=[State.QUEUED, State.RETRYING]
    ).update(state=State.SUPPRESSED, due=None, reason="resolved meanwhile", ended_at=change.at)
    alert.stage, alert.resolved_at = AlertStage.RESOLVED, change.at
    alert.save(update_fields=["stage", "resolved_at"])
    if recipients:
        _notify(alert, change, recipients)
    return alert


def _routes() -> list[Route]:
    rows = AlertRoute.objects.filter(enabled=True).prefetch_related(
        "components", "groups", "channels"
    )
    return [
        Route(
            id=row.pk,
            min_severity=Severity(row.min_severity),
            component_ids=frozenset(each.pk for each in row.components.all()),
            group_ids=frozenset(each.pk for each in row.groups.all()),
            channel_ids=tuple(each.pk for each in row.channels.all() if each.enabled),
            remind_minutes=row.remind_minutes,
        )
        for row in rows
    ]


def _matching_routes(alert: Alert, routes: list[Route]) -> list[Route]:
    """Return the routes that take an alert."""
    group = Component.objects.filter(pk=alert.component_id).values_list("group_id", flat=True)
    group_id = group.first()
    severity = Severity(alert.severity)
    return [
        route
        for route in routes
        if route.matches(component_id=alert.component_id, group_id=group_id, severity=severity)
    ]


def _notify(alert: Alert, change: StageChange, channel_ids: Iterable[int]) -> None:
    facts = replace(change.facts, more={**change.facts.more, "alert_id": alert.pk})
    state = _WITHHELD_STATES.get(change.stage, State.QUEUED)
    _queue(alert.thread, facts, channel_ids, key=change.key, at=change.at, entry_id=change.entry_id,
          state=state, reason=change.reason)  # fmt: skip


def _queue(
    thread: str,
    facts: Facts,
    channel_ids: Iterable[int],
    *,
    key: str,
    at: datetime,
    entry_id: int | None = None,
    state: State = State.QUEUED,
    reason: str = "",
) -> None:
    """Store a notice and a delivery for each channel; the same key again changes nothing."""
    with transaction.atomic():
        notice, is_new = Notice.objects.get_or_create(
            key=key,
            defaults={
                "entry_id": entry_id,
                "kind": Kind.ALERTS,
                "thread": thread,
                "facts": facts.as_json(),
                "created_at": at,
                "fanned_out_at": at,
            },
        )
        if not is_new:
            return
        if state is State.QUEUED and holds.must_hold(holds.active_hold(), kind=Kind.ALERTS, at=at):
            state, reason = State.HELD, holds.WHY
        rows = list(AlertChannel.objects.filter(pk__in=list(channel_ids)))
        earlier = order.pending_before(notice, channels=[channel.pk for channel in rows])
        host = urlsplit(settings.STATUSPAGE.site_url).hostname or "localhost"
        Delivery.objects.bulk_create(
            Delivery(
                notice=notice,
                alert_channel=channel,
                channel=channel.channel,
                lane=channel.lane,
                state=state,
                reason=reason[:200],
                message_id=f"{key}.c{channel.pk}@{host}",
                due=at.timestamp() if state is State.QUEUED else None,
                created_at=at,
                ended_at=None if state in (State.QUEUED, State.HELD) else at,
                waits_for=earlier.get(channel.pk),
            )
            for channel in rows
        )


def remind(*, now: datetime) -> None:
    """Queue the reminders that are due."""
    routes = [route for route in _routes() if route.remind_minutes]
    if not routes:
        return
    waiting = Alert.objects.filter(
        stage=AlertStage.RAISED, acknowledged_at=None, resolved_at=None, raised_at__isnull=False
    )
    for alert in waiting:
        facts = replace(Facts.from_json(alert.facts), event="alert.reminder")
        for route in _matching_routes(alert, routes):
            began = alert.raised_at or now
            number = reminder_number(began, minutes=route.remind_minutes, now=now)
            if number:
                key = f"{_reminder_key(alert)}{route.id}-{number}"
                _queue(alert.thread, facts, route.channel_ids, key=key, at=now)


def _reminder_key(alert: Alert) -> str:
    return f"alert-{alert.pk}-reminder-"


def send_test(channel: AlertChannel, *, now: datetime) -> None:
    """Queue a message that says nothing but that alerts arrive."""
    facts = Facts(
        event="subscriber.test",
        headline="alerts reach this channel",
        at=iso(now),
        url=f"{str(settings.STATUSPAGE.site_url).rstrip('/')}/admin/",
        message="Nothing has happened: somebody pressed the button that sends this.",
    )
    key = f"test-channel-{channel.pk}-{now.timestamp():.0f}"
    _queue(f"test-{channel.pk}", facts, [channel.pk], key=key, at=now)


def acknowledge(alert: Alert, *, by: str, now: datetime) -> bool:
    """Acknowledge an alert: no more reminders. False if that was so already, or it is over."""
    with transaction.atomic():
        changed = Alert.objects.filter(pk=alert.pk, acknowledged_at=None, resolved_at=None).update(
            acknowledged_at=now, acknowledged_by=by[:150]
        )
        if changed:
            data = {"alert_id": alert.pk, "name": alert.name}
            record(
                Event(event_types.ALERT_ACKNOWLEDGED, data, subject_id=alert.component_id, actor=by)
            )
    return bool(changed)
