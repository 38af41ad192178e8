"""How a stored monitor is checked: by its kind, or, when a secret cannot be opened, by nobody."""

from typing import Any

from components.addresses import AddressGuard
from monitors.config import UnreadableError, parse_config
from monitors.models import Monitor
from monitors.probers import registry
from monitors.probers.base import BlockingProber, Config, Outcome, Prober, Word

TOLD = "its secret cannot be read: enter it again"


class Unreadable(BlockingProber):
    """Asks nobody; what it says is about us, not about the target."""

    kind = "unreadable"
    label = "Unreadable"
    config_type = Config

    def probe(self, config: Any, *, timeout: float, guard: AddressGuard) -> Outcome:
        return Outcome(Word.INCONCLUSIVE, TOLD)


def how_to_check(monitor: Monitor) -> tuple[Prober, Config]:
    """Who checks it, and with which settings. Raises ValidationError when these will not do."""
    try:
        config = parse_config(monitor.kind, monitor.config)
    except UnreadableError:
        return Unreadable(), Config()
    return registry.prober(monitor.kind), config
