"""Decoding of a body by the codings that its answer names (RFC 9110, 8.4), bounded in size.

gzip, deflate (with zlib's frame, or raw as some servers send it), br and zstd, several in a row.
What each coding unpacks to is bounded, those in between as well: whatever an answer says it is,
it costs no more than `limit` bytes for each of its codings.
"""

import importlib
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from monitors.probing.base import one_line

MAX_CODINGS = 5
"""As many in a row as libcurl takes."""
MAX_FRAMES = 10_000
"""Members of a gzip body, or frames of a zstd one: each costs something, even if it is empty."""
_BLOCK_BYTES = 65_536
_NONE = ("identity", "none", "")  # “none” is registered nowhere, and sent by many
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's windowBits
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGICS = (b"\x28\xb5\x2f\xfd", *(bytes((n, 0x2A, 0x4D, 0x18)) for n in range(0x50, 0x60)))
_ZSTD_WINDOW_LOG = 23  # 8 MiB, the most that RFC 9659 allows


class UndecodableError(Exception):
    """The body is not what its coding says."""


class _TooLargeError(Exception):
    """A coding unpacks to more than is read."""


class _Coding(Protocol):
    """The state of one coding."""

    def blocks(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to, in blocks. Raises UndecodableError."""

    @property
    def at_end(self) -> bool:
        """Whether nothing is missing."""


class BodyDecoder:
    """Decodes one body as it comes in."""

    def __init__(self, names: list[str], *, limit: int, sink: Callable[[bytes], None]) -> None:
        """`names` are the codings in the order in which they were applied.

        At most `limit` bytes go to `sink`. Raises UndecodableError for a coding that is not known.
        """
        if len(names) > MAX_CODINGS:
            raise UndecodableError(f"the answer has {len(names)} codings, one over the other")
        self._names = list(reversed(names))
        self._codings = [_open(name) for name in self._names]
        self._sizes = [0] * len(names)
        self._limit, self._sink = limit, sink
        self._began = False
        self.is_cut = False
        """Whether there was more than `limit` bytes."""

    def feed(self, data: bytes) -> None:
        """Decode more. Raises UndecodableError."""
        if not data or self.is_cut:
            return
        self._began = True
        try:
            self._pass_on(0, data)
        except _TooLargeError:
            self.is_cut = True

    def finish(self) -> None:
        """Check that nothing is missing. Raises UndecodableError."""
        if not self._began or self.is_cut:
            return
        for name, coding in zip(self._names, self._codings, strict=True):
            if not coding.at_end:
                raise _undecodable(name, "it breaks off before its end")

    def _pass_on(self, at: int, data: bytes) -> None:
        if at == len(self._codings):
            self._sink(data)
            return
        try:
            for block in self._codings[at].blocks(data):
                left = self._limit - self._sizes[at]
                self._sizes[at] += len(block)
                self._pass_on(at + 1, block[:left])
                if len(block) > left:
                    raise _TooLargeError
        except UndecodableError as error:
            raise (
                error if error.__cause__ else _undecodable(self._names[at], str(error))
            ) from error


def coding_names(header: str) -> list[str]:
    """Return the codings that a Content-Encoding names, without those that change nothing."""
    names = (each.strip().lower() for each in header.split(","))
    return [name for name in names if name not in _NONE]


def _undecodable(name: str, why: str) -> UndecodableError:
    return UndecodableError(f"the answer's coding {name} cannot be read: {why}")


def _open(name: str) -> _Coding:
    if name not in _CODINGS:
        shown = one_line(name, limit=40)
        raise UndecodableError(f"the answer's coding “{shown}” is not known here")
    return _CODINGS[name]()


class _Zlib:
    """One stream of zlib's, in the frame that `window_bits` says."""

    def __init__(self, window_bits: int) -> None:
        self._stream = zlib.decompressobj(window_bits)

    @property
    def at_end(self) -> bool:
        return self._stream.eof

    @property
    def rest(self) -> bytes:
        return self._stream.unused_data

    def blocks(self, data: bytes) -> Iterator[bytes]:
        try:
            while data and not self._stream.eof:
                yield self._stream.decompress(data, _BLOCK_BYTES)
                data = self._stream.unconsumed_tail
            # What did not fit into a block may still be inside.
            while not self._stream.eof and (more := self._stream.decompress(b"", _BLOCK_BYTES)):
                yield more
        except zlib.error as error:
            raise UndecodableError(str(error).rpartition(": ")[2]) from None


class _Deflate:
    """The coding deflate: zlib's frame by the book, and none at all from some servers."""

    def __init__(self) -> None:
        self._head = b""
        self._stream: _Zlib | None = None

    @property
    def at_end(self) -> bool:
        return self._stream is not None and self._stream.at_end

    def blocks(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            self._head += data
            if len(self._head) < 2:
                return
            has_frame = self._head[0] & 15 == 8 and int.from_bytes(self._head[:2], "big") % 31 == 0
            self._stream, data = _Zlib(_ZLIB if has_frame else _RAW), self._head
        yield from self._stream.blocks(data)  # what follows its end is ignored, as browsers do


class _Frames:
    """A coding whose bodies are frames in a row, each beginning with one of some magic numbers.

    Other bytes after a frame are ignored, as browsers do.
    """

    def __init__(self, open_frame: Callable[[], Any], magics: tuple[bytes, ...]) -> None:
        self._open, self._magics = open_frame, magics
        self._frame = open_frame()
        self._after = b""
        self._count = 1

    @property
    def at_end(self) -> bool:
        return bool(self._frame.at_end)

    def blocks(self, data: bytes) -> Iterator[bytes]:
        while data:
            if not self._frame.at_end:
                yield from self._frame.blocks(data)
                data = self._frame.rest if self._frame.at_end else b""
                continue
            self._after += data
            size = len(self._magics[0])
            if len(self._after) < size:
                return
            if self._after[:size] not in self._magics:
                self._after = self._after[:size]
                return
            self._count += 1
            if self._count > MAX_FRAMES:
                raise UndecodableError(f"it has more than {MAX_FRAMES} parts")
            data, self._after, self._frame = self._after, b"", self._open()


class _Brotli:
    def __init__(self) -> None:
        import brotli  # noqa: PLC0415  (few answers need it)

        self._error, self._stream = brotli.error, brotli.Decompressor()

    @property
    def at_end(self) -> bool:
        return bool(self._stream.is_finished())

    def blocks(self, data: bytes) -> Iterator[bytes]:
        try:
            while not self._stream.is_finished():
                block = self._stream.process(data, output_buffer_limit=_BLOCK_BYTES)
                data = b""
                if block:
                    yield block
                elif self._stream.can_accept_more_data():
                    return
        except self._error:
            raise UndecodableError("it is broken") from None


class _Zstd:
    def __init__(self) -> None:
        zstd = _zstd()
        options = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        self._error, self._stream = zstd.ZstdError, zstd.ZstdDecompressor(options=options)

    @property
    def at_end(self) -> bool:
        return bool(self._stream.eof)

    @property
    def rest(self) -> bytes:
        return bytes(self._stream.unused_data)

    def blocks(self, data: bytes) -> Iterator[bytes]:
        try:
            while not self._stream.eof:
                block = self._stream.decompress(data, _BLOCK_BYTES)
                data = b""
                if block:
                    yield block
                if self._stream.needs_input:
                    return
        except self._error as error:
            raise UndecodableError(str(error).rpartition(": ")[2].rstrip(".").lower()) from None


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        return importlib.import_module("compression.zstd")
    from backports import zstd  # noqa: PLC0415  (few answers need it)

    return zstd


def _gzip() -> _Coding:
    return _Frames(lambda: _Zlib(_GZIP), (_GZIP_MAGIC,))


_CODINGS: dict[str, Callable[[], _Coding]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": lambda: _Frames(_Zstd, _ZSTD_MAGICS),
}
