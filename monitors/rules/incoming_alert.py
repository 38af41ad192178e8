"""An alert as its sender reports it, whatever the format it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IncomingAlert:
    """One alert as its sender reports it. Instants are seconds since the epoch."""

    fingerprint: str
    """The same for all reports of one alert; of at most 64 characters."""
    name: str
    firing: bool
    """Whether it is on; False: resolved."""
    reason: str
    """What it says to people; '' when it says nothing."""
    severity: str = ""
    """The sender's own word, in lower case; '' when it has none."""
    labels: Mapping[str, str] = field(default_factory=dict)
    started_at: float | None = None
    ends_at: float | None = None
    """When it ended, or ends by itself; None when nothing says so."""
