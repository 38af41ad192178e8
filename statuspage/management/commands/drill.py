"""`manage.py drill NAME`: breaks a private copy of the product and reports the result."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.drills.base import Drill, NotSupportedError, drills

MISSED, NOT_HERE = 1, 2


class Command(BaseCommand):
    help = (
        "Runs a fault drill: real processes on a store of its own, a fault, and one line that says "
        "what came of it. Exits 1 if its target was missed, 2 if it cannot be run here."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="*", help="which drills, one after the other; see --list")
        parser.add_argument("--list", action="store_true", help="tell which drills there are")
        parser.add_argument("--short", action="store_true", help="some seconds instead of minutes")
        parser.add_argument(
            "--database", default="", metavar="URL",
            help="an empty PostgreSQL database to play it on instead of SQLite",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        known = drills()
        if options["list"]:
            for name, drill in known.items():
                self.stdout.write(f"{name:<18}{drill.fault}\n{'':<18}target: {drill.target}")
            return
        wanted = options["name"]
        if not wanted or set(wanted) - known.keys():
            raise CommandError(f"Name a drill: {', '.join(known)}. --list tells more.")
        chosen = [known[name] for name in wanted]
        for drill in chosen if options["database"] else ():
            if not drill.takes_database:
                raise CommandError(f"{drill.name} is played on SQLite only: leave --database out.")
            drill.database = options["database"]
        ends = [self._run_drill(drill, short=options["short"]) for drill in chosen]
        if any(ends):
            # A missed target outweighs what could not be tried.
            sys.exit(MISSED if MISSED in ends else NOT_HERE)

    def _run_drill(self, drill: Drill, *, short: bool) -> int:
        try:
            line = drill.run(short=short, say=self._write)
        except NotSupportedError as error:
            self.stderr.write(f"drill {drill.name} cannot be run here: {error}")
            return NOT_HERE
        except TimeoutError as error:
            self._write(f"drill {drill.name}: missed: {error}")
            return MISSED
        self._write(line.text(drill.name))
        return MISSED if line.missed else 0

    def _write(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
