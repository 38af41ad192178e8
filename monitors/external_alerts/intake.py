"""Taking alerts in: a message is applied as a whole, and decides the monitor's state at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import record
from monitors.external_alerts.lanes import (
    config_of,
    load_lanes,
    store_lanes,
)
from monitors.models import AlertSource, Monitor
from monitors.reported_state import locked_check, settle
from monitors.rules.alert_lanes import MAX_LANES, AlertReport, apply_reports, judge
from monitors.rules.incoming_alert import IncomingAlert


@dataclass(frozen=True, slots=True)
class Intake:
    """What came of a message: how many alerts it had, began and ended."""

    accepted: int
    opened: int
    resolved: int
    left_out: int
    """Alerts that have no lane, since all are taken."""


class LanesFullError(Exception):
    """Some alerts were left out, since as many fire already as a monitor can have."""

    def __init__(self, intake: Intake) -> None:
        super().__init__(
            f"{intake.left_out} of {intake.accepted} alerts were left out: {MAX_LANES} of this"
            " monitor fire already."
        )


def take_alerts(monitor: Monitor, alerts: Sequence[IncomingAlert], *, now: float) -> Intake:
    """Apply the alerts of one message to a monitor, in one transaction.

    Raises ValidationError for a monitor of another kind; LanesFullError when some were left out,
    after the others were stored.
    """
    if not monitor.takes_alerts:
        text = "Only a monitor of the kind external receives alerts."
        raise ValidationError({"kind": text})
    if not alerts:
        return Intake(0, 0, 0, 0)
    config = config_of(monitor)
    reports = [config.report_of(each) for each in alerts if not config.is_watchdog(each)]
    proof = any(each.firing for each in alerts if config.is_watchdog(each))
    intake = take_reports(monitor, reports, proof=proof, now=now)
    intake = replace(intake, accepted=len(alerts))
    if intake.left_out:
        raise LanesFullError(intake)
    return intake


def take_reports(
    monitor: Monitor, reports: Sequence[AlertReport], *, proof: bool, now: float
) -> Intake:
    """Apply what alerts mean to a monitor, in one transaction; what finds no place is left out.

    `proof` is whether its watchdog alert fires.
    """
    rule = config_of(monitor).silence_rule
    with transaction.atomic():
        check = locked_check(monitor.pk)
        source, _ = AlertSource.objects.get_or_create(monitor=monitor)
        before = load_lanes(monitor.pk)
        change = apply_reports(before, reports, now=now)
        store_lanes(monitor.pk, before=before, after=change.lanes)
        source.heard_at = now
        source.watchdog_at = now if proof else source.watchdog_at
        source.left_out = change.left_out
        source.left_out_at = now if change.left_out else source.left_out_at
        source.save()
        judgement = judge(change.lanes, source.hearing, rule, now=now)
        record(*settle(check, judgement, now=now))
    return Intake(len(reports), change.opened, change.resolved, change.left_out)


def clear_alerts(monitor: Monitor, *, actor: str, now: float) -> int:
    """Forget the alerts of a monitor that fire, on a person's word; return how many.

    One that still fires is there again when its sender repeats it.
    """
    config = config_of(monitor)
    with transaction.atomic():
        check = locked_check(monitor.pk)
        source, _ = AlertSource.objects.get_or_create(monitor=monitor)
        before = load_lanes(monitor.pk)
        store_lanes(monitor.pk, before=before, after={})
        source.left_out = 0
        source.save(update_fields=["left_out"])
        judgement = judge({}, source.hearing, config.silence_rule, now=now)
        record(*settle(check, judgement, now=now, actor=actor))
    return sum(lane.is_open for lane in before.values())
