"""The page's bytes: every public body of one state, rendered and compressed.

The stored form is one JSON header line, then the bodies one after another, so that a restarted
process, or one whose database is gone, serves exactly what was published last.
"""

import gzip
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import brotli
from pydantic import TypeAdapter

from components.values.compact_json import compact_bytes
from statuspage.renderers.html.render import render_page
from statuspage.renderers.json.public import public_json
from statuspage.renderers.json.status_admin import status_api
from statuspage.renderers.json.statuspage_v2 import statuspage_v2
from statuspage.state.languages import words_for
from statuspage.state.page_state import PageState

# The best level costs 35 ms for a page of ten components and saves a tenth; for one of hundreds it
# would cost a second for as little, and JSON of that size is 2 kB at any level.
BROTLI_BEST, BROTLI_LEVEL = 11, 6
_SMALL = 50_000
GZIP_LEVEL = 6
HTML = "text/html; charset=utf-8"
JSON = "application/json"

PAGE_HTML, PAGE_JSON, API_JSON = "page.html", "status.json", "status-api.json"


@dataclass(frozen=True, slots=True)
class Variant:
    """One body in every encoding it is served in, with its strong ETags' common part."""

    content_type: str
    etag: str
    size: int
    """Of the body as it is, in bytes."""
    gzip: bytes
    br: bytes
    whole: bytes | None = None
    """The body as it is; None where it is unpacked for the few who take nothing else."""

    @property
    def identity(self) -> bytes:
        """The body as it is."""
        return brotli.decompress(self.br) if self.whole is None else self.whole

    def packed(self) -> "Variant":
        """Return it without the body as it is, which is five times as large as both others."""
        return self if self.whole is None else replace(self, whole=None)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state with its rendered bodies by name."""

    version: int
    built_at: datetime
    state: PageState
    bodies: dict[str, Variant]
    pages: "tuple[Snapshot, ...]" = ()
    """With that of `main`: those of other pages that were rendered with it, or read with it."""
    stale: bool = False
    """Whether it says that it is old; what is rendered later of the same state says it too."""


@cache
def state_type() -> TypeAdapter[PageState]:
    """Return what reads and writes a state as JSON; to make it takes 50 ms, once for a process."""
    return TypeAdapter(PageState)


def build(state: PageState, *, stale: bool = False) -> Snapshot:
    """Render every public body of a state; `stale` adds the notice that it is old."""
    page = render_page(state, stale=stale, words=words_for(state))
    # Compression lets go of the interpreter: it is done while the next body is rendered.
    with ThreadPoolExecutor(1, thread_name_prefix="compress") as pool:
        futures = {
            PAGE_HTML: pool.submit(variant, HTML, page),
            PAGE_JSON: pool.submit(variant, JSON, public_json(state)),
            API_JSON: pool.submit(
                variant,
                JSON,
                compact_bytes(status_api(state)),
            ),
            **{
                path: pool.submit(variant, JSON, body)
                for path, body in statuspage_v2(state).items()
            },
        }
        bodies = {name: future.result() for name, future in futures.items()}
    return Snapshot(state.version, state.built_at, state, bodies, stale=stale)


def variant(content_type: str, body: bytes, *, smallest: bool = True) -> Variant:
    """Return a body with its encodings; `smallest` takes the time to compress a page best."""
    best = smallest and content_type == HTML and len(body) < _SMALL
    return Variant(
        content_type,
        hashlib.blake2b(body, digest_size=12).hexdigest(),
        len(body),
        gzip.compress(body, GZIP_LEVEL, mtime=0),
        brotli.compress(
            body,
            mode=brotli.MODE_TEXT,
            quality=BROTLI_BEST if best else BROTLI_LEVEL,
        ),
        body,
    )


def pack(snapshot: Snapshot) -> bytes:
    """Return the stored form of a snapshot, all of it compressed, which is a tenth of its bytes."""
    return _packed(snapshot, brotli.compress(state_type().dump_json(snapshot.state), quality=1))


def pack_page(snapshot: Snapshot) -> bytes:
    """Return the stored form of a page other than `main`: its state follows from that of `main`."""
    return _packed(snapshot, b"")


def _packed(snapshot: Snapshot, state: bytes) -> bytes:
    parts = [state]
    index = []
    for name, variant in snapshot.bodies.items():
        blobs = [variant.gzip, variant.br]
        index.append([name, variant.content_type, variant.etag, *map(len, blobs)])
        parts.extend(blobs)
    header = {
        "version": snapshot.version,
        "state": len(state),
        "bodies": index,
        **({} if state else {"built_at": snapshot.built_at.isoformat()}),
    }
    return json.dumps(header).encode() + b"\n" + b"".join(parts)


def unpack(blob: bytes) -> Snapshot:
    """Return the snapshot in `blob`. Raises ValueError when it is damaged or of another release."""
    header, rest = _parts(blob)
    try:
        at = header["state"]
        state = state_type().validate_json(brotli.decompress(rest[:at]))
        if state.version != header["version"]:
            raise ValueError("its header is of another version")
    except (KeyError, TypeError, brotli.error) as error:
        raise ValueError(f"not a snapshot of this release: {error}") from None
    return Snapshot(state.version, state.built_at, state, _bodies(header, rest))


def unpack_page(blob: bytes, state: PageState) -> Snapshot:
    """Return the snapshot of a page other than `main`, given what it shows of the state of `main`.

    Raises ValueError as `unpack` does.
    """
    header, rest = _parts(blob)
    try:
        version, built_at = int(header["version"]), datetime.fromisoformat(header["built_at"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a page of this release: {error}") from None
    return Snapshot(
        version,
        built_at,
        replace(state, version=version, built_at=built_at),
        _bodies(header, rest, packed=True),
    )


def _parts(blob: bytes) -> tuple[dict[str, Any], bytes]:
    head, separator, rest = blob.partition(b"\n")
    if not separator:
        raise ValueError("no header line")
    header = json.loads(head)
    if not isinstance(header, dict):
        raise ValueError("not a snapshot of this release: no header")
    return header, rest


def _bodies(header: dict[str, Any], rest: bytes, *, packed: bool = False) -> dict[str, Variant]:
    bodies = {}
    try:
        at = header["state"]
        for name, content_type, etag, gzip_size, br_size in header["bodies"]:
            gzipped, br = rest[at : at + gzip_size], rest[at + gzip_size : at + gzip_size + br_size]
            whole = brotli.decompress(br)
            kept = None if packed else whole
            bodies[name] = Variant(content_type, etag, len(whole), gzipped, br, kept)
            at += gzip_size + br_size
    except (KeyError, TypeError, IndexError, brotli.error) as error:
        raise ValueError(f"not a snapshot of this release: {error}") from None
    if at != len(rest):
        raise ValueError("cut short")
    return bodies
