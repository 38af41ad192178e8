"""The judgement of a monitor's last number."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast

from components.status import Verdict
from monitors.config.parsing import parse_config
from monitors.models import Closure, LastNumber, Monitor
from monitors.probers.number import NumberConfig
from monitors.rules.heartbeat_schedule import HeartbeatSchedule, HeartbeatState, IngestGap, late_at
from monitors.rules.judgement import Judgement


def config_of(monitor: Monitor) -> NumberConfig:
    """Return a monitor's settings. Raises ValidationError."""
    return cast("NumberConfig", parse_config(monitor.kind, monitor.config))


def load_gaps() -> list[IngestGap]:
    """Return when nothing could be sent to us."""
    return [row.gap for row in Closure.objects.order_by("began")]


def judge(
    last: LastNumber | None, config: NumberConfig, gaps: Iterable[IngestGap], *, now: float
) -> Judgement:
    """Return what a number says at `now`. What could not be sent to us is not missed."""
    if last is None:
        return Judgement(Verdict.UNKNOWN, "no number was received yet", None)
    schedule = HeartbeatSchedule(grace=0.0, period=float(config.silence))
    until = late_at(schedule, HeartbeatState(last.taken_at), gaps=gaps)
    if until is None or now >= until:
        at = datetime.fromtimestamp(last.taken_at, UTC)
        return Judgement(Verdict.UNKNOWN, f"no number since {at:%Y-%m-%d %H:%M:%S} UTC", None)
    verdict, reason = config.thresholds.judge(last.value, name=config.measures, unit=config.unit)
    return Judgement(verdict, reason, until)
