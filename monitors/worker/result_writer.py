"""The writer of a shift's results, states and next starts: one transaction a batch."""

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection, transaction

from components.journal import Event, record
from monitors.models import WORDS, Monitor
from monitors.probing.base import CertificateValidity, CheckResult, Outcome, ProbeStatus
from monitors.rules import flapping
from monitors.rules.check_state import CheckState, Tolerance, Transition, observe
from monitors.rules.intervals import next_start
from monitors.rules.rollups import is_late
from monitors.rules.stated_status import believed
from monitors.services import state_changed_event, tolerance
from monitors.worker.leases import LeasedCheck, select_held
from monitors.worker.result_statements import (
    Scalar,
    insert_results,
    tells_updated,
    update_and_tell,
    update_checks,
)

MAX_LATE_MS = 2**31 - 1
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Target:
    """A monitor as a shift knows it: read once per revision, not once per check."""

    monitor: Monitor
    region: str
    tolerance: Tolerance

    @classmethod
    def of(cls, monitor: Monitor, region: str) -> "Target":
        return cls(monitor, region, tolerance(monitor))


@dataclass(frozen=True, slots=True)
class CompletedCheck:
    """A leased check that has been made."""

    leased: LeasedCheck
    target: Target
    result: CheckResult


@dataclass(frozen=True, slots=True)
class _Settlement:
    completed: CompletedCheck
    """The last one of the check."""
    former: CheckState
    """What was believed before the first one."""
    state: CheckState
    changes: list[tuple[Transition, str]]
    """Each with its message."""
    due: float
    skipped: int
    stated: str
    """The status that its target states of itself, as it is to be stored."""


_NO_CERTIFICATE = CertificateValidity()
_INSERT_LATE_MINUTE = "INSERT INTO monitors_lateminute (check_id, minute) VALUES (%s, %s)"


def store_results(
    batch: Sequence[CompletedCheck],
    *,
    lease: str,
    now: float | None = None,
    hold_until: float = 0.0,
) -> int:
    """Write a batch and return how many confirmed changes it held.

    A check may have been made several times, in order of time.
    A check whose lease is no longer `lease` was edited or taken over meanwhile: its result is
    kept as evidence, but it moves neither belief nor schedule. One that is still ours, but of which
    something else is believed by now (beat may have found its evidence too old), is settled anew:
    else a change would be journalled twice, or never. `hold_until` keeps workers from leasing the
    checks again before then.
    """
    settled = _settle_all(batch)
    results = [_result_row(completed) for completed in batch]
    late = _late_minutes(batch, now=now or time.time())
    with transaction.atomic():
        insert_results(results)
        if late:
            with connection.cursor() as cursor:
                cursor.executemany(_INSERT_LATE_MINUTE, late)
        events, left = _write(settled, lease, hold_until)
        if left:
            current = {each.check_id: each for each in select_held(left, lease=lease)}
            retried = _settle_all(
                [
                    _with_current_state(completed, current)
                    for completed in batch
                    if _id(completed) in current
                ]
            )
            # Their rows are locked now: this time none is left.
            events += _write(retried, lease, hold_until)[0]
        record(*events)
    return len(events)


def _write(
    settled: Sequence[_Settlement], lease: str, hold_until: float
) -> tuple[list[Event], list[int]]:
    """Write what is still ours and as it was leased; return events, and checks that may not be.

    Where one statement cannot say what it wrote, most checks, which change nothing, are written by
    one that counts its rows.
    """
    ordered = sorted(settled, key=lambda item: _id(item.completed))
    written: Collection[int]
    if tells_updated():
        written = update_and_tell([_update_row(item, lease, hold_until) for item in ordered])
    else:
        written = _write_one_by_one(ordered, lease, hold_until)
    left = [_id(item.completed) for item in ordered if _id(item.completed) not in written]
    moved = (item for item in ordered if item.changes and _id(item.completed) in written)
    return [event for item in moved for event in _events(item)], left


def _write_one_by_one(ordered: Sequence[_Settlement], lease: str, hold_until: float) -> set[int]:
    """Write them; return those that were written. Some of the others may have been as well."""
    written: set[int] = set()
    unchanged = [item for item in ordered if not item.changes]
    rows = [_update_row(item, lease, hold_until) for item in unchanged]
    if rows and update_checks(rows) == len(rows):
        written |= {_id(item.completed) for item in unchanged}
    for item in ordered:
        if item.changes and update_checks([_update_row(item, lease, hold_until)]) == 1:
            written.add(_id(item.completed))
    return written


