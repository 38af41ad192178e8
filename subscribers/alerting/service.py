"""Operators' alerts: told by the routes, reminded of until somebody looks, and told when over.

"Resolved" goes to whoever was told of the trouble, and not to those whom the routes would name
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
from subscribers.alerting.routing import Route, channels, reminder
from subscribers.delivery import holds
from subscribers.enums import AlertStage, Kind, State
from subscribers.message import Facts
from subscribers.models import Alert, AlertChannel, AlertRoute, Delivery, Notice

_TOLD = (State.QUEUED, State.SENDING, State.SENT, State.RETRYING, State.FAILED)
_KEPT_BACK = {AlertStage.MUTED: State.MUTED, AlertStage.SUPPRESSED: State.SUPPRESSED}


@dataclass(frozen=True, slots=True)
class StageChange:
    """What became of a component's alert, as the journal tells it."""

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
    """Why nobody is told, if it is muted or suppressed."""


def take(turn: StageChange) -> Alert | None:
    """Write down a turn and what each channel is to be sent; None if there was no alert.

    The caller is the journal's reader, one at a time, in a transaction.
    """
    alert = Alert.objects.filter(component_id=turn.component_id, resolved_at=None).first()
    if turn.stage is AlertStage.RESOLVED:
        return None if alert is None else _resolve(alert, turn)
    if alert is None:
        alert = Alert(component_id=turn.component_id, began_at=turn.since)
    alert.name, alert.severity = turn.name, turn.severity
    alert.stage, alert.facts = turn.stage, turn.facts.as_json()
    if turn.stage is AlertStage.RAISED:
        # Raised once more means that it got worse: whoever looked after it should know.
        alert.raised_at = alert.raised_at or turn.at
        alert.acknowledged_at, alert.acknowledged_by = None, ""
    alert.save()
    _tell(alert, turn, channels(_taking(alert, _routes())))
    return alert


def _resolve(alert: Alert, turn: StageChange) -> Alert:
    thread = Delivery.objects.filter(notice__thread=alert.thread, alert_channel__isnull=False)
    told = thread.filter(state__in=_TOLD).values_list("alert_channel_id", flat=True)
    recipients = sorted(set(told))
    # A reminder that has not left yet would only follow the good news.
    thread.filter(
        notice__key__startswith=_reminder_key(alert), state__in=[State.QUEUED, State.RETRYING]
    ).update(state=State.SUPPRESSED, due=None, reason="resolved meanwhile", ended_at=turn.at)
    alert.stage, alert.resolved_at = AlertStage.RESOLVED, turn.at
    alert.save(update_fields=["stage", "resolved_at"])
    if recipients:
        _tell(alert, turn, recipients)
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


def _taking(alert: Alert, routes: list[Route]) -> list[Route]:
    """The routes that take an alert."""
    group = Component.objects.filter(pk=alert.component_id).values_list("group_id", flat=True)
    group_id = group.first()
    severity = Severity(alert.severity)
    return [
        route
        for route in routes
        if route.takes(component_id=alert.component_id, group_id=group_id, severity=severity)
    ]


def _tell(alert: Alert, turn: StageChange, channel_ids: Iterable[int]) -> None:
    facts = replace(turn.facts, more={**turn.facts.more, "alert_id": alert.pk})
    state = _KEPT_BACK.get(turn.stage, State.QUEUED)
    _send(alert.thread, facts, channel_ids, key=turn.key, at=turn.at, entry_id=turn.entry_id,
          state=state, reason=turn.reason)  # fmt: skip


def _send(
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
    """One notice and a row for each channel; the same key again changes nothing."""
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
        if state is State.QUEUED and holds.holds_back(holds.current(), kind=Kind.ALERTS, at=at):
            state, reason = State.HELD, holds.WHY
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
            )
            for channel in AlertChannel.objects.filter(pk__in=list(channel_ids))
        )


def remind(*, now: datetime) -> None:
    """Send the reminders that are due."""
    routes = [route for route in _routes() if route.remind_minutes]
    if not routes:
        return
    waiting = Alert.objects.filter(
        stage=AlertStage.RAISED, acknowledged_at=None, resolved_at=None, raised_at__isnull=False
    )
    for alert in waiting:
        facts = replace(Facts.from_json(alert.facts), event="alert.reminder")
        for route in _taking(alert, routes):
            began = alert.raised_at or now
            number = reminder(began, minutes=route.remind_minutes, now=now)
            if number:
                key = f"{_reminder_key(alert)}{route.id}-{number}"
                _send(alert.thread, facts, route.channel_ids, key=key, at=now)


def _reminder_key(alert: Alert) -> str:
    return f"alert-{alert.pk}-reminder-"


def send_test(channel: AlertChannel, *, now: datetime) -> None:
    """A message that says nothing but that alerts arrive."""
    facts = Facts(
        event="subscriber.test",
        headline="alerts reach this channel",
        at=iso(now),
        url=f"{str(settings.STATUSPAGE.site_url).rstrip('/')}/admin/",
        message="Nothing has happened: somebody pressed the button that sends this.",
    )
    key = f"test-channel-{channel.pk}-{now.timestamp():.0f}"
    _send(f"test-{channel.pk}", facts, [channel.pk], key=key, at=now)


def acknowledge(alert: Alert, *, by: str, now: datetime) -> bool:
    """Somebody looks after it: no more reminders. False if that was so already, or it is over."""
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
