"""The Go prober from Debian, asked for every target at a steady pace, as Prometheus asks it."""

import http.client
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from bench.databases import clean_environ
from bench.processes import BrokenError, cpu_seconds, memory, running
from bench.stage import LOCAL, wait_for

PROGRAM = "prometheus-blackbox-exporter"
_CONFIG = """\
modules:
  probe:
    prober: http
    timeout: {timeout}s
    http:
      preferred_ip_protocol: ip4
"""


def is_there() -> bool:
    return shutil.which(PROGRAM) is not None


def measure(
    folder: Path,
    *,
    port: int,
    urls: Sequence[str],
    authorities: str,
    interval: float,
    timeout: float,
    seconds: float,
    askers: int,
) -> tuple[float, int, int, float]:
    """Probe all `urls` every `interval` seconds; CPU seconds, probes, successes and MB of RSS.

    The CPU is the exporter's alone: whoever asks it, and would have to store, costs extra.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "blackbox.yml"
    config.write_text(_CONFIG.format(timeout=f"{timeout:g}"))
    command = [
        PROGRAM, f"--config.file={config}", f"--web.listen-address={LOCAL}:{port}",
        "--log.level=error", "--history.limit=1",
    ]  # fmt: skip
    # As the machine's authorities, read once: a file of its own it would read for each probe.
    environ = {**clean_environ(), "SSL_CERT_FILE": authorities}
    with running(command, environ=environ, log=folder / "output.log") as process:
        wait_for(process, port, "/-/healthy")
        loader = _Loader(port=port, urls=urls, interval=interval, askers=askers)
        loader.run(seconds=min(3.0, seconds))  # what is done once per process is done here
        before = cpu_seconds(process.pid)
        loader.made = loader.good = 0
        loader.run(seconds=seconds)
        used = cpu_seconds(process.pid) - before
        held = memory(process.pid).rss
    if not loader.made:
        raise BrokenError("the exporter has answered nothing")
    return used, loader.made, loader.good, held


class _Loader:
    """Asks for every target when its time has come, on a connection per asker."""

    def __init__(self, *, port: int, urls: Sequence[str], interval: float, askers: int) -> None:
        self._port, self._interval, self._askers = port, interval, askers
        self._paths = [f"/probe?module=probe&target={quote(url, safe='')}" for url in urls]
        self._lock = threading.Lock()
        self.made = self.good = 0

    def run(self, *, seconds: float) -> None:
        began = time.monotonic()
        threads = [
            threading.Thread(target=self._ask, args=(number, began, began + seconds), daemon=True)
            for number in range(self._askers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _ask(self, number: int, began: float, until: float) -> None:
        connection = http.client.HTTPConnection(LOCAL, self._port, timeout=30)
        apart = self._interval / len(self._paths)
        turn = number
        while (due := began + turn * apart) < until:
            time.sleep(max(0.0, due - time.monotonic()))
            connection.request("GET", self._paths[turn % len(self._paths)])
            text = connection.getresponse().read()
            with self._lock:
                self.made += 1
                self.good += b"\nprobe_success 1" in text
            turn += self._askers
        connection.close()
