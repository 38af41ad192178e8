"""Tasks of django-q2's workers for the product itself."""

import os
import time

from django.conf import settings
from django_q.tasks import async_task

from components import shutdown_flag
from statuspage.runtime import progress
from subscribers.channels import registry
from subscribers.delivery import outcome_files, restore_detection
from subscribers.delivery.worker import Shift

CANARY_TTL = 4.0
"""Seconds after which a canary is no longer passed on: the machine it is for takes none."""


def prove_progress(machine: int = 0, sent: float = 0.0) -> None:
    """Mark progress, as the canary: a worker that can run this can run anything in its queue.

    Machines share their queues, so a canary may be taken by another machine than the one it was
    sent for; that one has proved itself, and passes it on. It has just looked at the queue, hence
    the others look first.
    """
    queue = os.environ.get("Q_CLUSTER_NAME", "notify")
    if queue == "notify":
        # On a machine without beat, and without anything to send, nobody else would.
        outcome_files.store()
    progress.mark(queue)
    if machine not in (0, progress.machine_number(settings.STATUSPAGE.machine)) and (
        time.time() - sent < CANARY_TTL
    ):
        async_task("statuspage.tasks.prove_progress", machine, sent, cluster=queue)


SHIFT_SECONDS = 15.0


def deliver() -> int:
    """Send what is due for the length of a shift; return how many messages were sent."""
    # Its wake-up may be as old as a restored store.
    restore_detection.detect_restore(now=time.time())
    options = settings.STATUSPAGE
    limit = options.mails_per_minute
    shift = Shift(
        registry.make,
        stopping=shutdown_flag.requested,
        pace=60.0 * options.notify_workers / limit if limit else 0.0,
    )
    marked = 0.0

    def on_progress() -> None:
        nonlocal marked
        if time.monotonic() - marked >= 1.0:
            marked = time.monotonic()
            progress.mark("notify")

    return shift.run(seconds=SHIFT_SECONDS, on_progress=on_progress)


ALLOWED_TASKS = frozenset(
    {
        "monitors.tasks.probe_shift",
        "statuspage.tasks.deliver",
        "statuspage.tasks.prove_progress",
    }
)
"""The only names that a worker looks up: a writer to the queue can name nothing else."""
