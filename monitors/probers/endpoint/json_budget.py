"""A bound on what the JSON paths of one response may cost."""

from dataclasses import dataclass

from monitors.probers.endpoint.json_body import UnreadableError

UNITS = 3_000_000
"""A unit is about a tenth of a microsecond."""


@dataclass(slots=True)
class Budget:
    """What may still be spent on one response, by all of its JSON paths together."""

    left: int = UNITS

    def charge(self, units: int) -> None:
        """Spend some. Raises UnreadableError when nothing is left."""
        self.left -= units
        if self.left < 0:
            raise UnreadableError("more values than a path may visit")