def _id(completed: CompletedCheck) -> int:
    return completed.leased.check_id


def _with_current_state(
    completed: CompletedCheck, current: Mapping[int, LeasedCheck]
) -> CompletedCheck:
    now = current[_id(completed)]
    leased = replace(completed.leased, state=now.state, stated=now.stated)
    return replace(completed, leased=leased)


def _settle_all(batch: Sequence[CompletedCheck]) -> list[_Settlement]:
    """Return the settlement of each check: one made several times is settled step by step."""
    settled: dict[int, _Settlement] = {}
    for completed in batch:
        check_id = completed.leased.check_id
        settled[check_id] = _settle(completed, settled.get(check_id))
    return list(settled.values())


def _settle(completed: CompletedCheck, before: _Settlement | None) -> _Settlement:
    result, leased, monitor = completed.result, completed.leased, completed.target.monitor
    state, transitions = observe(
        before.state if before else leased.state,
        result.outcome.status,
        at=result.started,
        tolerance=completed.target.tolerance,
    )
    due, skipped = next_start(
        leased.check_id,
        started=result.started,
        ended=result.ended,
        interval=monitor.interval,
        retry=monitor.effective_retry if state.suspicious else None,
    )
    late = result.started - leased.due
    skipped += int(late // monitor.interval) if late > monitor.interval else 0
    message = _message(state, completed)
    former_word = before.stated if before else leased.stated
    stated = believed(former_word, result.outcome.stated, state.verdict)
    if stated != former_word and not transitions:  # such as from partial to major outage
        transitions = [Transition(state.verdict, state.since, state.flapping)]
    changes = [(transition, message) for transition in transitions]
    former = leased.state
    if before is not None:
        changes, skipped = [*before.changes, *changes], skipped + before.skipped
        former = before.former
    return _Settlement(completed, former, state, changes, due, skipped, stated)


def _update_row(item: _Settlement, lease: str, hold_until: float) -> list[Scalar]:
    state, outcome = item.state, item.completed.result.outcome
    seen = outcome.certificate or _NO_CERTIFICATE
    return [
        item.due, hold_until, state.verdict.value, state.since, state.checked, state.run,
        state.run_verdict.value if state.run_verdict else "", state.run_since,
        state.turns, state.beneath.value if state.beneath else "", state.beneath_since,
        outcome.measured_ms, _message(state, item.completed)[:300], item.skipped,
        item.stated, seen.ends, seen.is_valid,
        item.completed.leased.check_id, lease, item.former.verdict.value, item.former.since,
    ]  # fmt: skip


def _events(item: _Settlement) -> list[Event]:
    target = item.completed.target
    return [
        state_changed_event(target.monitor, target.region, transition, message=message)
        for transition, message in item.changes
    ]


def _message(state: CheckState, completed: CompletedCheck) -> str:
    message = completed.result.outcome.message
    if not state.flapping:
        return message
    return flapping.describe(state.turns, completed.target.tolerance.flapping_window, message)


def _result_row(completed: CompletedCheck) -> list[Scalar]:
    result, outcome = completed.result, completed.result.outcome
    latency = outcome.latency_ms
    return [
        completed.leased.check_id,
        round(result.started * 1000),
        WORDS.index(outcome.status),
        None if latency is None else round(latency * 1000),
        outcome.code,
        # After a month switched off it is later than the column can hold.
        min(max(0, round((result.started - completed.leased.due) * 1000)), MAX_LATE_MS),
        outcome.message[:300],
        _phases(outcome),
    ]


def _late_minutes(batch: Sequence[CompletedCheck], *, now: float) -> list[tuple[int, int]]:
    """Return the checks and minutes that may have been aggregated, to be aggregated anew."""
    starts = {
        (completed.leased.check_id, int(completed.result.started // 60))
        for completed in batch
        if is_late(at=completed.result.started, now=now)
    }
    return sorted(starts)


def _phases(outcome: Outcome) -> str | None:
    if outcome.status is ProbeStatus.UP or not outcome.phases:
        return None
    return _encode({name: round(value, 1) for name, value in outcome.phases.items()})
