"""The engine's records of checks under way."""

from dataclasses import dataclass
from typing import Any

from components.network.guarded_sockets import GuardedSocketOpener
from monitors.probing.base import CurlProber, Probe


@dataclass(eq=False, slots=True)
class Job:
    """A check under way."""

    probe: Probe
    began: float
    """Monotonic."""
    started: float
    """The same instant in seconds since the epoch."""
    stalls_before: float
    """Seconds of all stalls of the engine before it."""

    @property
    def deadline(self) -> float:
        """Monotonic."""
        return self.began + self.probe.timeout


@dataclass(eq=False, slots=True)
class TransferJob(Job):
    """A check that libcurl makes."""

    prober: CurlProber
    opener: GuardedSocketOpener
    host: tuple[str, int] | None = None
    addresses: tuple[str, ...] = ()
    name_ms: float = 0.0
    name_began: float = 0.0
    """When the name of the present transfer began to be looked up; monotonic."""
    scratch: Any = None
