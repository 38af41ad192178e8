"""R9: the wall clock is set, by an hour and by a day, forwards and back.

The product's processes run under libfaketime (Debian's `faketime`), whose file sets their wall
clock while they run. Nothing in the product knows of it.
"""

import time
from collections.abc import Callable
from pathlib import Path

from statuspage.drills.base import Drill, Line, NotHereError
from statuspage.drills.stage import Stage, catalogue
from statuspage.drills.targets import Targets

STALL_SECONDS = 5.0
HOUR, DAY = 3600, 86_400
_LIBRARIES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")


class Clock(Drill):
    name = "clock"
    fault = "the clock is set by ±1 h and ±1 day (Debian package faketime needed)"
    target = "no check waits > 5 s more than its interval; nothing becomes unknown or down (R9)"

    def run(self, *, short: bool, say: Callable[[str], None]) -> Line:
        library = _library()
        monitors, interval, settle = (10, 1, 4.0) if short else (100, 5, 30.0)
        targets = Targets()
        line = Line()
        try:
            with Stage() as stage:
                stage.prepare(catalogue([targets.url()] * monitors, interval=interval, timeout=1))
                offset = stage.folder / "offset"
                offset.write_text("+0\n")
                stage.environ |= {
                    "LD_PRELOAD": str(library),
                    "FAKETIME_TIMESTAMP_FILE": str(offset),
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                    "FAKETIME_NO_CACHE": "1",
                }
                stage.start("beat")
                stage.start("work", "--queue", "probes")
                stage.until(stage.all_up, seconds=60, what="the first good answer of all")
                before = len(stage.told("monitor.state_changed"))
                for by in (HOUR, 0, DAY, 0):
                    _set(offset, by)
                    stall = _longest_wait(stage, settle + interval)
                    say(f"the clock is {by:+d} s off now: longest wait of a check {stall:.1f} s")
                    line.injected += 1
                    line.recovery = max(line.recovery, stall - interval)
                    line.lost += stall > interval + STALL_SECONDS
                line.false = len(stage.told("monitor.state_changed")) - before
                words = stage.words()
        finally:
            targets.close()
        line.false += words.get("down", 0)
        line.expect(line.lost == 0, f"a stall of {line.recovery:.1f} s")
        line.expect(line.false == 0, "something became unknown or down")
        return line


def _library() -> Path:
    for pattern in _LIBRARIES:
        for path in Path("/").glob(pattern.lstrip("/")):
            return path
    raise NotHereError("it needs libfaketime: install the Debian package faketime")


def _set(offset: Path, by: int) -> None:
    whole = offset.with_suffix(".new")
    whole.write_text(f"{by:+d}\n")
    whole.rename(offset)


def _longest_wait(stage: Stage, seconds: float) -> float:
    """How long any check goes without a new result, by a clock that nobody sets."""
    counts = stage.results()
    began = time.monotonic()
    since = dict.fromkeys(counts, began)
    longest = 0.0
    while (now := time.monotonic()) < began + seconds:
        for check, count in stage.results().items():
            if count != counts.get(check):
                longest = max(longest, now - since.get(check, began))
                counts[check], since[check] = count, now
        time.sleep(0.1)
    return max([longest, *(now - at for at in since.values())])
