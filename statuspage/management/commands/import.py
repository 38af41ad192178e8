"""`manage.py import PRODUCT FILE`: what another status page or monitor holds comes in, once."""

import re
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.importers.description import SourceFileError
from statuspage.importers.registry import PRODUCTS
from statuspage.importers.report import Report, counted
from statuspage.importers.writing.apply import take

EVERY = 100
"""Components, or incidents, between two lines of progress."""
_ORIGIN = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Command(BaseCommand):
    help = (
        "Imports groups, components, monitors, history, incidents, pages and subscribers from"
        " another product. What was imported before stays unchanged; nobody is notified."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        files = "\n".join(f"  {key:13} {each.name}: {each.file}" for key, each in PRODUCTS.items())
        parser.epilog = f"products and their files:\n{files}"
        parser.add_argument("product", choices=sorted(PRODUCTS), metavar="PRODUCT")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument(
            "--origin", metavar="NAME", default="",
            help="what this installation is called, if there are several of one product",
        )  # fmt: skip
        parser.add_argument(
            "--again", action="store_true", help="also what came in before and was deleted since"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        product, file = options["product"], options["file"]
        origin = options["origin"]
        if origin and not _ORIGIN.fullmatch(origin):
            raise CommandError(
                f"--origin: “{origin}” is no name here; write small letters, digits and hyphens,"
                " at most 40."
            )
        self.stderr.write(f"Reading {file}")
        try:
            description = PRODUCTS[product].read(file)
        except SourceFileError as error:
            raise CommandError(f"Nothing was imported. {file}: {error}") from None
        report = take(
            description, system=f"{product}:{origin}" if origin else product,
            product=PRODUCTS[product].name, dry_run=options["dry_run"],
            again=options["again"], on_progress=self._progress,
        )  # fmt: skip
        self._tell(report, dry_run=options["dry_run"])

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        would = "Would create" if dry_run else "Created"
        self.stdout.write(f"{would}: {counted(report.created) or 'nothing'}.")
        if known := counted(report.known):
            self.stdout.write(f"Came in before, and stay as they are: {known}.")
        for title, lines in (
            ("Here already, and used:", report.used),
            ("Not taken:", [str(each) for each in report.refused]),
            ("Please note:", report.notes),
        ):
            if lines:
                self.stdout.write("\n".join([title, *(f"  {each}" for each in lines)]))

    def _progress(self, what: str, done: int, of: int) -> None:
        if done % EVERY == 0 or (done == of and of > EVERY):
            self.stderr.write(f"{what}: {done} of {of}")
