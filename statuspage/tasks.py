"""What django-q2 workers may be asked to do for the product itself."""

from statuspage import progress


def prove_progress() -> None:
    """The canary: a worker that can run this can run anything in its queue."""
    progress.mark("notify")


ALLOWED = frozenset({"monitors.tasks.probe_shift", "statuspage.tasks.prove_progress"})
"""The only names that a worker looks up: whoever can write to the queue can name nothing else."""
