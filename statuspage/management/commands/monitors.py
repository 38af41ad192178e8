"""`manage.py monitors export|import FILE`: all monitors in YAML, out and in."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.catalogue_files import monitors as monitor_file

EVERY = 100
"""Monitors between two lines of progress."""


class Command(BaseCommand):
    help = "Exports all monitors as YAML, or imports such a file: the whole of it, or nothing."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        out = acts.add_parser("export", help="secrets are left out; they read {set: true}")
        out.add_argument("file", help="where to; - is standard output")
        into = acts.add_parser("import", help="monitors are found by component and name")
        into.add_argument("file", help="where from; - is standard input")
        into.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        try:
            if options["act"] == "export":
                self._export(file)
            else:
                self._import(file, dry_run=options["dry_run"])
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: {error}") from None
        except monitor_file.FileError as error:
            raise CommandError(f"Nothing was imported from {file}:\n{error}") from None

    def _export(self, file: str) -> None:
        text = monitor_file.export_monitors()
        if file == "-":
            self.stdout.write(text, ending="")
        else:
            Path(file).write_text(text, encoding="utf-8")

    def _import(self, file: str, *, dry_run: bool) -> None:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        entries = monitor_file.read(text)
        self.stderr.write(f"{len(entries)} entries read, checking them")
        plan = monitor_file.plan(entries)
        if not dry_run:
            monitor_file.import_monitors(plan, on_progress=self._progress)
        for label, monitors in (("new", plan.created), ("changed", plan.changed)):
            for monitor in monitors:
                self.stdout.write(f"{label}: {monitor.name} ({monitor.component.slug})")
        for monitor in plan.waiting:
            lacks = ", ".join(f"{name}: {text}" for name, text in monitor.placeholders.items())
            self.stdout.write(
                f"paused until it has a real address: {monitor.name}"
                f" ({monitor.component.slug}; {lacks})"
            )
        would = "would be " if dry_run else ""
        self.stdout.write(
            f"{len(plan.created)} {would}created, {len(plan.changed)} {would}changed, "
            f"{plan.unchanged} unchanged"
        )

    def _progress(self, done: int, of: int) -> None:
        if done % EVERY == 0 or done == of:
            self.stderr.write(f"{done} of {of} written")
