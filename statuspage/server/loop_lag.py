"""How late the event loop is: what every request of this process waits for."""

import asyncio
from bisect import bisect_left

EVERY_SECONDS = 0.5
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class LoopLag:
    """A histogram of how much later than asked for the loop woke a task."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def observe(self, late: float) -> None:
        """Count one look; `late` in seconds."""
        late = max(0.0, late)
        self.counts[bisect_left(BOUNDS, late)] += 1
        self.seconds += late

    async def watch(self) -> None:
        """Look for ever."""
        loop = asyncio.get_running_loop()
        while True:
            asked = loop.time() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            self.observe(loop.time() - asked)


LAG = LoopLag()
"""That of this process."""
