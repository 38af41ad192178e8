"""The evaluation of pings and of their absence.

Receiving is only storing, so that an answer can mean "kept"; beat judges afterwards, in the order
in which pings came, and silence up to the instant before which everything that came is stored.
Who could not reach us during a gap is not late for it.
"""

import json
import logging
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Q

from components.journal import Event, record
from components.status import Verdict
from monitors import ping_keys
from monitors.heartbeats.ingest_coverage import complete_until
from monitors.models import Check, Closure, Heartbeat, LateMinute, Ping, Result
from monitors.models.heartbeat import CALLS_IN, FOR_GOOD
from monitors.probers.external import ExternalProber
from monitors.probers.number import NumberProber
from monitors.probing import base
from monitors.rules.check_state import CheckState, Transition, observe
from monitors.rules.heartbeat_schedule import (
    HeartbeatSchedule,
    HeartbeatState,
    IngestGap,
    PingType,
    apply_ping,
    late_at,
)
from monitors.rules.rollups import is_late
from monitors.services import state_changed_event, tolerance

log = logging.getLogger(__name__)

LATE_TOLERANCE_SECONDS = 1.0
"""A ping that comes so little too late, and before its absence was noticed, is on time."""
BATCH = 1_000
BUDGET_SECONDS = 0.5
"""How long beat is kept from its other jobs; the rest is judged next time."""

_MARK_JUDGED = "UPDATE monitors_ping SET taken = %s, took_ms = %s WHERE id = %s"
_UPDATE_CHECK = """
UPDATE monitors_check SET due = %s, verdict = %s, since = %s, checked = %s, turns = %s,
    beneath = %s, beneath_since = %s, latency_ms = %s, message = %s
WHERE id = %s
"""
_UPDATE_HEARTBEAT = (
    "UPDATE monitors_heartbeat SET last = %s, run = %s, runs = %s WHERE monitor_id = %s"
)


def evaluate_due(*, now: float) -> int:
    """Evaluate pings, then their absence; return how many verdicts changed.

    Called by beat, several times a second.
    """
    if not _any_heartbeat():
        return 0
    until = complete_until(now=now)  # before the pings are read: later it would be too late
    changed, deadline = 0, time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < deadline:
        judged, changes = _evaluate_pings()
        changed += changes
        if judged < BATCH:
            return changed + (_evaluate_late(until=until) if until is not None else 0)
    return changed  # there is more to be read before any can be called silent


def _any_heartbeat() -> bool:
    """Return whether there is any heartbeat: asked often, so in a statement that is not built."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM monitors_heartbeat LIMIT 1")
        return cursor.fetchone() is not None


@dataclass(slots=True)
class _HeartbeatRun:
    """One monitor's check while pings are applied to it."""

    check: Check
    heartbeat: Heartbeat
    schedule: HeartbeatSchedule
    gaps: Sequence[IngestGap]
    heartbeat_state: HeartbeatState
    state: CheckState
    events: list[Event]
    results: list[Result]

    @classmethod
    def of(cls, check: Check, heartbeat: Heartbeat, gaps: Sequence[IngestGap]) -> "_HeartbeatRun":
        # Nothing is ever waiting for its confirmation here: what was said was meant.
        state = CheckState(
            Verdict(check.verdict), since=check.since, checked=check.checked, turns=check.turns,
            beneath=Verdict(check.beneath) if check.beneath else None,
            beneath_since=check.beneath_since,
        )  # fmt: skip
        schedule = ping_keys.schedule_of(check.monitor)
        return cls(check, heartbeat, schedule, gaps, heartbeat.state, state, [], [])

    @property
    def late(self) -> float:
        found = late_at(self.schedule, self.heartbeat_state, gaps=self.gaps)
        return FOR_GOOD if found is None else found

    def check_row(self) -> list[float | str | None]:
        check, state = self.check, self.state
        return [
            self.late, state.verdict.value, state.since, state.checked, state.turns,
            state.beneath.value if state.beneath else "", state.beneath_since,
            check.latency_ms, check.message, check.pk,
        ]  # fmt: skip

    def heartbeat_row(self) -> list[float | str | None]:
        heartbeat_state = self.heartbeat_state
        return [
            heartbeat_state.last,
            heartbeat_state.run,
            json.dumps(heartbeat_state.runs),
            self.heartbeat.pk,
        ]

    def apply(self, ping: Ping) -> None:
        if ping.at > self.late + LATE_TOLERANCE_SECONDS:
            self.mark_late(self.late)
        word: PingType = ping.word  # type: ignore[assignment]  # it came from a ReceivedPing
        self.heartbeat_state, seconds = apply_ping(
            self.heartbeat_state, word, at=ping.at, rid=ping.rid
        )
        if ping.took_ms is None and seconds is not None:
            ping.took_ms = seconds * 1000
        if word in ("success", "fail"):
            status = base.ProbeStatus.UP if word == "success" else base.ProbeStatus.DOWN
            self._observe(status, at=ping.at, message=_ping_message(ping), ping=ping)

    def mark_late(self, at: float) -> None:
        """Record that the deadline has passed."""
        if (self.state.beneath or self.state.verdict) is not Verdict.DOWN:
            self._observe(base.ProbeStatus.DOWN, at=at, message=_late_message(self.heartbeat_state))

    def _observe(
        self, word: base.ProbeStatus, *, at: float, message: str, ping: Ping | None = None
    ) -> None:
        check = self.check
        self.state, transitions = observe(
            self.state, word, at=at, tolerance=tolerance(check.monitor)
        )
        check.message = message
        took_ms = ping.took_ms if ping else None
        if took_ms is not None and word is base.ProbeStatus.UP:
            check.latency_ms = took_ms
        self.results.append(
            Result(
                check_id=check.pk, at_ms=round(at * 1000), word=word.value, late_ms=0,
                latency_us=_microseconds(took_ms), code=ping.code if ping else None,
                message=message,
            )
        )  # fmt: skip
        self.events += [self._event(transition) for transition in transitions]

    def _event(self, transition: Transition) -> Event:
        check = self.check
        return state_changed_event(
            check.monitor, check.region_id, transition, message=check.message
        )


