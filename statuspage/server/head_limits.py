"""Limits of what a client may send beside bodies, counted before and while it is parsed (S12).

A head that never ends would be kept in memory whole, and a value that comes in pieces is joined
anew with each of them: a few megabytes stop the event loop for seconds. The same limits hold for
trailers, chunk extensions and whatever else surrounds a body. Both servers keep to these.
"""

from collections.abc import Iterable

MAX_HEAD_BYTES = 65_536
"""Of a request's target, fields and trailers together."""
MAX_FIELDS = 200
"""Of a request's fields and trailers together."""
LINGER_SECONDS = 1.0
"""How long a refused client may take to read why; closing at once could take the answer from it."""
LINGER_BYTES = 65_536
"""What is read and forgotten of it meanwhile; the rest waits until the connection is closed."""

_BODY = b"The head of a request may have 64 kB and 200 fields at most.\n"
_PROTO = b"x-forwarded-proto"


Fields = Iterable[tuple[bytes, bytes]]


def too_large(fields: Fields = ()) -> bytes:
    """Return the whole answer to a head beyond the limits, with these fields beside its own."""
    return refused(b"431 Request Header Fields Too Large", _BODY, fields)


def bad_request(fields: Fields = (), why: bytes = b"This is no request of HTTP.\n") -> bytes:
    """Return the whole answer to what cannot be parsed, with these fields beside its own."""
    return refused(b"400 Bad Request", why, fields)


def refused(status: bytes, body: bytes, fields: Fields) -> bytes:
    """Return a whole answer in plain text, after which the connection ends."""
    more = b"".join(b"%s: %s\r\n" % field for field in fields)
    return (
        b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
        b"%sContent-Length: %d\r\n\r\n%s" % (status, more, len(body), body)
    )


class HeadTooLargeError(Exception):
    """More than the limits allow."""


class HeadCounter:
    """A counter of one request's fields and of their bytes."""

    __slots__ = ("fields", "size")

    def __init__(self) -> None:
        self.fields = self.size = 0

    def add(self, size: int, *, fields: int = 1) -> None:
        """Count a line of `size` bytes. Raises HeadTooLargeError."""
        self.fields += fields
        self.size += size
        if self.is_too_large:
            raise HeadTooLargeError

    @property
    def is_too_large(self) -> bool:
        """Whether it has more than the limits allow."""
        return self.fields > MAX_FIELDS or self.size > MAX_HEAD_BYTES

    def has_room(self, unfinished: int) -> bool:
        """Return whether a line of which so many bytes have come may go on."""
        return self.size + unfinished <= MAX_HEAD_BYTES


def forwarded_protos(piece: bytes) -> list[tuple[bytes, bytes]]:
    """Return the X-Forwarded-Proto fields among the whole lines of a piece of a head.

    Split and not searched by a pattern: whoever sends a broken head chooses what stands in it, and
    a pattern of three parts that take blanks took 3 s for 2,000 of them.
    """
    lines = (line.partition(b":") for line in piece.split(b"\r\n")[:-1])
    return [(_PROTO, value.strip(b" \t")) for name, _, value in lines if name.lower() == _PROTO]
