"""`manage.py drill NAME`: breaks a private copy of the product and reports the result."""

import math
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg import sql

from statuspage.drills.base import Drill, DrillResult, NotSupportedError, drills
from statuspage.drills.counterparts.postgres_pair import PostgresPair, find_programs
from statuspage.drills.environment import MANAGE, ROOT
from statuspage.drills.report import DrillReport, PlayedDrill

MISSED, NOT_HERE = 1, 2
ALL, NEW = "all", "new"
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
            f"create one of their own on that server, and drop it; {NEW!r}: on a server that is "
            "started for them",
        )  # fmt: skip
        parser.add_argument(
            "--at-most", type=float, default=math.inf, metavar="MINUTES",
            help="hold no steady load for longer (in full it is an hour, or half of one)",
        )  # fmt: skip
        parser.add_argument(
            "--jobs", type=int, default=1, metavar="N",
            help="play so many at a time, beside those that need the whole machine",
        )  # fmt: skip
        parser.add_argument(
            "--report", nargs="?", type=Path, const=REPORT, metavar="FILE",
            help=f"write the results as a table, with this machine's figures (default: {REPORT})",
        )  # fmt: skip
        parser.add_argument(
            "--resume", action="store_true", help="leave out what the report has a row of already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        known = drills()
        if options["list"]:
            for name, drill in known.items():
                self.stdout.write(f"{name:<18}{drill.fault}\n{'':<18}target: {drill.target}")
            return
        chosen = _chosen(known, options)
        report = DrillReport(options["report"]) if options["report"] is not None else None
        with _ended_in_order(), _server(options["database"]) as url:
            if options["resume"] and report is not None:
                chosen = [each for each in chosen if not _is_in(report, each, url)]
            if options["jobs"] > 1 and len(chosen) > 1:
                ends = self._play_beside(chosen, {**options, "database": url})
            else:
                ends = []
                for drill in chosen:
                    drill.longest = options["at_most"] * 60
                    with _database_of(drill, url, alone=len(chosen) == 1):
                        ends.append(self._run_drill(drill, options, report))
        if report is not None:
            self._write(f"The results are in {report.path}.")
        if any(ends):
            # A missed target outweighs what could not be tried.
            sys.exit(MISSED if MISSED in ends else NOT_HERE)

    def _play_beside(self, chosen: Sequence[Drill], options: dict[str, Any]) -> list[int]:
        given = ["--short"] if options["short"] else []
        if options["at_most"] < math.inf:
            given += ["--at-most", str(options["at_most"])]
        if options["report"] is not None:
            given += ["--report", str(options["report"].resolve())]
        with ExitStack() as stack:
            for drill in chosen:
                stack.enter_context(_database_of(drill, options["database"], alone=False))
            return _play_beside(chosen, given, jobs=options["jobs"], say=self._write)

    def _run_drill(self, drill: Drill, options: dict[str, Any], report: DrillReport | None) -> int:
        began, at, load = time.monotonic(), datetime.now(UTC), os.getloadavg()[0]
        result: DrillResult | None = None
        end, reason = MISSED, ""
        try:
            result = drill.run(short=options["short"], say=self._write)
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
            seconds = time.monotonic() - began
            report.add(
                PlayedDrill(
                    drill, result, reason, seconds, at=at, load=load, form=_form(drill, options)
                )
            )
        return end

    def _write(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _chosen(known: dict[str, Drill], options: dict[str, Any]) -> list[Drill]:
    """Return the drills that are asked for. Raises CommandError where there is none such."""
    wanted = list(known) if options["name"] == [ALL] else options["name"]
    if not wanted or set(wanted) - known.keys():
        raise CommandError(f"Name a drill: {', '.join(known)}, or {ALL}. --list tells more.")
    chosen = [known[name] for name in wanted]
    for drill in chosen if options["database"] and options["name"] != [ALL] else ():
        if not drill.takes_database:
            raise CommandError(f"{drill.name} is played on SQLite only: leave --database out.")
    return chosen


def _play_beside(
    chosen: Iterable[Drill], options: Sequence[str], *, jobs: int, say: Callable[[str], None]
) -> list[int]:
    """Run `manage.py drill NAME OPTIONS` for each; return their exit statuses.

    Where that is broken off, those that are being played are ended, and no other is begun.
    """
    running: set[subprocess.Popen[str]] = set()

    def play(drill: Drill) -> int:
        database = ["--database", drill.database] if drill.database else []
        process = subprocess.Popen(  # noqa: S603  (our own command)
            [sys.executable, str(MANAGE), "drill", drill.name, *options, *database], cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        running.add(process)
        told = process.communicate()[0]
        running.remove(process)
        say(told.rstrip())
        return process.returncode

    drills = list(chosen)
    with ThreadPoolExecutor(jobs) as pool:
        try:
            ends = [play(drill) for drill in drills if drill.alone]
            ends += pool.map(play, (drill for drill in drills if not drill.alone))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in tuple(running):
                process.terminate()
            raise
    return ends


def _form(drill: Drill, options: dict[str, Any]) -> str:
    if options["short"]:
        return "short"
    return f"a load of {options['at_most']:g} min" if drill.is_cut else "full"


def _is_in(report: DrillReport, drill: Drill, url: str) -> bool:
    drill.database = url if drill.takes_database else ""
    return report.has(drill)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Have SIGTERM end what was started, as Ctrl-C does."""
    former = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


@contextmanager
def _server(url: str) -> Iterator[str]:
    """Yield the address to play on: that which was given, or a new server's."""
    if url != NEW:
        yield url
        return
    try:
        programs = find_programs(settings.STATUSPAGE.postgres_tools)
    except NotSupportedError as error:
        raise CommandError(f"No PostgreSQL can be started: {error}") from error
    with PostgresPair(programs, standby=False) as pair:
        yield pair.primary.url


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
