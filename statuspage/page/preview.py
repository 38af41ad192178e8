"""The picture that chats and social networks show beside a link: the status as colour and shape.

They take no SVG, so it is a PNG, drawn here: a few strokes and fills, each a distance to points.
There is one for each status, and it never changes: its address does, so that no cached preview
tells an old status.
"""

import struct
import zlib
from functools import cache
from itertools import pairwise
from math import hypot

from components.status import Status
from statuspage.page.icons import TAB_COLOURS

PNG = "image/png"
SIZE = 240
"""Pixels each way: more than the 200 that the largest networks ask for."""
_Point = tuple[float, float]
_Line = tuple[_Point, ...]
_FIELD = 20.0
_STROKE = 1.0
"""Half the width of a mark's strokes, on a field of 20 as in `icons`."""

_CIRCLE = 8.5
_POLYGONS: dict[Status, _Line] = {
    Status.PARTIAL_OUTAGE: ((10, 2.2), (18.4, 17.2), (1.6, 17.2)),
    Status.MAJOR_OUTAGE: (
        *((6.4, 1.5), (13.6, 1.5), (18.5, 6.4), (18.5, 13.6)),
        *((13.6, 18.5), (6.4, 18.5), (1.5, 13.6), (1.5, 6.4)),
    ),
    Status.MAINTENANCE: ((1.5, 1.5), (18.5, 1.5), (18.5, 18.5), (1.5, 18.5)),
}
_MARKS: dict[Status, tuple[_Line, ...]] = {
    Status.OPERATIONAL: (((6.2, 10.4), (8.8, 13), (13.8, 7.4)),),
    Status.DEGRADED: (((5.5, 11), (7.5, 9), (10, 11), (12.5, 13), (14.5, 11)),),
    Status.PARTIAL_OUTAGE: (((10, 7.6), (10, 12)), ((10, 14.9), (10, 15))),
    Status.MAJOR_OUTAGE: (((7, 7), (13, 13)), ((13, 7), (7, 13))),
    Status.MAINTENANCE: (((7.5, 6), (7.5, 14)), ((12.5, 6), (12.5, 14))),
    Status.UNKNOWN: (((6.5, 10), (13.5, 10)),),
}


def preview_path(status: Status) -> str:
    return f"/status/preview-{status}.png"


@cache
def preview(status: Status) -> bytes:
    """A PNG of `SIZE` pixels each way: white, the shape in its colour, the mark in white."""
    scale = _FIELD * 1.5 / SIZE
    # The field of 20 in the middle of one of 30.
    at = [(n + 0.5) * scale - _FIELD / 4 for n in range(SIZE)]
    rows = b"".join(b"\0" + bytes(_shade(status, (x, y), soft=scale) for x in at) for y in at)
    return _png(rows, _palette(TAB_COLOURS[status]))


def _shade(status: Status, at: _Point, *, soft: float) -> int:
    """0 for white to 15 for the colour; edges are softened over `soft`."""
    inside = _inside(status, at)
    mark = _STROKE - min(_distance(at, line) for line in _MARKS[status])
    covered = _share(inside, soft) * (1 - _share(mark, soft))
    return round(15 * covered)


def _share(depth: float, soft: float) -> float:
    return min(1.0, max(0.0, depth / soft + 0.5))


def _inside(status: Status, at: _Point) -> float:
    """How deep within the shape; negative outside."""
    corners = _POLYGONS.get(status)
    if corners is None:
        return _CIRCLE - hypot(at[0] - _FIELD / 2, at[1] - _FIELD / 2)
    depths = []
    for (x, y), (next_x, next_y) in zip(corners, (*corners[1:], corners[0]), strict=True):
        along, down = next_x - x, next_y - y
        # Corners go clockwise: within is on the right hand.
        depths.append((along * (at[1] - y) - down * (at[0] - x)) / hypot(along, down))
    return min(depths)


def _distance(at: _Point, line: _Line) -> float:
    """To the nearest point of a line of several pieces."""
    nearest = []
    for (x, y), (next_x, next_y) in pairwise(line):
        along, down = next_x - x, next_y - y
        share = ((at[0] - x) * along + (at[1] - y) * down) / (along * along + down * down)
        share = min(1.0, max(0.0, share))
        nearest.append(hypot(at[0] - x - share * along, at[1] - y - share * down))
    return min(nearest)


def _palette(colour: str) -> bytes:
    """Sixteen steps from white to `#rrggbb`."""
    parts = bytes.fromhex(colour[1:])
    return bytes(round(255 - (255 - part) * step / 15) for step in range(16) for part in parts)


def _png(rows: bytes, palette: bytes) -> bytes:
    """RFC 2083: eight bits a pixel that name a colour of the palette."""
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
