"""What django-q2 workers may be asked to do for the product itself."""

import os
import time
import zlib

from django.conf import settings
from django_q.tasks import async_task

from statuspage import progress

CANARY_LIVES = 4.0
"""Seconds after which a canary is no longer handed on: the machine it is for takes none."""


def prove_progress(machine: int = 0, sent: float = 0.0) -> None:
    """The canary: a worker that can run this can run anything in its queue.

    Machines share their queues, so a canary may be taken by another machine than the one it was
    sent for; that one has proved itself, and hands it on. It has just looked at the queue, hence
    the others look first.
    """
    queue = os.environ.get("Q_CLUSTER_NAME", "notify")
    progress.mark(queue)
    if machine not in (0, number_of(settings.STATUSPAGE.machine)) and (
        time.time() - sent < CANARY_LIVES
    ):
        async_task("statuspage.tasks.prove_progress", machine, sent, cluster=queue)


def number_of(machine: str) -> int:
    """A machine in a payload, which holds numbers only."""
    return zlib.crc32(machine.encode()) or 1


ALLOWED = frozenset({"monitors.tasks.probe_shift", "statuspage.tasks.prove_progress"})
"""The only names that a worker looks up: whoever can write to the queue can name nothing else."""
