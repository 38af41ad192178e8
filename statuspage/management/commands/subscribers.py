"""`manage.py subscribers import FILE|export`: all subscribers, with their confirmed state."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from subscribers.import_export import as_csv, export_subscribers, import_subscribers, parse


class Command(BaseCommand):
    help = "Imports subscribers from a file of CSV or JSON, or exports them all."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        into = acts.add_parser("import")
        into.add_argument("file", type=Path, help="CSV with a header, or JSON; - is standard input")
        into.add_argument("--dry-run", action="store_true", help="only say what would be done")
        out = acts.add_parser("export")
        out.add_argument("--format", choices=["csv", "json"], default="csv")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "export":
            rows = export_subscribers()
            text = as_csv(rows) if options["format"] == "csv" else json.dumps(rows, indent=2)
            self.stdout.write(text)
            return
        try:
            file: Path = options["file"]
            text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
            rows = parse(text)
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['file']}: {error}") from None
        report = import_subscribers(
            rows, now=datetime.now(UTC), dry_run=options["dry_run"],
            actor="manage.py subscribers import",
        )  # fmt: skip
        for each in report.refused:
            self.stdout.write(f"row {each.row}: {each.field}: {each.message}")
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{report.created} {would}created, {report.updated} {would}updated, "
            f"{report.unchanged} unchanged, {len(report.refused)} refused"
        )
        if report.refused:
            sys.exit(1)
