"""The upper part of a page's social picture, and the whole of it: that with a status beneath.

Networks take no SVG, and drawing letters needs fonts: so the browser in which an appearance is
published draws name, logo and colours as a PNG, and rows with the status are put beneath them here.
Rows are never decoded for that: a PNG's rows stand one after another in one compressed stream, and
each may begin anew (PNG specification, 9.2: filter type 0).
"""

import struct
import zlib
from functools import cache

from statuspage.state.drawings import PictureError, png_bytes

DRAWN_OF = ("name", "logo", "mark", "accent", "ground")
"""The fields of an appearance that the upper part is drawn of."""
WIDTH, HEIGHT = 1200, 390
STRIP = 240
"""The rows beneath, which show the status; together as high as networks ask for: 630."""
_START = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}
"""Bytes of a pixel by colour type: RGB, and RGB with transparency."""
_LINE = 12
"""Rows in the status's colour above it."""
_MARGIN = 25
"""Pixels before the status's picture, which has a margin of its own."""


def check_social_picture(data: bytes) -> None:
    """Raise PictureError unless a PNG can be the upper part of a social picture."""
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    if (width, height) != (WIDTH, HEIGHT):
        raise PictureError(f"The social picture has {WIDTH} by {HEIGHT} pixels.")
    if depth != 8 or kind not in _CHANNELS or interlaced:
        raise PictureError("Save the PNG with 8 bits a channel, in RGB, and not interlaced.")
    if len(_rows(data)) != HEIGHT * (WIDTH * _CHANNELS[kind] + 1):
        raise PictureError("The PNG is damaged or cut short.")


def with_status(upper: str, status: bytes, colour: str) -> bytes:
    """Return the PNG of a social picture: `upper`, a line of `colour`, and a status's picture.

    `upper` is a `data:` address that was checked; `status` a square PNG of RGB, `STRIP` high.
    """
    data = png_bytes(upper)
    channels = _CHANNELS[data[25]]
    filling = b"\xff" * (channels - 3)
    line = b"\0" + (bytes.fromhex(colour.removeprefix("#")) + filling) * WIDTH
    pixels = _pixels(status)
    size = len(pixels[0]) // 3
    white = (b"\xff" * channels) * _MARGIN, (b"\xff" * channels) * (WIDTH - _MARGIN - size)
    rows = [_rows(data), line * _LINE]
    for row in pixels[_LINE:]:
        wide = b"".join(row[at : at + 3] + filling for at in range(0, len(row), 3))
        rows.append(b"\0" + white[0] + wide + white[1])
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT + size, 8, data[25], 0, 0, 0)
    body = zlib.compress(b"".join(rows), 6)
    return _START + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _rows(data: bytes) -> bytes:
    """Return the rows of a PNG, filtered as they are; b"" for what cannot be read.

    Never more than such a picture has, and a byte: a small file may unfold to any size.
    """
    packed, at = b"", len(_START)
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    try:
        return zlib.decompressobj().decompress(packed, HEIGHT * (WIDTH * 4 + 1) + 1)
    except zlib.error:
        return b""


@cache
def _pixels(data: bytes) -> list[bytes]:
    """Return the rows of an RGB PNG without their filters; for the six small ones that are ours."""
    width, height = struct.unpack(">II", data[16:24])
    rows, size = _rows(data), width * 3 + 1
    found, above = [], bytes(size - 1)
    for n in range(height):
        above = _unfiltered(rows[n * size], rows[n * size + 1 : (n + 1) * size], above)
        found.append(above)
    return found


def _unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    """Return a row by the specification's filter types (PNG specification, 9.2)."""
    if kind == 0:
        return row
    if kind == 2:
        return bytes((value + up) & 255 for value, up in zip(row, above, strict=True))
    out = bytearray(row)
    for at, value in enumerate(row):
        left, corner = (out[at - 3], above[at - 3]) if at >= 3 else (0, 0)
        if kind == 1:
            guess = left
        else:
            up = above[at]
            guess = (left + up) // 2 if kind == 3 else _paeth(left, up, corner)
        out[at] = (value + guess) & 255
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda each: abs(guess - each))
