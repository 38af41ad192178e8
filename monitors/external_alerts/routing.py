"""Alerts that come to the address for all: rules say which component each is about (P04)."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from components.models import Component
from components.status import Verdict
from monitors.external_alerts.intake import Intake, LanesFullError, take_reports
from monitors.external_alerts.lanes import config_of
from monitors.models import AlertLane, AlertRule, Check, Monitor, UnmatchedAlert
from monitors.probers.external import ExternalConfig, ExternalProber
from monitors.probing.base import one_line
from monitors.rules import label_matchers
from monitors.rules.alert_lanes import AlertReport
from monitors.rules.incoming_alert import IncomingAlert
from monitors.services import save_monitor

log = logging.getLogger(__name__)

MAX_UNMATCHED = 100
MAX_LABELS = 50
"""Labels of such an alert that are kept."""
MONITOR_NAME = "Alerts"
"""The name of the monitor that a component gets for its alerts, if it has none."""


@dataclass(slots=True)
class _Share:
    """The part of a message that is about one monitor."""

    reports: list[AlertReport] = field(default_factory=list)
    proof: bool = False


@dataclass(frozen=True, slots=True)
class Routed:
    """What came of a message, and how many of its alerts no rule matched."""

    intake: Intake
    unmatched: int


def route_alerts(alerts: Sequence[IncomingAlert], *, now: float) -> Routed:
    """Apply the alerts of one message, each to the component that the first matching rule names.

    A watchdog alert proves for every monitor that names it that the sender works, whatever the
    rules say. A resolution closes the alert wherever it is open: the rules may have changed since.
    Raises LanesFullError when some were left out, after the others were stored.
    """
    shares: dict[int, _Share] = defaultdict(_Share)
    monitors = {
        monitor.pk: monitor
        for monitor in Monitor.objects.filter(kind=ExternalProber.kind).order_by("pk")
    }
    unmatched = _share_out(alerts, monitors, shares)
    keep_unmatched(unmatched, now=now)
    opened = resolved = left_out = 0
    for pk in sorted(shares):
        share = shares[pk]
        try:
            part = take_reports(monitors[pk], share.reports, proof=share.proof, now=now)
        except Check.DoesNotExist:
            continue  # deleted meanwhile
        opened, resolved = opened + part.opened, resolved + part.resolved
        left_out += part.left_out
    intake = Intake(len(alerts), opened, resolved, left_out)
    if left_out:
        raise LanesFullError(intake)
    return Routed(intake, len(unmatched))


def _share_out(
    alerts: Iterable[IncomingAlert], monitors: dict[int, Monitor], shares: dict[int, _Share]
) -> list[IncomingAlert]:
    """Give each alert to its monitors; return those that none is for."""
    rules, open_in, configs = _rules(), _open_lanes(alerts), _configs(monitors)
    unmatched = []
    for alert in alerts:
        watched = [pk for pk, config in configs.items() if config.is_watchdog(alert)]
        for pk in watched:
            shares[pk].proof |= alert.firing
        if watched:
            continue
        rule = next(
            (rule for parsed, rule in rules if label_matchers.matches_all(parsed, alert.labels)),
            None,
        )
        targets = set() if alert.firing else open_in[alert.fingerprint] & configs.keys()
        if rule is not None:
            targets.add(_monitor_of(rule.component, monitors, configs))
        for pk in targets:
            report = configs[pk].report_of(alert)
            if rule is not None:
                report = replace(report, verdict=Verdict(rule.status))
            shares[pk].reports.append(report)
        if rule is None and not targets:
            unmatched.append(alert)
    return unmatched


def _open_lanes(alerts: Iterable[IncomingAlert]) -> dict[str, set[int]]:
    """Return the monitors in which alerts are open that a message resolves."""
    resolved = [alert.fingerprint for alert in alerts if not alert.firing]
    rows = AlertLane.objects.filter(fingerprint__in=resolved, cleared_at=None)
    found: dict[str, set[int]] = defaultdict(set)
    for fingerprint, pk in rows.values_list("fingerprint", "monitor_id"):
        found[fingerprint].add(pk)
    return found


def _rules() -> list[tuple[tuple[label_matchers.Matcher, ...], AlertRule]]:
    return [
        (label_matchers.parse(rule.matchers), rule)
        for rule in AlertRule.objects.select_related("component")
    ]


def _configs(monitors: dict[int, Monitor]) -> dict[int, ExternalConfig]:
    """Return the settings of the monitors; one whose settings cannot be read is left out."""
    found = {}
    for pk, monitor in monitors.items():
        try:
            found[pk] = config_of(monitor)
        except ValidationError as error:
            log.error("alerts for monitor %s cannot be read: %s", pk, error)
    return found


def _monitor_of(
    component: Component, monitors: dict[int, Monitor], configs: dict[int, ExternalConfig]
) -> int:
    """Return the monitor of a component's alerts; it gets one if it has none."""
    for pk in configs:
        if monitors[pk].component_id == component.pk:
            return pk
    made = Monitor(name=MONITOR_NAME, component=component, kind=ExternalProber.kind, config={})
    monitor = save_monitor(made, regions=[], actor="alert rules")
    monitors[monitor.pk], configs[monitor.pk] = monitor, config_of(monitor)
    return monitor.pk


def keep_unmatched(alerts: Iterable[IncomingAlert], *, now: float) -> None:
    """Keep alerts that no rule matched, the last 100, each once."""
    at = datetime.fromtimestamp(now, UTC)
    with transaction.atomic():
        for alert in list(alerts)[-MAX_UNMATCHED:]:
            labels = {
                one_line(name, limit=100): one_line(text, limit=200)
                for name, text in list(alert.labels.items())[:MAX_LABELS]
            }
            values = {
                "name": one_line(alert.name), "labels": labels,
                "reason": one_line(alert.reason), "received_at": at,
            }  # fmt: skip
            row, is_new = UnmatchedAlert.objects.update_or_create(
                fingerprint=alert.fingerprint, defaults=values
            )
            if not is_new:
                UnmatchedAlert.objects.filter(pk=row.pk).update(times=F("times") + 1)
        old = UnmatchedAlert.objects.values_list("pk", flat=True)[MAX_UNMATCHED:]
        UnmatchedAlert.objects.filter(pk__in=list(old)).delete()
