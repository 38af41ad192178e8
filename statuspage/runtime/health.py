"""Health checks of the product itself, for `/healthz`, `doctor` and its own monitors."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from statuspage.automation import mail_check
from statuspage.models import StoreKeys
from statuspage.runtime import presence, progress, schema
from statuspage.runtime.keys import check
from subscribers.delivery import unreadable

WORKERS_SILENT_SECONDS = progress.AT_WORK_SECONDS
_ROLES = ("beat", "probes", "notify")


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The result of one check of the product. `advice` says what to do when it failed."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


def database() -> SelfCheck:
    """Check that the database answers, and that it can be written to: each time, it is."""
    began = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what the check reports)
        advice = "Start the database or correct DATABASE_URL."
        return SelfCheck("database", False, _one_line(error), advice)
    took = (time.perf_counter() - began) * 1000
    try:
        progress.store("database")
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what the check reports)
        detail = f"it can be read, and not be written to: {_one_line(error)}"
        advice = (
            "Free space on its disk; give this user the right to write; or point DATABASE_URL at "
            "the primary, if this is a standby. Before the first start: manage.py migrate."
        )
        return SelfCheck("database", False, detail, advice)
    return SelfCheck("database", True, f"{connection.vendor} answers in {took:.1f} ms")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


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
        f"{role} never made progress" if age is None else f"{role} silent for {age:.0f} s"
        for role, age in ages.items()
        if age is None or min(age, present) > WORKERS_SILENT_SECONDS
    ]


def silent_machines(
    by_machine: Mapping[str, Mapping[str, float]], *, only: str | None = None
) -> list[str]:
    """Return what to say of roles that have made no progress for too long, by machine.

    `only` names the one machine whose roles count; a role that is at work nowhere counts always.
    """
    found = [
        f"{text} on {machine}" if len(by_machine) > 1 else text
        for machine, ages in by_machine.items()
        if only in (None, machine)
        for text in silent_roles(dict(ages))
    ]
    newest = {
        role: min((ages[role] for ages in by_machine.values() if role in ages), default=None)
        for role in _ROLES
    }
    if only is not None:
        here = by_machine.get(only, {})
        newest = {role: age for role, age in newest.items() if role not in here}
    else:
        newest = {role: age for role, age in newest.items() if age is None}
    return [*found, *silent_roles(newest)]


def workers() -> SelfCheck:
    """Check that the roles of this machine have made progress lately, and that all are somewhere
    at work."""
    return _workers(only=settings.STATUSPAGE.machine)


def machines() -> SelfCheck:
    """Check that the roles of every machine have made progress lately."""
    return _workers(only=None)


def _workers(*, only: str | None) -> SelfCheck:
    try:
        by_machine = progress.ages_by_machine()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what the check reports)
        return SelfCheck("workers", False, str(error), "See the database check.")
    if silent := silent_machines(by_machine, only=only):
        advice = (
            "Run manage.py up, or the missing role: manage.py beat, manage.py work --queue NAME."
        )
        if len(by_machine) > 1:
            advice += " A machine that was taken away: manage.py machines --forget NAME."
        return SelfCheck("workers", False, ", ".join(silent), advice)
    shown = by_machine if only is None else {only: by_machine.get(only, {})}
    parts = [
        (f"{machine}: " if len(shown) > 1 else "")
        + ", ".join(f"{role} {age:.0f} s ago" for role, age in ages.items())
        for machine, ages in shown.items()
        if ages
    ]
    return SelfCheck(
        "workers", True, f"last progress: {'; '.join(parts) or 'on other machines only'}"
    )


def keys() -> SelfCheck:
    """Check that this machine's keys are those that the database works with, and that no message
    waits for a key."""
    try:
        record = StoreKeys.objects.first()
        problems = check.problems_here(record) if record is not None else []
        waiting = unreadable.waiting().count()
    except check.KeysDifferError as error:
        return SelfCheck("keys", False, str(error), "Make the key file readable.")
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what the check reports)
        return SelfCheck("keys", False, _one_line(error), "See the database check.")
    if problems:
        detail, _, advice = " ".join(problems).partition(". ")
        return SelfCheck("keys", False, f"{detail}.", advice)
    if waiting:
        detail = f"{waiting} messages wait for a machine that can read their address"
        advice = (
            "Put the key they were sealed with into secrets.keys or STATUSPAGE_SECRET_KEYS; they "
            "are sent then. Delete in the admin what nobody can read any more."
        )
        return SelfCheck("keys", False, detail, advice)
    if record is None:
        return SelfCheck("keys", True, "recorded when the first role starts")
    return SelfCheck("keys", True, f"as recorded on {record.machine}")


def mail() -> SelfCheck:
    """Check that the mail server can be reached and accepts the log-in; nothing is sent."""
    if not settings.STATUSPAGE.email_url:
        detail = "none set (EMAIL_URL): no e-mail is sent, and the sign-up form says so"
        return SelfCheck("mail", True, detail, "Set EMAIL_URL, then: manage.py mailtest ADDRESS.")
    if failure := mail_check.failure():
        return SelfCheck("mail", False, failure, "Correct EMAIL_URL or start the server.")
    return SelfCheck("mail", True, "the mail server lets us in")


CHECKS: dict[str, Callable[[], SelfCheck]] = {
    "database": database,
    "migrations": migrations,
    "workers": workers,
    "keys": keys,
    "mail": mail,
}
"""Those of `/healthz/NAME`."""
