"""Marks of progress: the proof that a role does its work, which "is alive" is not.

There is one mark for each role on each machine, for a machine's silence must not hide behind
another's work. A role that makes progress is a reader as well (contract K), and reports more
rarely.
"""

import math
import threading
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from monitors.readers import self_report
from monitors.rules.reader_state import LISTED_SECONDS
from monitors.worker import pulse, slots
from statuspage.models import Progress

ROLES = ("beat", "notify")
SHOWN = ("beat", "probes", "notify", "web")
AT_WORK_SECONDS = 20.0
"""A role that has made progress within so long is at work."""
GOODBYE_SECONDS = 1.0


def mark(role: str) -> None:
    """Store that `role`, on this machine, has just made progress."""
    store(role)
    pulse.beat()
    if role in self_report.ROLES:
        self_report.report(role, now=time.time())


def store(role: str) -> None:
    """Store a mark and nothing else; for a role that reports as a reader by itself."""
    if role in _ended:
        return
    name, now = f"{role}@{settings.STATUSPAGE.machine}", time.time()
    if not Progress.objects.filter(role=name).update(at=now):
        Progress.objects.update_or_create(role=name, defaults={"at": now})
    _marked[role] = time.monotonic()


_ended: set[str] = set()
"""Roles that this process has ended: no thread of it marks them any more."""
_marked: dict[str, float] = {}
"""When this process last marked each role, by the monotonic clock."""


def mark_if_due(role: str = "beat") -> None:
    """Store it between two parts of long work; at most once a second, never in a transaction."""
    if time.monotonic() - _marked.get(role, -math.inf) < 1.0 or connection.in_atomic_block:
        return
    mark(role)


def reset() -> None:
    """Mark at once when next asked to, as a process that begins anew; for tests."""
    _marked.clear()
    _ended.clear()


def ages() -> dict[str, float | None]:
    """Return the seconds since each role last made progress on any machine; None for never.

    Raises the database's error when that cannot be known.
    """
    now = time.time()
    newest: dict[str, float] = {}
    for name, at in Progress.objects.values_list("role", "at"):
        role = name.partition("@")[0]
        newest[role] = max(at, newest.get(role, 0.0))
    known = {role: _age(newest.get(role), now) for role in ROLES}
    known["probes"] = _age(max((at for _, at in slots.beats()), default=None), now)
    _close_connection()
    return known


def ages_here() -> dict[str, float | None]:
    """Return the seconds since each role last made progress on this machine; None for never.

    Its probes may be in reserve: then a canary counts.
    Raises the database's error when that cannot be known.
    """
    now = time.time()
    options = settings.STATUSPAGE
    marks = dict(Progress.objects.values_list("role", "at"))
    known = {role: _age(marks.get(f"{role}@{options.machine}"), now) for role in ROLES}
    at_work, age = slots.slot_status(region=options.region, machine=options.machine, now=now)
    in_reserve = not at_work and age is not None and age <= slots.SILENT_SECONDS
    known["probes"] = _age(marks.get(f"probes@{options.machine}"), now) if in_reserve else age
    _close_connection()
    return known


def ages_by_machine() -> dict[str, dict[str, float]]:
    """Return the seconds since each role last made progress, on each machine where it did in the
    last day.

    A machine's probes are at work in a slot, or in reserve and prove it by a canary.
    Raises the database's error when that cannot be known.
    """
    now = time.time()
    newest: dict[str, dict[str, float]] = {}
    marks = [(*name.partition("@")[::2], at) for name, at in _all_marks()]
    marks += [("probes", machine, at) for machine, at in slots.beats()]
    for role, machine, at in marks:
        if role in SHOWN and machine and at > now - LISTED_SECONDS:
            roles = newest.setdefault(machine, {})
            roles[role] = max(at, roles.get(role, 0.0))
    _close_connection()
    return {
        machine: {role: max(0.0, now - newest[machine][role]) for role in SHOWN if role in roles}
        for machine, roles in sorted(newest.items())
    }


def _all_marks() -> list[tuple[str, float]]:
    return list(Progress.objects.values_list("role", "at"))


def forget(machine: str, roles: Sequence[str], *, ended_by: float = math.inf) -> None:
    """Forget the marks of roles that a machine has no longer; `ended_by` as in `slots.forget`."""
    Progress.objects.filter(role__in=[f"{role}@{machine}" for role in roles]).delete()
    if "probes" in roles:
        slots.forget(machine, ended_by=ended_by)


def end(role: str) -> None:
    """Forget this machine's mark of a role that ends in order, if another machine does its work.

    Then its silence is meant and alarms nobody. Where no other does, somebody has to know: the
    mark stays and grows old. Waits for the database for `GOODBYE_SECONDS` at most.
    """
    _ended.add(role)
    saying = threading.Thread(target=_say_goodbye, args=(role,), name="goodbye", daemon=True)
    saying.start()
    saying.join(GOODBYE_SECONDS)


def _say_goodbye(role: str) -> None:
    here = settings.STATUSPAGE.machine
    with suppress(DatabaseError, InterfaceError):
        others = [ages for machine, ages in ages_by_machine().items() if machine != here]
        if any(ages.get(role, math.inf) <= AT_WORK_SECONDS for ages in others):
            forget(here, [role], ended_by=time.time())
    with suppress(DatabaseError, InterfaceError):
        connection.close()


def delete_expired(*, before: float) -> None:
    """Delete the marks of machines that are gone."""
    Progress.objects.filter(at__lt=before).delete()


def _age(at: float | None, now: float) -> float | None:
    return None if at is None else max(0.0, now - at)


def _close_connection() -> None:
    if not connection.in_atomic_block:
        connection.close()


def machine_number(machine: str) -> int:
    """Return a machine's number for a payload, which holds numbers only."""
    return zlib.crc32(machine.encode()) or 1
