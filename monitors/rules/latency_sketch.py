"""How a span's latencies were spread, in a few dozen bytes that can be merged.

A DDSketch (Masson, Rim and Lee, 2019): values are counted in bins whose borders grow by a constant
factor, so any percentile is within `ACCURACY` of the true one, relatively, whatever the values
are, and a merged sketch is exactly the sketch of all values. The bins' borders are the library's;
they are kept here as a mapping, since most spans have values in a handful of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ddsketch.mapping import LogarithmicMapping

ACCURACY = 0.02
"""The largest relative error of a percentile. Half of it would make an hour's row twice as long."""
_BINS = LogarithmicMapping(ACCURACY)


@dataclass(slots=True)
class Sketch:
    """Latencies in whole microseconds. Sum, least and most are exact."""

    total: int = 0
    least: int = 0
    most: int = 0
    bins: dict[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.bins.values())

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.bins else None

    def add(self, value: int) -> None:
        value = max(1, value)
        self.least = min(self.least, value) if self.bins else value
        self.most = max(self.most, value)
        self.total += value
        key = _BINS.key(value)
        self.bins[key] = self.bins.get(key, 0) + 1

    def merge(self, other: "Sketch") -> None:
        """Take the other's values in."""
        if not other.bins:
            return
        self.least = min(self.least, other.least) if self.bins else other.least
        self.most = max(self.most, other.most)
        self.total += other.total
        for key, count in other.bins.items():
            self.bins[key] = self.bins.get(key, 0) + count

    def quantile(self, share: float) -> float | None:
        """The value that `share` of all are not above, such as 0.95; None of nothing."""
        if not self.bins:
            return None
        rank = share * (self.count - 1)
        seen = 0
        for key in sorted(self.bins):
            seen += self.bins[key]
            if seen > rank:
                break
        return float(min(max(_BINS.value(key), self.least), self.most))

    def numbers(self) -> list[int]:
        """What `of_numbers` makes it anew of: nothing if it is empty; else total, least, most -
        least, and for each bin in order the distance from the bin before (from 0 for the first)
        doubled, plus 1 and followed by the count - 2 if that is not 1.
        """
        if not self.bins:
            return []
        numbers = [self.total, self.least, self.most - self.least]
        before = 0
        for key in sorted(self.bins):
            count = self.bins[key]
            numbers.append((key - before) * 2 + (count > 1))
            if count > 1:
                numbers.append(count - 2)
            before = key
        return numbers

    @classmethod
    def of_numbers(cls, numbers: Sequence[int]) -> "Sketch":
        if not numbers:
            return cls()
        total, least, spread, *words = numbers
        bins: dict[int, int] = {}
        key = 0
        following = iter(words)
        for word in following:
            key += word >> 1
            bins[key] = next(following) + 2 if word & 1 else 1
        return cls(total, least, least + spread, bins)

    def pack(self) -> bytes:
        return pack(self.numbers())

    @classmethod
    def unpack(cls, packed: bytes) -> "Sketch":
        return cls.of_numbers(unpack(packed))


def pack(numbers: Iterable[int]) -> bytes:
    """Whole numbers from 0, seven bits a byte, the lowest first; the highest bit: more follow."""
    packed = bytearray()
    for number in numbers:
        rest = number
        while rest > 127:
            packed.append(rest & 127 | 128)
            rest >>= 7
        packed.append(rest)
    return bytes(packed)


def unpack(packed: bytes) -> list[int]:
    numbers = []
    number = shift = 0
    for byte in packed:
        number |= (byte & 127) << shift
        if byte & 128:
            shift += 7
            continue
        numbers.append(number)
        number = shift = 0
    return numbers
