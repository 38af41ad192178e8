"""The stand-in for a prober that cannot make its checks: it sends nothing and says why."""

from typing import Any

from components.network.address_guard import AddressGuard
from monitors.probing.base import BlockingProber, Config, Outcome, Prober, ProbeStatus, one_line


class UnavailableProber(BlockingProber):
    """A prober whose every outcome is inconclusive: the reason is on our side."""

    kind = "unable"
    label = "Unable"
    config_type = Config

    def __init__(self, why: str) -> None:
        self._why = one_line(why)

    def probe(self, config: Any, *, timeout: float, guard: AddressGuard) -> Outcome:
        return Outcome(ProbeStatus.INCONCLUSIVE, self._why)


def or_unavailable(prober: Prober) -> Prober:
    """Return the prober, or a stand-in that says which library is missing here."""
    missing = prober.missing_library()
    return UnavailableProber(missing) if missing else prober
