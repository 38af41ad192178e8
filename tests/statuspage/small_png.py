"""Makes screenshots small: 256 colours instead of 16 million, which is plenty for a page."""

import struct
import zlib
from collections import Counter
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
_BYTES = {2: 3, 6: 4}
"""Bytes of a pixel, by the type of a picture: RGB, and RGB with opacity."""


def shrink(path: Path) -> None:
    """Write a picture anew with a palette, unless it has one already."""
    data = path.read_bytes()
    chunks = list(_chunks(data))
    width, height, depth, kind = struct.unpack(">IIBB", chunks[0][1][:10])
    if depth != 8 or kind not in _BYTES:
        return
    rows = _rows(b"".join(body for name, body in chunks if name == b"IDAT"), width, height, kind)
    size = _BYTES[kind]
    pixels = [[row[at : at + 3] for at in range(0, len(row), size)] for row in rows]
    palette, number_of = _palette(Counter(each for row in pixels for each in row))
    # Each row begins with its filter: none suits pictures with a palette best.
    body = b"".join(b"\0" + bytes(number_of[each] for each in row) for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(body, 9)), (b"IEND", b"")]
    path.write_bytes(SIGNATURE + b"".join(_chunk(*part) for part in parts))


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += length + 12
    return found


def _chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body)
    return len(body).to_bytes(4) + name + body + check.to_bytes(4)


def _rows(packed: bytes, width: int, height: int, kind: int) -> list[bytes]:
    """Return the rows of pixels with their filters undone (RFC 2083, 6)."""
    size = _BYTES[kind]
    length, data = width * size, zlib.decompress(packed)
    before, rows = bytearray(length), []
    for number in range(height):
        at = number * (length + 1)
        row = bytearray(data[at + 1 : at + 1 + length])
        _unfilter(data[at], row, before, size)
        rows.append(bytes(row))
        before = row
    return rows


def _unfilter(kind: int, row: bytearray, before: bytearray, size: int) -> None:
    if kind == 0:
        return
    for at, value in enumerate(row):
        left = row[at - size] if at >= size else 0
        above, corner = before[at], before[at - size] if at >= size else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = above
        elif kind == 3:
            guess = (left + above) // 2
        else:
            by_left, by_above = abs(above - corner), abs(left - corner)
            by_corner = abs(left + above - 2 * corner)
            nearest = min(by_left, by_above, by_corner)
            guess = left if nearest == by_left else above if nearest == by_above else corner
        row[at] = (value + guess) & 255


def _palette(counts: Counter[bytes]) -> tuple[bytes, dict[bytes, int]]:
    """Return the colours that are kept, and the number of the nearest of them for each colour.

    Kept are the most frequent, then the most frequent of each shade that would be lost.
    """
    kept = [colour for colour, _ in counts.most_common(COLOURS // 2)]
    shades = {_shade(colour) for colour in kept}
    for fine in (False, True):
        for colour, _ in counts.most_common():
            if len(kept) == COLOURS:
                break
            if colour not in kept and (fine or _shade(colour) not in shades):
                kept.append(colour)
                shades.add(_shade(colour))
    number_of = {colour: number for number, colour in enumerate(kept)}
    for colour in counts:
        if colour not in number_of:
            number_of[colour] = min(enumerate(_far(each, colour) for each in kept), key=_second)[0]
    return b"".join(kept), number_of


def _shade(colour: bytes) -> tuple[int, int, int]:
    return colour[0] >> 4, colour[1] >> 4, colour[2] >> 4


def _second(pair: tuple[int, int]) -> int:
    return pair[1]


def _far(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
