"""R9: the wall clock is set, by an hour and by a day, forwards and back.

Each of the product's processes is started by `set_clock`, which gives it a wall clock that can be
set while it runs. Nothing in the product knows of it.
"""

import time
from collections.abc import Callable

from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.environment import DrillEnvironment, catalogue
from statuspage.drills.set_clock import write_offset
from statuspage.drills.targets import DrillTargets

STALL_SECONDS = 5.0
ENOUGH = 3
"""New results of each check, the first of which may have been on its way before the step."""
HOUR, DAY = 3600, 86_400


class Clock(Drill):
    name = "clock"
    fault = "the clock is set by ±1 h and ±1 day"
    target = "no check waits > 5 s more than its interval; nothing becomes unknown or down (R9)"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        monitors, interval, settle_seconds = (10, 2, 8.0) if short else (100, 5, 30.0)
        targets = DrillTargets()
        result = DrillResult()
        try:
            with DrillEnvironment() as environment:
                environment.prepare(
                    catalogue([targets.url()] * monitors, interval=interval, timeout=1)
                )
                offset = environment.folder / "offset"
                write_offset(offset, 0)
                for role in (["beat"], ["work", "--queue", "probes"]):
                    environment.start(str(offset), *role, module="statuspage.drills.set_clock")
                environment.wait_until(
                    environment.all_up, seconds=60, what="the first good answer of all"
                )
                before = len(environment.journal_data("monitor.state_changed"))
                # In short form a step is done with when each check was made often enough since.
                enough = ENOUGH if short else None
                for by in (HOUR, 0, DAY, 0):
                    write_offset(offset, by)
                    stall = _longest_wait(environment, settle_seconds + interval, enough=enough)
                    say(f"the clock is {by:+d} s off now: longest wait of a check {stall:.1f} s")
                    result.injected += 1
                    result.recovery = max(result.recovery, stall - interval)
                    result.lost += stall > interval + STALL_SECONDS
                result.false = len(environment.journal_data("monitor.state_changed")) - before
                status_counts = environment.status_counts()
        finally:
            targets.close()
        result.false += status_counts.get("down", 0)
        result.expect(result.lost == 0, f"a stall of {result.recovery:.1f} s")
        result.expect(result.false == 0, "something became unknown or down")
        return result


def _longest_wait(environment: DrillEnvironment, seconds: float, *, enough: int | None) -> float:
    """Return how long any check goes without a new result, by a clock that is not set.

    It is looked for so many seconds, or until each check has `enough` new results.
    """
    first = counts = environment.results()
    began = time.monotonic()
    since = dict.fromkeys(counts, began)
    longest = 0.0
    while (now := time.monotonic()) < began + seconds:
        for check, count in environment.results().items():
            if count != counts.get(check):
                longest = max(longest, now - since.get(check, began))
                counts, since[check] = {**counts, check: count}, now
        if enough and all(count - first.get(check, 0) >= enough for check, count in counts.items()):
            break
        time.sleep(0.1)
    return max([longest, *(now - at for at in since.values())])
