"""Real servers for the kinds that talk to one: programs from Debian, each for a test module."""

import os
import select
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitors.probers import registry
from monitors.probing.base import CurlProber, Outcome, ProbeStatus
from monitors.probing.services.base import ServiceProber
from tests.certificates import LOCAL, Certificate
from tests.monitors.checks import OPEN, make, probe
from tests.servers import Listener
from tests.waiting import FOR_EVER, until


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
    if isinstance(prober, CurlProber):
        return make([probe(config, timeout=timeout, prober=prober)])[1].outcome
    outcome: Outcome = prober.probe(config, timeout=timeout, guard=OPEN)
    return outcome


class Delay(Listener):
    """The way to a real server on this machine, on which all that it says takes so long."""

    def __init__(self, port: int, *, seconds: float) -> None:
        super().__init__()
        self._server, self._seconds = port, seconds

    def _talk(self, connection: socket.socket) -> None:
        with socket.create_connection((LOCAL, self._server)) as server:
            other = {connection: server, server: connection}
            while not self._stopping.is_set():
                for ready in select.select(list(other), [], [], 0.1)[0]:
                    data = ready.recv(65_536)
                    if ready is server and self._stopping.wait(self._seconds):
                        return
                    if not data:
                        return
                    other[ready].sendall(data)


def hold_slowness(kind: str, port: int, **settings: Any) -> None:
    """Hold that a real server's slow answers are degraded, told with their time, and down when
    they are not there at the deadline; as is, it is up."""

    def through(seconds: float, **more: Any) -> Outcome:
        with Delay(port, seconds=seconds) as way:
            place: dict[str, Any] = {"port": way.port}
            if kind == "websocket":
                place = {"url": f"ws://{LOCAL}:{way.port}/"}
            return check(kind, **{**settings, **place, **more})

    slow = through(0.05, degraded_ms=10.0)
    late = through(FOR_EVER, timeout=0.4)

    assert through(0.0).status is ProbeStatus.UP
    assert (slow.status, slow.message[-15:]) == (ProbeStatus.DEGRADED, "more than 10 ms")
    assert (slow.latency_ms or 0) > 50
    assert late.status is ProbeStatus.DOWN
    assert "0.4 s" in late.message
