"""Counters of the requests that this process serves."""

import time
from typing import Any


class RequestCounter:
    """A counter of requests in the event loop. One has failed when its response says so (5xx)."""

    def __init__(self) -> None:
        self.total = 0
        self.failed = 0
        self.seconds = 0.0

    def add(self, began: float, *, status: int = 200) -> None:
        """Count a request that began at `began` of the performance counter and has ended."""
        self.total += 1
        self.seconds += time.perf_counter() - began
        if status >= 500:
            self.failed += 1

    def since(self, other: "RequestCounter") -> dict[str, Any]:
        """Return what was counted since `other` was copied, as a reader reports it."""
        total, seconds = self.total - other.total, self.seconds - other.seconds
        average = seconds * 1000 / total if total else 0.0
        return {"total": total, "failed": self.failed - other.failed, "average_ms": average}

    def copy(self) -> "RequestCounter":
        copied = RequestCounter()
        copied.total, copied.failed, copied.seconds = self.total, self.failed, self.seconds
        return copied


SERVED = RequestCounter()
"""What this process has served."""
API_SERVED = RequestCounter()
"""Those among them that were to one of the product's APIs (T23)."""
