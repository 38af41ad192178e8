"""Stands in for a kind when a monitor's secret cannot be opened: says so, check by check."""

from typing import Any

from monitors.probers.base import BlockingProber, Config, Outcome, Word
from monitors.safety import AddressGuard

TOLD = "its secret cannot be read: enter it again"


class Unreadable(BlockingProber):
    """Asks nobody; what it says is about us, not about the target."""

    kind = "unreadable"
    label = "Unreadable"
    config_type = Config

    def probe(self, config: Any, *, timeout: float, guard: AddressGuard) -> Outcome:
        return Outcome(Word.INCONCLUSIVE, TOLD)
