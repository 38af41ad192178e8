"""Rules of alert routing and reminders: pure, the clock an argument."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from components.values.severity import Severity


@dataclass(frozen=True, slots=True)
class Route:
    """A route of alerts to channels, as the rules need it."""

    id: int
    min_severity: Severity = Severity.NONE
    component_ids: frozenset[int] = field(default_factory=frozenset)
    group_ids: frozenset[int] = field(default_factory=frozenset)
    channel_ids: tuple[int, ...] = ()
    remind_minutes: int = 0

    def matches(self, *, component_id: int, group_id: int | None, severity: Severity) -> bool:
        """Return whether the route takes an alert; one without components and groups takes all."""
        if severity.rank < self.min_severity.rank:
            return False
        everything = not self.component_ids and not self.group_ids
        return everything or component_id in self.component_ids or group_id in self.group_ids


def channels_of(routes: Iterable[Route]) -> list[int]:
    """Return the ids of some routes' channels, each once."""
    return sorted({pk for route in routes for pk in route.channel_ids})


def reminder_number(raised_at: datetime, *, minutes: int, now: datetime) -> int:
    """Return the number of the reminder that is due, counted from 1; 0 for none.

    Missed ones are not made up for: after an hour without us, one reminder is enough.
    """
    if minutes <= 0 or now < raised_at:
        return 0
    return int((now - raised_at).total_seconds() // (minutes * 60))
