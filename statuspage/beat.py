"""The product's pulse: everything that happens because time passes, and nothing else.

Each duty can be done twice without harm, so any number of beats may run; each is tried on its
own, so one that fails does not keep the others from being done.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django_q.brokers import get_broker
from django_q.tasks import async_task

from maintenance.due import move_due_windows
from monitors import retention, rota
from monitors.errands import Errand
from monitors.services import expire_evidence
from statuspage import progress, projector, snapshot
from statuspage.api import idempotency

log = logging.getLogger(__name__)

TICK = 0.25
REFRESH_SECONDS = 10.0
"""How often figures (uptime, "checked at") are published when nothing changes; 30 s is promised."""
CANARY_SECONDS = 2.0
PRUNE_SECONDS = 300.0
BACKLOG = 8
"""Wake-ups waiting in a queue beyond which no more are put there: nobody is taking them."""


@dataclass(slots=True)
class Duty:
    name: str
    every: float
    do: Callable[[datetime], object]
    due: float = 0.0


def pruned(now: float) -> Iterator[int]:
    return retention.prune_results(now=now, hours=settings.STATUSPAGE.results_hours)


def duties() -> list[Duty]:
    pruning = Errand(pruned, every=PRUNE_SECONDS)
    return [
        Duty("staff the probe shifts", 0.5, staff_shifts),
        Duty("forget stale evidence", 1.0, lambda now: expire_evidence(now=now.timestamp())),
        Duty("move maintenance windows", 0.5, lambda now: move_due_windows(now=now)),
        Duty("catch up with the journal", 1.0, lambda now: projector.catch_up()),
        Duty("renew the figures", 1.0, renew_figures),
        Duty("prove that senders work", CANARY_SECONDS, lambda now: send_canary()),
        Duty("forget old idempotency keys", 60.0, lambda now: idempotency.prune(now=now)),
        Duty("delete what is too old", 0.25, lambda now: pruning.go_on(now=now.timestamp())),
        # Last: beat has made progress when it has been through all of the above.
        Duty("mark progress", 1.0, lambda now: progress.mark("beat")),
    ]


def run(*, stopping: Callable[[], bool], clock: Callable[[], float] = time.time) -> None:
    """Do each duty when it is due, until asked to stop."""
    pending = duties()
    away = False
    while not stopping():
        began = time.monotonic()
        for duty in pending:
            if duty.due > began or stopping():
                continue
            duty.due = began + duty.every
            trouble = _attempt(duty, datetime.fromtimestamp(clock(), UTC))
            if trouble and not away:
                # Once: the other duties, and this one next time, would only say the same.
                log.warning("%s", trouble)
            away = bool(trouble)
        time.sleep(max(0.01, TICK - (time.monotonic() - began)))


def _attempt(duty: Duty, now: datetime) -> str:
    """Do a duty; the answer is what kept the database from letting us, or ''."""
    try:
        duty.do(now)
    except DatabaseError as error:
        connection.close()
        duty.due += 1.0
        return (
            f"could not {duty.name}, the database does not answer: {' '.join(str(error).split())}"
        )
    except Exception:
        log.exception("could not %s", duty.name)
    return ""


def staff_shifts(now: datetime) -> None:
    options = settings.STATUSPAGE
    called = rota.slots_to_call(
        region=options.region, count=options.probe_shifts, now=now.timestamp()
    )
    if called and get_broker("probes").queue_size() < BACKLOG:
        for slot in called:
            async_task("monitors.tasks.probe_shift", slot, cluster="probes")


def send_canary() -> None:
    if get_broker("notify").queue_size() < BACKLOG:
        async_task("statuspage.tasks.prove_progress", cluster="notify")


def renew_figures(now: datetime) -> None:
    """Publish although nothing changed, when what is published is old: figures move by time."""
    published = snapshot.published_mark()
    if published is None or (now - published[1]).total_seconds() >= REFRESH_SECONDS:
        snapshot.publish(now=now)
