"""`manage.py drill NAME`: breaks a private copy of the product and reports the result."""

import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg import sql

from statuspage.drills.base import Drill, DrillResult, NotSupportedError, drills
from statuspage.drills.report import DrillReport, PlayedDrill

MISSED, NOT_HERE = 1, 2
ALL = "all"
REPORT = Path("docs/run/drills.md")


class Command(BaseCommand):
    help = (
        "Runs a fault drill: real processes on a store of its own, a fault, and one line that says "
        "what came of it. Exits 1 if its target was missed, 2 if it cannot be run here."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "name", nargs="*", help=f"which drills, one after the other, or {ALL!r}; see --list"
        )
        parser.add_argument("--list", action="store_true", help="tell which drills there are")
        parser.add_argument("--short", action="store_true", help="some seconds instead of minutes")
        parser.add_argument(
            "--database", default="", metavar="URL",
            help="an empty PostgreSQL database to play on instead of SQLite; several drills each "
            "create one of their own on that server, and drop it",
        )  # fmt: skip
        parser.add_argument(
            "--report", nargs="?", type=Path, const=REPORT, metavar="FILE",
            help=f"write the results as a table, with this machine's figures (default: {REPORT})",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        known = drills()
        if options["list"]:
            for name, drill in known.items():
                self.stdout.write(f"{name:<18}{drill.fault}\n{'':<18}target: {drill.target}")
            return
        wanted = list(known) if options["name"] == [ALL] else options["name"]
        if not wanted or set(wanted) - known.keys():
            raise CommandError(f"Name a drill: {', '.join(known)}, or {ALL}. --list tells more.")
        chosen = [known[name] for name in wanted]
        url = options["database"]
        for drill in chosen if url and options["name"] != [ALL] else ():
            if not drill.takes_database:
                raise CommandError(f"{drill.name} is played on SQLite only: leave --database out.")
        report = _report(options)
        ends = []
        for drill in chosen:
            with _database_of(drill, url, alone=len(chosen) == 1):
                ends.append(self._run_drill(drill, short=options["short"], report=report))
        if report is not None:
            self._write(f"The results are in {report.path}.")
        if any(ends):
            # A missed target outweighs what could not be tried.
            sys.exit(MISSED if MISSED in ends else NOT_HERE)

    def _run_drill(self, drill: Drill, *, short: bool, report: DrillReport | None) -> int:
        began = time.monotonic()
        result: DrillResult | None = None
        end, reason = MISSED, ""
        try:
            result = drill.run(short=short, say=self._write)
        except NotSupportedError as error:
            end, reason = NOT_HERE, f"cannot be run here: {error}"
            self.stderr.write(f"drill {drill.name} {reason}")
        except TimeoutError as error:
            reason = f"missed: {error}"
            self._write(f"drill {drill.name}: {reason}")
        except Exception as error:  # noqa: BLE001  (the other drills are played all the same)
            reason = f"broken off: {' '.join(str(error).split()) or type(error).__name__}"
            self.stderr.write(f"{traceback.format_exc()}drill {drill.name} {reason}")
        else:
            end = MISSED if result.missed else 0
            self._write(result.text(drill.name))
        if report is not None:
            report.add(PlayedDrill(drill, result, reason, time.monotonic() - began))
        return end

    def _write(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _report(options: dict[str, Any]) -> DrillReport | None:
    if (path := options["report"]) is None:
        return None
    given: Sequence[str] = [*options["name"], *(["--short"] if options["short"] else [])]
    if options["database"]:
        # The address may hold a password.
        given = [*given, "--database URL"]
    command = " ".join([*given, "--report"])
    return DrillReport(path, command=command, short=options["short"], at=datetime.now(UTC))


@contextmanager
def _database_of(drill: Drill, url: str, *, alone: bool) -> Iterator[None]:
    """Give a drill the database at `url`, or one of its own beside it where others need it too."""
    if not url or not drill.takes_database:
        yield
        return
    if alone:
        drill.database = url
        yield
        return
    name = f"drill_{drill.name.replace('-', '_')}"
    identifier = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as connection:
        # Fails where there is one already: it might be somebody's.
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        drill.database = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        try:
            yield
        finally:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier)
            )
