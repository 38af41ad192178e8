"""Metrics of this machine, as psutil reads them: load and network throughput."""

import time
from pathlib import Path
from typing import Any

import psutil


class HostMetrics:
    """Measurements since the last one; processor and network are rates."""

    def __init__(self, *, folder: Path) -> None:
        self._folder = folder
        psutil.cpu_percent(None)
        self._last_counters = self._counters()

    def measure(self) -> dict[str, Any]:
        """Return percentages, and bits a second, as a reader reports them."""
        before, self._last_counters = self._last_counters, self._counters()
        took = max(self._last_counters[0] - before[0], 0.001)
        # A counter that went back has begun anew, with an interface that went away.
        received, sent = (
            max(0, after - earlier) * 8 / took
            for after, earlier in zip(self._last_counters[1:], before[1:], strict=True)
        )
        return {
            "cpu": psutil.cpu_percent(None),
            "memory": psutil.virtual_memory().percent,
            "storage": psutil.disk_usage(str(self._folder)).percent,
            "network_in": round(received),
            "network_out": round(sent),
        }

    @staticmethod
    def _counters() -> tuple[float, int, int]:
        counters = psutil.net_io_counters()
        received, sent = (counters.bytes_recv, counters.bytes_sent) if counters else (0, 0)
        return time.monotonic(), received, sent
