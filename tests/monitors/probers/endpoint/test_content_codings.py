"""Content codings: what they unpack to, how much of it at most, and what cannot be unpacked."""

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from monitors.probers.endpoint.content_codings import (
    MAX_FRAMES,
    BodyDecoder,
    UndecodableError,
    coding_names,
)


def _raw(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
PACKERS = [*PACK.items(), ("deflate", _raw)]


def unpack(names: list[str], body: bytes, *, limit: int = 1 << 20, step: int = 0) -> Any:
    """What a body in these codings unpacks to, and whether it was cut."""
    found: list[bytes] = []
    decoder = BodyDecoder(names, limit=limit, sink=found.append)
    step = step or len(body) or 1
    for at in range(0, len(body), step):
        decoder.feed(body[at : at + step])
    decoder.finish()
    return b"".join(found), decoder.is_cut


@pytest.mark.parametrize(("name", "pack"), PACKERS)
@pytest.mark.parametrize("step", [0, 1, 7])
def test_every_coding_is_unpacked_in_pieces_of_any_size(
    name: str, pack: Callable[[bytes], bytes], step: int
) -> None:
    """F-T4."""
    text = "Grüße ".encode() * 200

    assert unpack([name], pack(text), step=step) == (text, False)


def test_several_codings_in_a_row_are_unpacked_from_the_last_to_the_first() -> None:
    body = zstd.compress(brotli.compress(gzip.compress(b"welcome")))

    assert unpack(["gzip", "br", "zstd"], body) == (b"welcome", False)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("gzip", ["gzip"]), ("GZIP", ["gzip"]), ("identity", []), ("", []), (" , ", []),
        ("gzip, Identity ,BR", ["gzip", "br"]), ("none", []),
    ],
)  # fmt: skip
def test_the_header_names_codings_in_any_case(header: str, names: list[str]) -> None:
    assert coding_names(header) == names


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_members_in_a_row_are_one_body(name: str, pack: Callable[[bytes], bytes]) -> None:
    body = pack(b"wel") + pack(b"") + pack(b"come")

    assert unpack([name], body, step=1) == (b"welcome", False)


@pytest.mark.parametrize(("name", "pack"), [each for each in PACKERS if each[0] != "br"])
def test_what_follows_the_end_is_ignored_as_browsers_do(
    name: str, pack: Callable[[bytes], bytes]
) -> None:
    assert unpack([name], pack(b"welcome") + b"\0\0\n trailing") == (b"welcome", False)


@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_a_body_that_breaks_off_cannot_be_read(name: str, pack: Callable[[bytes], bytes]) -> None:
    body = pack(bytes(range(256)) * 40)

    with pytest.raises(UndecodableError, match=f"coding {name} cannot be read"):
        unpack([name], body[:-1])


@pytest.mark.parametrize("name", sorted(PACK))
def test_a_body_that_is_something_else_cannot_be_read(name: str) -> None:
    with pytest.raises(UndecodableError, match=f"coding {name} cannot be read"):
        unpack([name], b"<html>not at all what it says</html>" * 10)


def test_a_broken_checksum_is_seen() -> None:
    body = bytearray(gzip.compress(b"welcome" * 50))
    body[-6] ^= 1

    with pytest.raises(UndecodableError, match="gzip cannot be read: incorrect data check"):
        unpack(["gzip"], bytes(body))


@pytest.mark.parametrize("name", ["compress", "exi", "utf-8", "gz\x00ip", "x" * 500])
def test_a_coding_that_is_not_known_is_said_in_words(name: str) -> None:
    with pytest.raises(UndecodableError, match="is not known here") as told:
        BodyDecoder([name], limit=10, sink=print)

    assert len(str(told.value)) < 120
    assert str(told.value).isprintable()


def test_too_many_codings_are_refused() -> None:
    with pytest.raises(UndecodableError, match="6 codings"):
        BodyDecoder(["gzip"] * 6, limit=10, sink=print)


@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_a_bomb_is_unpacked_to_the_limit_and_no_further(
    name: str, pack: Callable[[bytes], bytes]
) -> None:
    found, is_cut = unpack([name], pack(b"\0" * (1 << 22)), limit=100_000)

    assert (len(found), is_cut) == (100_000, True)


def test_a_bomb_inside_of_another_coding_is_bounded_as_well() -> None:
    inner = gzip.compress(b"") * 2_000  # unpacks to nothing, and is large itself
    bomb = gzip.compress(inner)

    assert unpack(["gzip", "gzip"], bomb, limit=10_000) == (b"", True)


def test_many_empty_members_are_not_read_for_ever() -> None:
    with pytest.raises(UndecodableError, match=f"more than {MAX_FRAMES} parts"):
        unpack(["gzip"], gzip.compress(b"") * (MAX_FRAMES + 1))


def test_a_window_that_takes_too_much_memory_is_refused() -> None:
    """RFC 9659: 8 MiB for a web page."""
    options = {int(zstd.CompressionParameter.window_log): 27}
    packer = zstd.ZstdCompressor(options=options)
    body = packer.compress(b"x") + packer.flush()

    with pytest.raises(UndecodableError, match="zstd cannot be read"):
        unpack(["zstd"], body)


@given(
    text=st.binary(max_size=500),
    codings=st.lists(st.sampled_from(PACKERS), max_size=3),
    step=st.integers(1, 40),
)
def test_what_was_packed_is_unpacked(
    text: bytes, codings: list[tuple[str, Callable[[bytes], bytes]]], step: int
) -> None:
    """F-T4, as a property."""
    body = text
    for _, pack in codings:
        body = pack(body)

    assert unpack([name for name, _ in codings], body, step=step) == (text, False)


@given(
    name=st.sampled_from(sorted(PACK)),
    body=st.binary(max_size=200),
    limit=st.integers(1, 50),
    step=st.integers(1, 40),
)
def test_any_bytes_are_unpacked_within_the_limit_or_refused(
    name: str, body: bytes, limit: int, step: int
) -> None:
    """F-T4: nothing crashes it, and nothing makes it larger than allowed."""
    found = b""
    with suppress(UndecodableError):
        found, _ = unpack([name], body, limit=limit, step=step)

    assert len(found) <= limit


@given(coding=st.sampled_from(PACKERS), text=st.binary(min_size=1, max_size=300), data=st.data())
def test_a_body_that_was_cut_never_passes_for_whole(
    coding: tuple[str, Callable[[bytes], bytes]], text: bytes, data: st.DataObject
) -> None:
    name, pack = coding
    body = pack(text)
    end = data.draw(st.integers(1, len(body) - 1))

    with pytest.raises(UndecodableError):
        unpack([name], body[:end])
