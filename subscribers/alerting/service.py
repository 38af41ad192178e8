"""Services of operators' alerts: raised, escalated and reminded of by the routes, acknowledged,
resolved.

Whoever was sent an alert is sent what becomes of it, and not those whom the routes would name by
then: a route that was edited meanwhile must not leave anybody with an alarm that never ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from components.journal import Event, record
from components.values.instants import iso
from components.values.severity import Severity
from subscribers import event_types
from subscribers.alerting.escalation import PlannedStep, Route, next_step, plan, reminder_number
from subscribers.alerting.outbox import Copies, queue
from subscribers.alerting.routes import enabled_routes, matching_routes
from subscribers.delivery import order
from subscribers.enums import AlertStage, State
from subscribers.message import Facts
from subscribers.models import Alert, AlertChannel, Delivery

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
        alert = Alert(component_id=change.component_id, began_at=change.since, steps_done=[])
    alert.name, alert.severity = change.name, change.severity
    alert.stage, alert.facts = change.stage, change.facts.as_json()
    if change.stage is AlertStage.RAISED:
        # Raised once more means that it got worse: whoever looked after it should know.
        alert.raised_at = alert.raised_at or change.at
        alert.escalated_from, alert.steps_done = change.at, []
        alert.acknowledged_at, alert.acknowledged_by = None, ""
    alert.save()
    facts = _with_alert(change.facts, alert)
    routes = matching_routes(alert.component_id, Severity(alert.severity))
    if change.stage is AlertStage.RAISED:
        copies = {**_told_before(alert), **_due_copies(alert, routes, now=change.at)}
        alert.save(update_fields=["steps_done"])
        _send(alert, facts, copies, key=change.key, at=change.at, entry_id=change.entry_id)
    else:
        copies = {each.step.channel_id: _context(each) for each in _plan(alert, routes)}
        queue(
            alert.thread, facts, copies, key=change.key, at=change.at, entry_id=change.entry_id,
            state=_WITHHELD_STATES[change.stage], reason=change.reason,
        )  # fmt: skip
    return alert


def _with_alert(facts: Facts, alert: Alert) -> Facts:
    page = f"{str(settings.STATUSPAGE.site_url).rstrip('/')}/admin/subscribers/alert/{alert.pk}/"
    return replace(facts, url=f"{page}change/", more={**facts.more, "alert_id": alert.pk})


def _send(
    alert: Alert,
    facts: Facts,
    copies: Copies,
    *,
    key: str,
    at: datetime,
    entry_id: int | None = None,
) -> None:
    if copies:
        queue(alert.thread, facts, copies, key=key, at=at, entry_id=entry_id)


def _plan(alert: Alert, routes: Sequence[Route]) -> list[PlannedStep]:
    raised_at = alert.escalated_from or alert.raised_at or alert.began_at
    return plan(routes, severity=Severity(alert.severity), raised_at=raised_at)


def _due_copies(alert: Alert, routes: Sequence[Route], *, now: datetime) -> Copies:
    """Return the channels whose steps are due and not done, and mark those as done."""
    planned = _plan(alert, routes)
    due = [each for each in planned if each.at <= now and each.key not in alert.steps_done]
    alert.steps_done = [*alert.steps_done, *(each.key for each in due)]
    copies: Copies = {}
    for each in due:
        copies.setdefault(each.step.channel_id, _context(each, planned, now=now))
    return copies


def _context(
    done: PlannedStep, planned: Sequence[PlannedStep] = (), *, now: datetime | None = None
) -> dict[str, Any]:
    """Return what a copy says of the way it was sent, and of what happens next: after `now`."""
    context: dict[str, Any] = {
        "route": done.route.name, "step": done.number, "steps": len(done.route.steps),
    }  # fmt: skip
    ahead = [each for each in planned if now is None or each.at > now]
    if (later := next_step(ahead, done)) is not None:
        channel = AlertChannel.objects.filter(pk=later.step.channel_id).first()
        context["next"] = {"at": iso(later.at.astimezone(UTC)), "channel": str(channel)}
    return context


def _told_before(alert: Alert) -> Copies:
    """Return the channels that were sent this alert, with the context of the last copy."""
    rows = order.told(alert.thread).filter(alert_channel__isnull=False).order_by("id")
    return {
        pk: {key: value for key, value in (context or {}).items() if key != "next"}
        for pk, context in rows.values_list("alert_channel_id", "context")
    }


def _resolve(alert: Alert, change: StageChange) -> Alert:
    copies = _told_before(alert)
    # A reminder that has not left yet would only follow the good news.
    reminders = Delivery.objects.filter(
        notice__thread=alert.thread, notice__key__startswith=_reminder_key(alert)
    )
    reminders.filter(state__in=[State.QUEUED, State.RETRYING]).update(
        state=State.SUPPRESSED, due=None, reason="resolved meanwhile", ended_at=change.at
    )
    alert.stage, alert.resolved_at = AlertStage.RESOLVED, change.at
    alert.save(update_fields=["stage", "resolved_at"])
    facts = _with_alert(change.facts, alert)
    _send(alert, facts, copies, key=change.key, at=change.at, entry_id=change.entry_id)
    return alert


def escalate(*, now: datetime) -> None:
    """Queue the steps and the reminders that are due, of alerts that nobody has acknowledged."""
    waiting = Alert.objects.filter(
        stage=AlertStage.RAISED, acknowledged_at=None, resolved_at=None, raised_at__isnull=False
    )
    ids = list(waiting.values_list("pk", flat=True))
    routes = enabled_routes() if ids else []
    for pk in ids:
        with transaction.atomic():
            # Another process that escalates waits here, and then finds it done.
            alert = waiting.select_for_update().filter(pk=pk).first()
            if alert is not None:
                _escalate(alert, routes, now=now)


def _escalate(alert: Alert, routes: list[Route], *, now: datetime) -> None:
    severity = Severity(alert.severity)
    taking = matching_routes(alert.component_id, severity, routes)
    facts = _with_alert(Facts.from_json(alert.facts), alert)
    copies = _due_copies(alert, taking, now=now)
    began = alert.escalated_from or alert.raised_at or now
    if copies:
        alert.save(update_fields=["steps_done"])
        key = f"alert-{alert.pk}-steps-{began.timestamp():.0f}-{len(alert.steps_done)}"
        _send(alert, replace(facts, at=iso(now)), copies, key=key, at=now)
    for route in taking:
        number = reminder_number(route, severity=severity, raised_at=began, now=now)
        done = [s for s in _plan(alert, [route]) if s.key in alert.steps_done and s.at < now]
        if number and done:
            key = f"{_reminder_key(alert)}{route.id}-{number}"
            if alert.escalated_from != alert.raised_at:
                key += f"-{began.timestamp():.0f}"
            reminder = replace(facts, event="alert.reminder", at=iso(now),
                               headline=f"STILL {facts.headline}")  # fmt: skip
            planned = _plan(alert, [route])
            told = {s.step.channel_id: _context(s, planned, now=now) for s in done}
            _send(alert, reminder, told, key=key, at=now)


def _reminder_key(alert: Alert) -> str:
    return f"alert-{alert.pk}-reminder-"


def notify_first_steps(
    thread: str, facts: Facts, *, severity: Severity, key: str, now: datetime
) -> None:
    """Queue a message that is no alert of its own to those who are alerted first of what it names.

    The same key again changes nothing. Who is not alerted at this hour is sent it when they are.
    """
    routes = enabled_routes()
    if facts.component_ids:
        found = [r for pk in facts.component_ids for r in matching_routes(pk, severity, routes)]
    else:
        found = [r for r in routes if r.matches(component_id=0, groups=(), severity=severity)]
    taking = list({route.id: route for route in found}.values())
    copies: Copies = {}
    for each in plan(taking, severity=severity, raised_at=now):
        if each.at <= now:
            copies.setdefault(each.step.channel_id, _context(each))
    if copies:
        queue(thread, facts, copies, key=key, at=now)


def send_test(channel: AlertChannel, *, now: datetime) -> None:
    """Queue a message that says nothing but that alerts arrive."""
    facts = Facts(
        event="alert.test",
        headline="Test: alerts reach this channel",
        at=iso(now),
        url=f"{str(settings.STATUSPAGE.site_url).rstrip('/')}/admin/subscribers/alertchannel/",
        message="Nothing has happened: somebody pressed the button that sends this.",
    )
    key = f"test-channel-{channel.pk}-{now.timestamp():.0f}"
    queue(f"test-{channel.pk}", facts, {channel.pk: {}}, key=key, at=now)


def acknowledge(alert: Alert, *, by: str, now: datetime) -> bool:
    """Acknowledge an alert: nothing more is escalated or reminded of. False if that was so
    already, or it is over."""
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
