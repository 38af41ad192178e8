"""`manage.py preset NAME`: fills the catalogue from a preset or a YAML file."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitors.models import Monitor
from statuspage.catalogue_files import preset
from statuspage.catalogue_files.preset import Report


class Command(BaseCommand):
    help = (
        "Creates the regions, groups, components and monitors of a preset or a YAML file that are "
        "not there yet, and tells where the rest differs from it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=f"{', '.join(preset.names())}, or the path of a file")
        parser.add_argument(
            "--apply",
            action="store_true",
            help="change what differs to what the file says; what is not in the file stays",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, apply = options["name"], options["apply"]
        try:
            report = preset.load(preset.read(name), apply=apply)
        except preset.PresetError as error:
            raise CommandError(str(error)) from error
        for line in _lines(report, name=name, apply=apply):
            self.stdout.write(line)


def _lines(report: Report, *, name: str, apply: bool) -> Iterator[str]:
    created = ", ".join(f"{count} {what}" for what, count in report.created.items())
    if created:
        yield f"Created {created}."
    if report.differences:
        yield (
            "Changed what differed:"
            if apply
            else "What was there before differs from the file, and was left as it is:"
        )
        yield from (f"  {difference}" for difference in report.differences)
        if not apply and any(each.can_be_applied for each in report.differences):
            yield f"To change it to what the file says: manage.py preset {name} --apply"
    elif not created:
        yield "Everything is there, as the file has it."
    if report.waiting:
        yield f"{len(report.waiting)} monitors are paused, so nothing alarms before they are ready:"
        for monitor in report.waiting:
            yield f"  {monitor.component.slug}: {monitor.name}{_missing(monitor)}"
        yield "Give each its address in the admin, then resume it; the desk lists what is left."


def _missing(monitor: Monitor) -> str:
    """Return what a monitor lacks, in brackets; '' when it only has to be started."""
    lacks = ", ".join(f"{name}: {text}" for name, text in monitor.placeholders.items())
    return f" ({lacks})" if lacks else ""
