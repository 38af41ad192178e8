"""The table of the product's processes: what each is called with, needs, and may take.

`up` starts them by it. What starts them elsewhere (`deploy/`: systemd units, compose, Kubernetes)
and the documentation say the same; tests hold them to it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Process:
    """One role of the product, any number of which may run."""

    name: str
    arguments: tuple[str, ...]
    """What `manage.py` is called with."""
    silence_seconds: float
    """How long it may make no progress before `up` starts it anew."""
    memory_mib: int
    """What it is limited to: several times what it takes with 500 monitors."""
    descriptors: int
    """Open files and connections that it should be allowed; web takes all that there are."""
    ports: tuple[str, ...] = ()
    """The settings that name the ports on which it listens."""
    watchdog_seconds: int = 30
    """How long a service manager waits for a sign of progress. Longer than `up` does: a manager
    sees no difference between a process that hangs and a database that does."""
    stop_seconds: int = 10
    """What it gets to stop after SIGTERM, before it is killed. It takes five at most."""


# Silence of web: three answers in a row that do not come within the watch's 3 s.
PROCESSES: tuple[Process, ...] = (
    Process(
        "web", ("web",), silence_seconds=9.0, memory_mib=1024, descriptors=32_768,
        ports=("STATUSPAGE_PORT", "STATUSPAGE_MANAGEMENT_PORT", "STATUSPAGE_INTERNAL_PORT"),
    ),
    Process("beat", ("beat",), silence_seconds=6.0, memory_mib=512, descriptors=4_096),
    Process(
        "probes", ("work", "--queue", "probes"),
        silence_seconds=6.0, memory_mib=1024, descriptors=16_384,
    ),
    Process(
        "notify", ("work", "--queue", "notify"),
        silence_seconds=12.0, memory_mib=1024, descriptors=4_096,
    ),
)  # fmt: skip
BY_NAME = {process.name: process for process in PROCESSES}
