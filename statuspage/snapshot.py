"""The page as bytes: rendered once per change, kept in memory, in the database and on disk.

The stored form is one JSON header line, then the bodies one after another, so that a restarted
process, or one whose database is gone, serves exactly what was published last.
"""

import gzip
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import brotli
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from pydantic import TypeAdapter

from components.journal import notify
from statuspage.dialects.public import public_json
from statuspage.dialects.status_admin import status_api
from statuspage.dialects.statuspage_v2 import statuspage_v2
from statuspage.facts import MAIN, READER, gather
from statuspage.models import StoredSnapshot
from statuspage.page.render import render_page
from statuspage.readmodel import PageState

log = logging.getLogger(__name__)

# The best level costs 35 ms for a page of ten components and saves a tenth; for one of hundreds it
# would cost a second for as little, and JSON of that size is 2 kB at any level.
BROTLI_BEST, BROTLI_LEVEL = 11, 6
_SMALL = 50_000
GZIP_LEVEL = 6
HTML = "text/html; charset=utf-8"
JSON = "application/json"

PAGE_HTML, PAGE_JSON, API_JSON = "page.html", "status.json", "status-api.json"
_STATE = TypeAdapter(PageState)


@dataclass(frozen=True, slots=True)
class Variant:
    """One body in every encoding it is served in, with its strong ETags' common part."""

    content_type: str
    etag: str
    identity: bytes
    gzip: bytes
    br: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    version: int
    built_at: datetime
    state: PageState
    bodies: dict[str, Variant]


def build(state: PageState, *, stale: bool = False) -> Snapshot:
    """Render every public body of a state."""
    # Compression lets go of the interpreter: it is done while the next body is rendered.
    with ThreadPoolExecutor(1, thread_name_prefix="compress") as beside:
        begun = {
            PAGE_HTML: beside.submit(variant, HTML, render_page(state, stale=stale)),
            PAGE_JSON: beside.submit(variant, JSON, public_json(state)),
            API_JSON: beside.submit(
                variant,
                JSON,
                json.dumps(status_api(state), ensure_ascii=False, separators=(",", ":")).encode(),
            ),
            **{
                path: beside.submit(variant, JSON, body)
                for path, body in statuspage_v2(state).items()
            },
        }
        bodies = {name: made.result() for name, made in begun.items()}
    return Snapshot(state.version, state.built_at, state, bodies)


def variant(content_type: str, body: bytes, *, at_leisure: bool = True) -> Variant:
    """A body with its encodings; the smallest there are, if somebody has the time to look."""
    best = at_leisure and content_type == HTML and len(body) < _SMALL
    return Variant(
        content_type,
        hashlib.blake2b(body, digest_size=12).hexdigest(),
        body,
        gzip.compress(body, GZIP_LEVEL, mtime=0),
        brotli.compress(
            body,
            mode=brotli.MODE_TEXT,
            quality=BROTLI_BEST if best else BROTLI_LEVEL,
        ),
    )


def pack(snapshot: Snapshot) -> bytes:
    """The stored form of a snapshot. All of it is compressed, which is a tenth of its bytes."""
    parts: list[bytes] = [brotli.compress(_STATE.dump_json(snapshot.state), quality=1)]
    index = []
    for name, variant in snapshot.bodies.items():
        blobs = [variant.gzip, variant.br]
        index.append([name, variant.content_type, variant.etag, *map(len, blobs)])
        parts.extend(blobs)
    header = {"version": snapshot.version, "state": len(parts[0]), "bodies": index}
    return json.dumps(header).encode() + b"\n" + b"".join(parts)


def unpack(blob: bytes) -> Snapshot:
    """The snapshot in `blob`. Raises ValueError when it is damaged or of another release."""
    head, separator, rest = blob.partition(b"\n")
    if not separator:
        raise ValueError("no header line")
    try:
        header = json.loads(head)
        at, bodies = header["state"], {}
        state = _STATE.validate_json(brotli.decompress(rest[:at]))
        if state.version != header["version"]:
            raise ValueError("its header is of another version")
        for name, content_type, etag, gzip_size, br_size in header["bodies"]:
            zipped, br = rest[at : at + gzip_size], rest[at + gzip_size : at + gzip_size + br_size]
            bodies[name] = Variant(content_type, etag, brotli.decompress(br), zipped, br)
            at += gzip_size + br_size
    except (KeyError, TypeError, IndexError, brotli.error) as error:
        raise ValueError(f"not a snapshot of this release: {error}") from None
    if at != len(rest):
        raise ValueError("cut short")
    return Snapshot(state.version, state.built_at, state, bodies)


