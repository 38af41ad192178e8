"""`manage.py retention`: shows what is kept for how long, and deletes what is too old at once."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from statuspage.runtime import retention
from statuspage.runtime.growth import GROWTH, Bound

_STEP = 20_000


class Command(BaseCommand):
    help = (
        "Shows how long each table is kept. With --delete, deletes what is too old now instead of "
        "little by little, as beat does every hour; the product may be running."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete what is too old now")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["delete"]:
            self._delete()
            return
        for label, growth in sorted(GROWTH.items()):
            if growth.bound in (Bound.DELETED, Bound.KEPT):
                until = "for ever: " if growth.bound is Bound.KEPT else ""
                self.stdout.write(f"{label:<34} {until}{growth.how.replace('`', '')}")

    def _delete(self) -> None:
        options = settings.STATUSPAGE
        periods = retention.Periods(
            options.journal_days, options.deliveries_days, options.alerts_days
        )
        totals: dict[str, int] = {}
        told = 0
        for name, gone in retention.prune(now=datetime.now(UTC), periods=periods):
            totals[name] = totals.get(name, 0) + gone
            if sum(totals.values()) >= told + _STEP:
                told = sum(totals.values())
                self.stdout.write(f"{retention.summary(totals)} so far")
        self.stdout.write(f"Deleted: {retention.summary(totals) or 'nothing was too old'}.")
