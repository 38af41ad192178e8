"""Parts of the read model: numbers that are sent, and vantage points that see nothing."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NumberView:
    """What is sent to one of a component's monitors: the newest number, and the last day's."""

    monitor_id: int
    name: str
    unit: str
    value: float
    hours: tuple[float | None, ...] = ()
    """The means of the last 24 hours, oldest first; None for an hour without a number."""


@dataclass(frozen=True, slots=True)
class BlindView:
    """A vantage point without its own network or name servers: what it watches is not known."""

    region: str
    name: str
    since: datetime
    names_only: bool = False
    """Whether only its name servers do not answer."""
