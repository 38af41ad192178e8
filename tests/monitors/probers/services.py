"""Real servers for the kinds that talk to one: programs from Debian, each for a test module."""

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitors.probers import registry
from monitors.probing.base import Outcome
from monitors.probing.services.base import ServiceProber
from tests.certificates import LOCAL, Certificate
from tests.monitors.checks import OPEN
from tests.waiting import until


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder for a server that drops its rights: not below that of the tests, which is closed."""
    with tempfile.TemporaryDirectory(prefix="sp-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def running(command: Sequence[str | Path], port: int, *, folder: Path) -> Iterator[None]:
    """Run a server in the foreground, from when it listens on `port` until the block ends."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(map(str, command)), stdout=output, stderr=output, cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )  # fmt: skip

    def listens() -> bool:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            socket.create_connection((LOCAL, port), timeout=1).close()
        except OSError:
            return False
        return True

    try:
        until(listens, what=f"{command[0]} listens")
        yield
    finally:
        process.terminate()
        process.wait()


def check(
    kind: str, *, trusting: Certificate | None = None, timeout: float = 20.0, **settings: Any
) -> Outcome:
    """Make one check of a service on this machine, trusting one more certificate."""
    prober: Any = registry.prober(kind)
    if trusting is not None and isinstance(prober, ServiceProber):
        prober = type(prober)(authorities=str(trusting.path))
    settings = {"host": LOCAL, **settings} if "url" not in settings else settings
    config = prober.config_type.model_validate(settings)
    outcome: Outcome = prober.probe(config, timeout=timeout, guard=OPEN)
    return outcome