def _microseconds(took_ms: float | None) -> int | None:
    """Return it as results keep it; a run of over half an hour is in its ping alone."""
    micros = None if took_ms is None else round(took_ms * 1000)
    return None if micros is None or micros >= 1 << 31 else micros


def _ping_message(ping: Ping) -> str:
    if ping.word == "success":
        return ""
    if ping.code:
        return f"exit code {ping.code}"
    return ping.message or "it reported a failure"


def _late_message(heartbeat_state: HeartbeatState) -> str:
    if heartbeat_state.last is None or (
        heartbeat_state.run is not None and heartbeat_state.run > heartbeat_state.last
    ):
        return f"the run of {_format_instant(heartbeat_state.run)} has not ended"
    return f"no ping since {_format_instant(heartbeat_state.last)}"


def _format_instant(at: float | None) -> str:
    return f"{datetime.fromtimestamp(at or 0, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _evaluate_pings() -> tuple[int, int]:
    """Evaluate a batch of pings; return how many, and how many verdicts changed."""
    unjudged = Ping.objects.filter(taken=False).order_by("id")
    monitors = set(unjudged.values_list("monitor_id", flat=True)[:BATCH])
    if not monitors:
        return 0, 0
    with transaction.atomic():
        runs = _load_runs(monitors)
        pings = list(unjudged.filter(monitor__in=monitors).defer("body")[:BATCH])
        for ping in sorted(pings, key=lambda ping: ping.at):
            if ping.monitor_id in runs:
                runs[ping.monitor_id].apply(ping)
        events = _write(runs.values())
        with connection.cursor() as cursor:
            cursor.executemany(_MARK_JUDGED, [[True, ping.took_ms, ping.pk] for ping in pings])
        record(*events)
    return len(pings), len(events)


def _evaluate_late(*, until: float) -> int:
    """Evaluate heartbeats that are late at `until`; return how many verdicts changed."""
    known_silent = Q(verdict=Verdict.DOWN, beneath__in=("", Verdict.DOWN))
    suspects = Check.objects.filter(lease=CALLS_IN, due__lte=until).exclude(known_silent)
    suspects = suspects.exclude(monitor__kind__in=[ExternalProber.kind, NumberProber.kind])
    pks = list(suspects.values_list("monitor_id", flat=True)[:BATCH])
    if not pks:
        return 0
    with transaction.atomic():
        runs = _load_runs(pks)
        for run in runs.values():
            if run.late <= until:
                run.mark_late(run.late)
        events = _write(runs.values())
        record(*events)
    return len(events)


def _load_runs(monitor_ids: Iterable[int]) -> dict[int, _HeartbeatRun]:
    """Load checks, locked against other evaluations and against being edited."""
    gaps = [row.gap for row in Closure.objects.order_by("began")]
    checks = list(
        Check.objects.filter(lease=CALLS_IN, monitor__in=monitor_ids)
        .select_related("monitor")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    # Only now: joined to what has to be waited for, they would be read as they were before.
    heartbeats = Heartbeat.objects.in_bulk([check.monitor_id for check in checks])
    runs = {}
    for check in checks:
        if not ping_keys.has_address(check.monitor):
            continue  # of another kind by now; what its former address was sent says nothing
        try:
            run = _HeartbeatRun.of(check, heartbeats[check.monitor_id], gaps)
        except Exception as error:  # noqa: BLE001  (one broken monitor is set aside, the others go on)
            # One bad row is set aside; its neighbours are judged.
            if check.monitor_id not in _unreadable:
                log.error("heartbeat %s cannot be judged: %s", check.monitor_id, error)
            _unreadable.add(check.monitor_id)
            continue
        _unreadable.discard(check.monitor_id)
        runs[check.monitor_id] = run
    return runs


_unreadable: set[int] = set()
"""Monitors whose settings cannot be read, logged once."""


def reset() -> None:
    """Log of them again, as a process that begins anew; for tests."""
    _unreadable.clear()


def _write(runs: Collection[_HeartbeatRun]) -> list[Event]:
    """Write the runs' results; return the events to journal, in order of time."""
    results = [result for run in runs for result in run.results]
    Result.objects.bulk_create(results, ignore_conflicts=True)
    now = time.time()
    LateMinute.objects.bulk_create(
        LateMinute(check_id=result.check_id, minute=result.at_ms // 60_000)
        for result in results
        if is_late(at=result.at_ms / 1000, now=now)
    )
    with connection.cursor() as cursor:
        cursor.executemany(_UPDATE_CHECK, [run.check_row() for run in runs])
        cursor.executemany(_UPDATE_HEARTBEAT, [run.heartbeat_row() for run in runs])
    return [event for run in runs for event in run.events]
