"""`manage.py drill NAME`: breaks a private copy of the product and tells what came of it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.drills.base import NotHereError, drills


class Command(BaseCommand):
    help = (
        "Runs a fault drill: real processes on a store of its own, a fault, and one line that says "
        "what came of it. Exits 1 if its target was missed, 2 if it cannot be run here."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="which drill; see --list")
        parser.add_argument("--list", action="store_true", help="tell which drills there are")
        parser.add_argument("--short", action="store_true", help="some seconds instead of minutes")

    def handle(self, *args: Any, **options: Any) -> None:
        known = drills()
        if options["list"]:
            for name, drill in known.items():
                self.stdout.write(f"{name:<14}{drill.fault}\n{'':<14}target: {drill.target}")
            return
        if options["name"] not in known:
            raise CommandError(f"Name a drill: {', '.join(known)}. --list tells more.")
        drill = known[options["name"]]
        try:
            line = drill.run(short=options["short"], say=self._say)
        except NotHereError as error:
            self.stderr.write(f"drill {drill.name} cannot be run here: {error}")
            sys.exit(2)
        except TimeoutError as error:
            self.stdout.write(f"drill {drill.name}: missed: {error}")
            sys.exit(1)
        self.stdout.write(line.text(drill.name))
        if line.missed:
            sys.exit(1)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
