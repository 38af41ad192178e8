"""The rollup of results to rows of a minute, of those to rows of an hour, and of those of a day.

Aggregation starts anew from what lies below, never by adding to what is there: a row aggregated
twice, or by two at once, is the same row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from monitors.rules.latency_sketch import Sketch, pack_varints, unpack_varints

AGGREGATE_AFTER = 180.0
"""Seconds after its end at which a minute is aggregated: a check may take 60, and is stored."""
AGGREGATE_MINUTES = 5
"""How many minutes are aggregated together, in the usual case."""
LATE_AFTER = 75.0
"""A result stored this many seconds after the end of its minute is late: its minute is marked, to
be aggregated again. What lies between this and `AGGREGATE_AFTER` is how long storing may take, and
how far two machines' clocks may be apart."""
LATE_LIMIT_HOURS = 7 * 24
"""A result that comes later than this after it was made is not counted any more; nor is one that
comes when its neighbours' single results are about to be deleted."""


class Resolution(IntEnum):
    """What a row spans, in minutes. Hours and days are those of UTC."""

    MINUTE = 1
    HOUR = 60
    DAY = 1440

    def floor(self, minute: int) -> int:
        """Return the first minute of the span that `minute` lies in."""
        return minute - minute % self


@dataclass(slots=True)
class Tally:
    """The counts of a span of time for one check, or for several that are merged."""

    count: int = 0
    """All checks made."""
    failures: int = 0
    degraded: int = 0
    inconclusive: int = 0
    """Those that say nothing about the target: trouble on our own side. Never failures."""
    latencies: Sketch = field(default_factory=Sketch)
    """Of checks that were up or degraded: an error page that comes at once is no good answer."""

    def add(self, status: str, latency_us: int | None) -> None:
        """Add one result; latency in microseconds."""
        self.count += 1
        if status == "down":
            self.failures += 1
            return
        if status not in ("up", "degraded"):
            self.inconclusive += 1
            return
        self.degraded += status == "degraded"
        if latency_us is not None:
            self.latencies.add(latency_us)

    def merge(self, other: "Tally") -> None:
        """Add the other's counts and latencies."""
        self.count += other.count
        self.failures += other.failures
        self.degraded += other.degraded
        self.inconclusive += other.inconclusive
        self.latencies.merge(other.latencies)


def tally_results(
    results: Iterable[tuple[int, int, str, int | None]],
) -> dict[tuple[int, int], Tally]:
    """Return tallies by check and minute, of results as (check, ms, status, microseconds)."""
    tallies: dict[tuple[int, int], Tally] = {}
    for check_id, at_ms, status, latency_us in results:
        key = (check_id, at_ms // 60_000)
        tally = tallies.get(key)
        if tally is None:
            tally = tallies[key] = Tally()
        tally.add(status, latency_us)
    return tallies


def tally_rows(
    rows: Iterable[tuple[int, int, Tally]], resolution: Resolution
) -> dict[tuple[int, int], Tally]:
    """Return tallies by check and span, of finer ones as (check, minute, tally)."""
    tallies: dict[tuple[int, int], Tally] = {}
    for check_id, minute, finer in rows:
        tally = tallies.setdefault((check_id, resolution.floor(minute)), Tally())
        tally.merge(finer)
    return tallies


def pack_minutes(minutes: Mapping[int, Tally]) -> bytes:
    """Pack tallies of an hour's minutes by their number in it. The packed can be concatenated.

    The format is `pack_varints` of, for each: its number, count, failures, degraded, inconclusive,
    how many numbers its sketch has, and those.
    """
    numbers: list[int] = []
    for number, tally in minutes.items():
        sketch = tally.latencies.to_numbers()
        numbers += (
            number, tally.count, tally.failures, tally.degraded, tally.inconclusive, len(sketch)
        )  # fmt: skip
        numbers += sketch
    return pack_varints(numbers)


def unpack_minutes(packed: bytes) -> dict[int, Tally]:
    """Return the tallies by the minute's number; of several for one minute, the last."""
    numbers = unpack_varints(packed)
    minutes: dict[int, Tally] = {}
    place = 0
    while place < len(numbers):
        number, count, failures, degraded, inconclusive, length = numbers[place : place + 6]
        place += 6 + length
        sketch = Sketch.from_numbers(numbers[place - length : place])
        minutes[number] = Tally(count, failures, degraded, inconclusive, sketch)
    return minutes


def is_late(*, at: float, now: float) -> bool:
    """Return whether a result of `at`, stored now, may come after its minute was aggregated."""
    return now - (at // 60 + 1) * 60 > LATE_AFTER
