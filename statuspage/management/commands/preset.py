"""`manage.py preset NAME`: fills the catalogue from a preset or a YAML file."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.catalogue_files import preset


class Command(BaseCommand):
    help = "Creates the regions, groups, components and monitors of a preset or a YAML file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=f"{', '.join(preset.names())}, or the path of a file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = preset.load(preset.read(options["name"]))
        except preset.PresetError as error:
            raise CommandError(str(error)) from error
        created = ", ".join(f"{count} {what}" for what, count in report.created.items())
        self.stdout.write(f"Created {created}." if created else "Everything was there already.")
