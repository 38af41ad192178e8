"""Marks of progress: the proof that a role does its work, which "is alive" is not."""

import time

from django.db import connection

from monitors import rota
from statuspage.models import Progress


def mark(role: str) -> None:
    """Say that `role` has just done what it is there for."""
    Progress.objects.update_or_create(role=role, defaults={"at": time.time()})


def ages() -> dict[str, float | None]:
    """Seconds since each role last made progress; None when it never did.

    Raises the database's error when that cannot be known.
    """
    now = time.time()
    marks = dict(Progress.objects.values_list("role", "at"))
    known: dict[str, float | None] = {
        role: max(0.0, now - marks[role]) if role in marks else None for role in ("beat", "notify")
    }
    known["probes"] = rota.progress_age(now=now)
    if not connection.in_atomic_block:
        connection.close()
    return known
