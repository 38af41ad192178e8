"""How a span's latencies were spread, in a few dozen bytes that can be merged.

A DDSketch (Masson, Rim and Lee, 2019): values are counted in bins whose borders grow by a constant
factor, so any percentile is within `ACCURACY` of the true one, relatively, whatever the values
are, and a merged sketch is exactly the sketch of all values. The bins' borders are the library's;
they are kept here as a mapping, since most spans have values in a handful of them.
"""

from collections.abc import Iterator
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

    def pack(self) -> bytes:
        """The format: variable-length integers (7 bits a byte, the lowest first, the highest bit
        says that more follow): total, least, most - least, then for each bin in order the distance
        from the bin before (from 0 for the first) doubled, plus 1 and followed by the count - 2 if
        that is not 1. Nothing at all for no values.
        """
        if not self.bins:
            return b""
        packed = bytearray()
        for number in (self.total, self.least, self.most - self.least):
            _write(packed, number)
        before = 0
        for key in sorted(self.bins):
            count = self.bins[key]
            _write(packed, (key - before) * 2 + (count > 1))
            if count > 1:
                _write(packed, count - 2)
            before = key
        return bytes(packed)

    @classmethod
    def unpack(cls, packed: bytes) -> "Sketch":
        if not packed:
            return cls()
        numbers = _read(packed)
        total, least, spread = next(numbers), next(numbers), next(numbers)
        bins: dict[int, int] = {}
        key = 0
        for word in numbers:
            key += word >> 1
            bins[key] = next(numbers) + 2 if word & 1 else 1
        return cls(total, least, least + spread, bins)


def _write(packed: bytearray, number: int) -> None:
    while number > 127:
        packed.append(number & 127 | 128)
        number >>= 7
    packed.append(number)


def _read(packed: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in packed:
        number |= (byte & 127) << shift
        if byte & 128:
            shift += 7
            continue
        yield number
        number = shift = 0