# Asked after every change and each second; building it would cost more than answering it.
_BEHIND = """
SELECT (SELECT version FROM statuspage_storedsnapshot WHERE page = %s),
    (SELECT position FROM components_journalcursor WHERE reader = %s)
"""
_NEWS = """
SELECT (SELECT MAX(id) FROM components_journalentry),
    (SELECT version FROM statuspage_storedsnapshot WHERE page = %s),
    (SELECT built_at FROM statuspage_storedsnapshot WHERE page = %s)
"""
_installers: list[Callable[[Snapshot], None]] = []
_publishing = threading.Lock()
_disk = ThreadPoolExecutor(1, thread_name_prefix="disk")
"""Writes one copy after the other, and is waited for when the process ends."""
_COPY_REST = 0.5
"""Seconds before it does so: until the answer is out, and of several pages in a row once."""
_newest: Snapshot | None = None


def on_publish(install: Callable[[Snapshot], None]) -> None:
    """Have `install` called with every snapshot that this process publishes, from any thread."""
    _installers.append(install)


def publish(*, now: datetime | None = None) -> Snapshot:
    """Render the page as it is and make it the published one, unless a newer one is."""
    global _newest  # noqa: PLW0603  (what `_disk` is to write)
    with _publishing:
        snapshot = build(gather(now=now or datetime.now(UTC)))
        blob = pack(snapshot)
        if _store(snapshot, blob):
            # Before whoever heard the bell comes to load it.
            for install in _installers:
                install(snapshot)
            if settings.STATUSPAGE.role == "web":
                # Somebody waits for an answer that may be given now.
                _newest = snapshot
                _disk.submit(_copy_the_newest, snapshot, blob)
            else:
                write_to_disk(snapshot, blob)
    return snapshot


def _copy_the_newest(snapshot: Snapshot, blob: bytes) -> None:
    if snapshot is _newest:
        time.sleep(_COPY_REST)
    if snapshot is _newest:
        write_to_disk(snapshot, blob)


def _store(snapshot: Snapshot, blob: bytes) -> bool:
    """Put it into the database, unless a newer one is there; whether it was put."""
    ours = {"version": snapshot.version, "built_at": snapshot.built_at, "blob": blob}
    not_newer = Q(version__lt=snapshot.version) | Q(
        version=snapshot.version, built_at__lte=snapshot.built_at
    )
    with transaction.atomic():
        # One conditional statement, which reads no former blob and leaves no gap for another.
        put = bool(StoredSnapshot.objects.filter(not_newer, page=MAIN).update(**ours))
        if not put:
            _, put = StoredSnapshot.objects.get_or_create(page=MAIN, defaults=ours)
        if put:
            notify()
    return put


def is_behind() -> bool:
    """Whether the projector has digested more than the published page tells."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [MAIN, READER])
        told, digested = cursor.fetchone()
    return told is None or told < (digested or 0)


def publish_if_behind() -> None:
    if is_behind():
        publish()


def news() -> tuple[int, object]:
    """The journal's newest entry, and what is another with every publication: in one statement,
    for web processes look with every ring of the bell, while answers wait for the processor."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, [MAIN, MAIN])
        newest, *publication = cursor.fetchone()
    return newest or 0, publication


def published_version() -> int | None:
    return StoredSnapshot.objects.filter(page=MAIN).values_list("version", flat=True).first()


def published_mark() -> tuple[int, datetime] | None:
    """What tells one publication from another, without reading its bytes."""
    return StoredSnapshot.objects.filter(page=MAIN).values_list("version", "built_at").first()


def load() -> Snapshot | None:
    """The published snapshot from the database; None when there is none of this release."""
    blob = StoredSnapshot.objects.filter(page=MAIN).values_list("blob", flat=True).first()
    if blob is None:
        return None
    try:
        return unpack(bytes(blob))
    except ValueError as error:
        log.warning("the stored snapshot cannot be used (%s); it will be rendered anew", error)
        return None


def disk_path() -> Path:
    return Path(settings.STATUSPAGE.repository_path) / "snapshot.bin"


def write_to_disk(snapshot: Snapshot, blob: bytes) -> None:
    """Keep a copy beside the database: for a restart without it, and for a plain file server.

    A full disk is reported and otherwise ignored: the page is in memory all the same.
    """
    # Imported here, since what it writes leads back to published snapshots.
    from statuspage import static_copy

    try:
        static_copy.replace_file(disk_path(), blob)
        for path, name in (("/status", PAGE_HTML), ("/status/status.json", PAGE_JSON)):
            static_copy.replace_file(static_copy.file_of(path), snapshot.bodies[name].identity)
        static_copy.write_news(snapshot.state)
    except OSError as error:
        log.error("the page's copy on disk could not be written: %s", error)
    except Exception:
        log.exception("the page's copy on disk could not be made")


def read_from_disk() -> Snapshot | None:
    try:
        return unpack(disk_path().read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("the page's copy on disk cannot be used: %s", error)
        return None
