"""One check of a monitor on demand, shown in full; nothing is stored."""

import threading
import time
from datetime import UTC, datetime
from typing import Any

from components.network.address_guard import AddressGuard
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


def describe(result: CheckResult) -> dict[str, Any]:
    """Return all of a result, as JSON."""
    outcome = result.outcome
    detail = outcome.detail or Detail()
    return {
        "result": outcome.status.value,
        "message": outcome.message,
        "code": outcome.code,
        "latency_ms": _rounded(outcome.latency_ms),
        "phases": {name: _rounded(took) for name, took in outcome.phases.items()},
        "started_at": _instant(result.started),
        "took_ms": _rounded((result.ended - result.started) * 1000),
        "address": detail.address,
        "protocol": detail.protocol,
        "assertions": [
            {"assertion": each.text, "passed": each.passed, "found": each.found}
            for each in detail.assertions
        ],
        "certificates": [_certificate(each, now=result.ended) for each in detail.certificates],
    }


def _certificate(presented: PresentedCertificate, *, now: float) -> dict[str, Any]:
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


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
