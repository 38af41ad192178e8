"""Health checks of the product itself, for `/healthz`, `doctor` and its own monitors."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from statuspage.runtime import presence, progress, schema

WORKERS_SILENT_SECONDS = 20.0
_ROLES = ("beat", "probes", "notify")


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The result of one check of the product. `advice` says what to do when it failed."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


def database() -> SelfCheck:
    """Check that the database answers, and how fast."""
    began = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what the check reports)
        detail = " ".join(str(error).split()) or type(error).__name__
        return SelfCheck("database", False, detail, "Start the database or correct DATABASE_URL.")
    took = (time.perf_counter() - began) * 1000
    return SelfCheck("database", True, f"{connection.vendor} answers in {took:.1f} ms")


def migrations() -> SelfCheck:
    """Check that the tables are those of this release."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        newer = schema.read()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what the check reports)
        return SelfCheck("migrations", False, str(error), "See the database check.")
    if missing:
        names = ", ".join(str(migration) for migration, _ in missing[:3])
        return SelfCheck(
            "migrations", False, f"{len(missing)} not applied: {names}", "Run manage.py migrate."
        )
    if newer.problem:
        return SelfCheck("migrations", False, newer.problem, "Install the newer release.")
    return SelfCheck(
        "migrations", True, newer.notice or "all applied",
        "Install the newer release again, or stay with this one for as long as you like."
        if newer.notice else "",
    )  # fmt: skip


def silent_roles(ages: Mapping[str, float | None]) -> list[str]:
    """Return what to say of the roles that have made no progress for too long.

    After the machine slept, its clock was set or this web process began, they have as long
    again: nobody is silent who could not have been heard.
    """
    present = presence.here.seconds()
    return [
        f"{role} " + ("never made progress" if age is None else f"silent for {age:.0f} s")
        for role, age in ages.items()
        if age is None or min(age, present) > WORKERS_SILENT_SECONDS
    ]


def workers() -> SelfCheck:
    """Check that beat and both queues have made progress lately."""
    try:
        ages = progress.ages()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what the check reports)
        return SelfCheck("workers", False, str(error), "See the database check.")
    if silent := silent_roles({role: ages[role] for role in _ROLES}):
        return SelfCheck(
            "workers",
            False,
            ", ".join(silent),
            "Run manage.py up, or the missing role: manage.py beat, manage.py work --queue NAME.",
        )
    text = ", ".join(f"{role} {ages[role]:.0f} s ago" for role in _ROLES)
    return SelfCheck("workers", True, f"last progress: {text}")


CHECKS: dict[str, Callable[[], SelfCheck]] = {
    "database": database,
    "migrations": migrations,
    "workers": workers,
}
