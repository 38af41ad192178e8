"""A sketch of a span's latencies, in a few dozen bytes that can be merged.

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
_MAPPING = LogarithmicMapping(ACCURACY)


@dataclass(slots=True)
class Sketch:
    """Latencies in whole microseconds. Sum, minimum and maximum are exact."""

    total: int = 0
    minimum: int = 0
    maximum: int = 0
    bins: dict[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.bins.values())

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.bins else None

    def add(self, value: int) -> None:
        value = max(1, value)
        self.minimum = min(self.minimum, value) if self.bins else value
        self.maximum = max(self.maximum, value)
        self.total += value
        key = _MAPPING.key(value)
        self.bins[key] = self.bins.get(key, 0) + 1

    def merge(self, other: "Sketch") -> None:
        """Add the other's values."""
        if not other.bins:
            return
        self.minimum = min(self.minimum, other.minimum) if self.bins else other.minimum
        self.maximum = max(self.maximum, other.maximum)
        self.total += other.total
        for key, count in other.bins.items():
            self.bins[key] = self.bins.get(key, 0) + count

    def quantile(self, share: float) -> float | None:
        """Return the value that `share` of all are not above, such as 0.95; None if empty."""
        if not self.bins:
            return None
        rank = share * (self.count - 1)
        counted = 0
        for key in sorted(self.bins):
            counted += self.bins[key]
            if counted > rank:
                break
        return float(min(max(_MAPPING.value(key), self.minimum), self.maximum))

    def to_numbers(self) -> list[int]:
        """Return what `from_numbers` reads: nothing if it is empty; else total, minimum, maximum
        - minimum, and for each bin in order the distance from the bin before (from 0 for the first)
        doubled, plus 1 and followed by the count - 2 if that is not 1.
        """
        if not self.bins:
            return []
        numbers = [self.total, self.minimum, self.maximum - self.minimum]
        before = 0
        for key in sorted(self.bins):
            count = self.bins[key]
            numbers.append((key - before) * 2 + (count > 1))
            if count > 1:
                numbers.append(count - 2)
            before = key
        return numbers

    @classmethod
    def from_numbers(cls, numbers: Sequence[int]) -> "Sketch":
        if not numbers:
            return cls()
        total, minimum, spread, *encoded = numbers
        bins: dict[int, int] = {}
        key = 0
        numbers_left = iter(encoded)
        for number in numbers_left:
            key += number >> 1
            bins[key] = next(numbers_left) + 2 if number & 1 else 1
        return cls(total, minimum, minimum + spread, bins)

    def pack(self) -> bytes:
        return pack_varints(self.to_numbers())

    @classmethod
    def unpack(cls, packed: bytes) -> "Sketch":
        return cls.from_numbers(unpack_varints(packed))


def pack_varints(numbers: Iterable[int]) -> bytes:
    """Encode whole numbers from 0, seven bits a byte, the lowest first; high bit: more follow."""
    packed = bytearray()
    for number in numbers:
        remaining = number
        while remaining > 127:
            packed.append(remaining & 127 | 128)
            remaining >>= 7
        packed.append(remaining)
    return bytes(packed)


def unpack_varints(packed: bytes) -> list[int]:
    """Decode what `pack_varints` has encoded."""
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
