"""`manage.py keys`: which keys this machine has, and whether they are the database's."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from components import secrets
from components.secrets import SecretError, rotation
from statuspage.runtime.keys import check
from statuspage.runtime.keys.rules import shown


class Command(BaseCommand):
    help = (
        "Shows the fingerprints of this machine's keys and whether they are those that the "
        "database works with; exits 1 if not."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--accept",
            action="store_true",
            help="record this machine's keys as the database's: after they were changed "
            "deliberately, or when the former ones are lost",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = time.time()
        try:
            if options["accept"]:
                check.accept(now=now)
                self._warn_of_unreadable()
            record = check.record_of(now=now)
            problems = check.problems_here(record)
            here = check.fingerprints(record.salt)
        except (check.KeysDifferError, SecretError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"signing   STATUSPAGE_SECRET_KEY   {shown(here.signing)}")
        for key in here.sealing:
            use = "in use" if key in record.needed else "known, not in use"
            self.stdout.write(f"sealing   stored secrets          {shown(key)}   {use}")
        for machine, sealing in check.other_machines(now=now).items():
            keys = ", ".join(map(shown, sealing)) or "none"
            self.stdout.write(f"machine   {machine:<23} {keys}")
        if problems:
            self.stderr.write("\n".join(problems))
            sys.exit(1)
        self.stdout.write(
            f"These are the database's keys, as recorded on {record.machine} at "
            f"{record.recorded_at:%Y-%m-%d %H:%M} UTC."
        )

    def _warn_of_unreadable(self) -> None:
        count = rotation.survey(secrets.keys())
        if count.unreadable:
            self.stderr.write(
                f"{len(count.unreadable)} stored secrets cannot be read with these keys; enter them"
                f" again, or add their key: {', '.join(count.unreadable[:20])}"
            )
