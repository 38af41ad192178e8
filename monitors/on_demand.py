"""One check of a monitor on demand, shown in full; nothing is stored."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict

from components.network.address_guard import AddressGuard
from components.values.json_types import Instant
from monitors.models import Monitor
from monitors.probing.base import (
    CheckResult,
    Detail,
    Outcome,
    PresentedCertificate,
    Probe,
    ProbeStatus,
)
from monitors.probing.engine import Engine
from monitors.worker.probe_factory import prober_and_config

MAX_CONCURRENT = 4
"""Tests of one process under way at a time: each may take up to a minute."""
GRACE_SECONDS = 2.0

slots = threading.BoundedSemaphore(MAX_CONCURRENT)


class AssertionJson(TypedDict):
    assertion: str
    passed: bool
    found: str


class SeenCertificateJson(TypedDict):
    subject: str
    issuer: str
    names: list[str]
    valid_from: Instant
    valid_until: Instant
    days_left: int


class TrialJson(TypedDict):
    """One check, in full."""

    result: str
    message: str
    code: int | None
    latency_ms: float | None
    phases: dict[str, float]
    started_at: Instant
    took_ms: float
    address: str | None
    protocol: str | None
    assertions: list[AssertionJson]
    certificates: list[SeenCertificateJson]


class BusyError(Exception):
    """Too many tests are under way; try again in a moment."""


def check_now(monitor: Monitor, *, guard: AddressGuard) -> CheckResult:
    """Make one check as a shift would, and return all of it.

    Blocks for up to the monitor's timeout. Raises BusyError, or ValidationError when the stored
    settings cannot be checked.
    """
    prober, config = prober_and_config(monitor)
    if not slots.acquire(blocking=False):
        raise BusyError(f"{MAX_CONCURRENT} tests are under way already; try again in a moment.")
    engine = Engine(guard=guard)
    try:
        probe = Probe(monitor.pk, prober.with_detail(), config, monitor.timeout, time.time())
        engine.add(probe)
        deadline = time.monotonic() + monitor.timeout + GRACE_SECONDS
        while time.monotonic() < deadline:
            for result in engine.step(0.2):
                return result
    finally:
        engine.close()
        slots.release()
    now = time.time()
    message = "the prober itself did not end in time"
    return CheckResult(probe, now, now, Outcome(ProbeStatus.INCONCLUSIVE, message))


def check_each(
    monitors: Sequence[Monitor], *, guard: AddressGuard, seconds: float
) -> list[CheckResult | None]:
    """Make one check of each monitor, all at once, stored or not; None for one that took longer.

    Blocks for `seconds` at most. Raises BusyError, or ValidationError as `check_now` does.
    """
    ready = [prober_and_config(each) for each in monitors]
    if not slots.acquire(blocking=False):
        raise BusyError(f"{MAX_CONCURRENT} tests are under way already; try again in a moment.")
    engine = Engine(guard=guard)
    found: dict[int, CheckResult] = {}
    try:
        for key, (prober, config) in enumerate(ready):
            engine.add(Probe(key, prober.with_detail(), config, seconds, time.time()))
        deadline = time.monotonic() + seconds + GRACE_SECONDS
        while len(found) < len(ready) and time.monotonic() < deadline:
            found |= {result.probe.key: result for result in engine.step(0.2)}
    finally:
        engine.close()
        slots.release()
    return [found.get(key) for key in range(len(ready))]


def describe(result: CheckResult) -> TrialJson:
    """Return all of a result, as JSON."""
    outcome = result.outcome
    detail = outcome.detail or Detail()
    return {
        "result": outcome.status.value,
        "message": outcome.message,
        "code": outcome.code,
        "latency_ms": None if outcome.latency_ms is None else round(outcome.latency_ms, 1),
        "phases": {name: round(took, 1) for name, took in outcome.phases.items()},
        "started_at": _instant(result.started),
        "took_ms": round((result.ended - result.started) * 1000, 1),
        "address": detail.address,
        "protocol": detail.protocol,
        "assertions": [
            {"assertion": each.text, "passed": each.passed, "found": each.found}
            for each in detail.assertions
        ],
        "certificates": [_certificate(each, now=result.ended) for each in detail.certificates],
    }


def _certificate(presented: PresentedCertificate, *, now: float) -> SeenCertificateJson:
    return {
        "subject": presented.subject,
        "issuer": presented.issuer,
        "names": list(presented.names),
        "valid_from": presented.not_before.isoformat(),
        "valid_until": presented.not_after.isoformat(),
        "days_left": int((presented.not_after.timestamp() - now) // 86_400),
    }


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
