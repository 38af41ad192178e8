"""How single results become rows of a minute, those become rows of an hour, and those of a day.

Folding is done anew from what lies below, never by adding to what is there: a row folded twice,
or by two at once, is the same row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from monitors.rules.latency_sketch import Sketch, pack, unpack

FOLD_AFTER = 180.0
"""Seconds after its end at which a minute is folded: a check may take 60, then it is stored."""
FOLD_MINUTES = 5
"""How many minutes are folded together, in the usual case."""
LATE_AFTER = 75.0
"""A result stored this many seconds after the end of its minute is late: its minute is marked, to
be folded again. What lies between this and `FOLD_AFTER` is how long storing may take, and how far
two machines' clocks may be apart."""
LATE_LIMIT_HOURS = 7 * 24
"""A result that comes later than this after it was made is not counted any more; nor is one that
comes when its neighbours' single results are about to be deleted."""


class Resolution(IntEnum):
    """What a row spans, in minutes. Hours and days are those of UTC."""

    MINUTE = 1
    HOUR = 60
    DAY = 1440

    def floor(self, minute: int) -> int:
        """The first minute of the span that `minute` lies in."""
        return minute - minute % self


@dataclass(slots=True)
class Tally:
    """What a span of time showed of one check, or of several that are merged."""

    count: int = 0
    """All checks made."""
    failures: int = 0
    degraded: int = 0
    inconclusive: int = 0
    """Those that say nothing about the target: trouble on our own side. Never failures."""
    latencies: Sketch = field(default_factory=Sketch)
    """Of checks that were up or degraded: an error page that comes at once is no good answer."""

    def add(self, word: str, latency_us: int | None) -> None:
        self.count += 1
        if word == "down":
            self.failures += 1
            return
        if word not in ("up", "degraded"):
            self.inconclusive += 1
            return
        self.degraded += word == "degraded"
        if latency_us is not None:
            self.latencies.add(latency_us)

    def merge(self, other: "Tally") -> None:
        self.count += other.count
        self.failures += other.failures
        self.degraded += other.degraded
        self.inconclusive += other.inconclusive
        self.latencies.merge(other.latencies)


def fold_results(
    results: Iterable[tuple[int, int, str, int | None]],
) -> dict[tuple[int, int], Tally]:
    """Tallies by check and minute, of results as (check, milliseconds, word, microseconds)."""
    folded: dict[tuple[int, int], Tally] = {}
    for check_id, at_ms, word, latency_us in results:
        key = (check_id, at_ms // 60_000)
        tally = folded.get(key)
        if tally is None:
            tally = folded[key] = Tally()
        tally.add(word, latency_us)
    return folded


def fold_rows(
    rows: Iterable[tuple[int, int, Tally]], resolution: Resolution
) -> dict[tuple[int, int], Tally]:
    """Tallies by check and span, of finer ones as (check, minute, tally)."""
    folded: dict[tuple[int, int], Tally] = {}
    for check_id, minute, finer in rows:
        tally = folded.setdefault((check_id, resolution.floor(minute)), Tally())
        tally.merge(finer)
    return folded


def pack_minutes(minutes: Mapping[int, Tally]) -> bytes:
    """Tallies of an hour's minutes, by their number in it. Packed ones can be strung together.

    The format is `sketch.pack` of, for each: its number, count, failures, degraded, inconclusive,
    how many numbers its sketch has, and those.
    """
    numbers: list[int] = []
    for number, tally in minutes.items():
        sketch = tally.latencies.numbers()
        numbers += (
            number, tally.count, tally.failures, tally.degraded, tally.inconclusive, len(sketch)
        )  # fmt: skip
        numbers += sketch
    return pack(numbers)


def unpack_minutes(packed: bytes) -> dict[int, Tally]:
    """The tallies by the minute's number; of several for one minute, the last."""
    numbers = unpack(packed)
    minutes: dict[int, Tally] = {}
    place = 0
    while place < len(numbers):
        number, count, failures, degraded, inconclusive, length = numbers[place : place + 6]
        place += 6 + length
        sketch = Sketch.of_numbers(numbers[place - length : place])
        minutes[number] = Tally(count, failures, degraded, inconclusive, sketch)
    return minutes


def is_late(*, at: float, now: float) -> bool:
    """Whether a result of `at` that is stored now may come after its minute was folded."""
    return now - (at // 60 + 1) * 60 > LATE_AFTER
