"""Who stands in for a prober that cannot make its checks: it asks nobody and says why."""

from typing import Any

from components.network.address_guard import AddressGuard
from monitors.probing.base import BlockingProber, Config, Outcome, Prober, ProbeStatus, one_line


class UnavailableProber(BlockingProber):
    """What it says is about us, not about the target."""

    kind = "unable"
    label = "Unable"
    config_type = Config

    def __init__(self, why: str) -> None:
        self._why = one_line(why)

    def probe(self, config: Any, *, timeout: float, guard: AddressGuard) -> Outcome:
        return Outcome(ProbeStatus.INCONCLUSIVE, self._why)


def or_unavailable(prober: Prober) -> Prober:
    """The prober, or who says in its place which library it lacks here."""
    lacking = prober.lacking()
    return UnavailableProber(lacking) if lacking else prober
