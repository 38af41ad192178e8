"""The self-reports of the product's own processes: each is a reader with heartbeats."""

import os
import time
from contextlib import suppress
from typing import Any

from django.conf import settings

from monitors.models import Reader
from monitors.readers.services import ReaderReport, receive_heartbeat

INTERVAL_SECONDS = 5.0
"""Often enough to be found dead within 15 s, and no burden on the database."""
_MODELS = {
    "web": ("page, admin and API", "web"),
    "beat": ("the product's pulse", "beat"),
    "probes": ("probe shifts", "probe"),
    "notify": ("notifications", "notify"),
}
ROLES = frozenset(_MODELS)
_due: dict[str, float] = {}
_suffix = ""


def reset() -> None:
    """Report at once when next asked to, as a process that begins anew; for tests."""
    _due.clear()


def reader_name(role: str) -> str:
    """Return a role's name as a reader, on this machine."""
    return f"{settings.STATUSPAGE.machine}/{role}{_suffix}"


def set_number(number: int) -> None:
    """Report as one of several processes of a role on this machine, each a reader of its own."""
    global _suffix  # noqa: PLW0603  (of this process)
    _suffix = f"-{number}"


def report(
    role: str, *, now: float, metrics: dict[str, Any] | None = None, report_id: str = ""
) -> bool:
    """Report that this machine's `role` is at work; return False when it is not due.

    Metrics are always due. With a `report_id` their requests count once, however often they are
    reported under it.
    """
    clock = time.monotonic()
    if clock < _due.get(role, 0.0) and metrics is None:
        return False
    _due[role] = clock + INTERVAL_SECONDS
    model_name, model_type = _MODELS[role]
    receive_heartbeat(
        ReaderReport(
            name=reader_name(role),
            consumer_groups=_groups(role),
            device="cpu",
            model_name=model_name,
            model_type=model_type,
            pids=_pids(role),
            interval=INTERVAL_SECONDS,
            metrics=metrics or {},
            report_id=report_id,
        ),
        now=now,
        own=True,
    )
    return True


def _groups(role: str) -> tuple[str, ...]:
    options = settings.STATUSPAGE
    if role == "notify":
        # Notifications have the reserved group to themselves: no probe is ever let into it.
        return (role, options.reserved_consumers)
    return (role, f"{role}@{options.region}") if role == "probes" else (role,)


def _pids(role: str) -> tuple[int, ...]:
    """Return this process and its living siblings that have reported the role before."""
    row = Reader.objects.filter(pk=reader_name(role)).only("pids").first()
    known = [pid for pid in row.pids if _is_sibling(pid)] if row is not None else []
    return tuple(sorted({*known, os.getpid()}))


def _is_sibling(pid: int) -> bool:
    with suppress(OSError):
        return os.getpgid(pid) == os.getpgrp()
    return False
