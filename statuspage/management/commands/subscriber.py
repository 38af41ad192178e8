"""`manage.py subscriber export|erase ADDRESS`: exports or erases all data of one person."""

import json
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from subscribers.services import erase, export_personal_data, rows_of


class Command(BaseCommand):
    help = "Tells everything that is stored of one address (export), or erases it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["export", "erase"])
        parser.add_argument("address")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = rows_of(options["address"])
        if not rows:
            raise CommandError("Nothing is stored of this address.")
        if options["act"] == "export":
            self.stdout.write(json.dumps(export_personal_data(rows), indent=2, ensure_ascii=False))
            return
        count = erase(rows, now=datetime.now(UTC), actor="manage.py subscriber erase")
        self.stdout.write(f"{count} erased. What was sent stays counted, and names nobody.")
