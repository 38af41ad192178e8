"""`manage.py deliveries status|hold|release|discard`: holds deliveries, or ends a hold."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from subscribers.delivery import holds

_BY = "manage.py deliveries"


class Command(BaseCommand):
    help = (
        "After a restore from a backup deliveries are held, for some may have been sent before: "
        "release sends what waits, discard does not; hold pauses them."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["status", "hold", "release", "discard"])

    def handle(self, *args: Any, **options: Any) -> None:
        act, now = options["act"], datetime.now(UTC)
        if act == "hold":
            holds.begin_hold("somebody asked for it", now=now, actor=_BY)
        if act in ("release", "discard"):
            count = holds.end_hold(send=act == "release", now=now, by=_BY)
            if count is None:
                raise CommandError("Nothing is held.")
            done = "will be sent" if act == "release" else "discarded"
            self.stdout.write(f"{count} {done}; what comes from now on is sent.")
            return
        hold = holds.active_hold()
        if hold is None:
            self.stdout.write("Nothing is held.")
            return
        since = f"{hold.since:%Y-%m-%d %H:%M} UTC"
        self.stdout.write(f"Held since {since}, {holds.count_held()} wait: {hold.reason}.")
