"""The published page: rendered once per change, kept in memory, in the database and on disk."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from components.journal import notify
from components.values import spans
from statuspage.models import StoredSnapshot
from statuspage.pages.face import MAIN
from statuspage.publishing import disk_copy, other_pages
from statuspage.publishing.other_pages import RenderedPage
from statuspage.publishing.rendered import Snapshot, build, pack, unpack
from statuspage.state.builder import READER, gather
from statuspage.state.page_state import PageState

log = logging.getLogger(__name__)

# Run after every change and each second; building it would cost more than running it.
_BEHIND = """
SELECT (SELECT version FROM statuspage_storedsnapshot WHERE page = %s),
    (SELECT position FROM components_journalcursor WHERE reader = %s)
"""
_NEWEST_VERSIONS = """
SELECT (SELECT MAX(id) FROM components_journalentry),
    (SELECT version FROM statuspage_storedsnapshot WHERE page = %s),
    (SELECT built_at FROM statuspage_storedsnapshot WHERE page = %s)
"""
_installers: list[Callable[[Snapshot], None]] = []
_publishing = threading.Lock()
_disk = ThreadPoolExecutor(1, thread_name_prefix="disk")
"""Writes one copy after the other, and is waited for when the process ends."""
_COPY_DELAY = 0.5
"""Seconds before it does so: until the response is out, and of several pages in a row once."""
_newest: Snapshot | None = None


def on_publish(install: Callable[[Snapshot], None]) -> None:
    """Have `install` called with every snapshot that this process publishes, from any thread."""
    _installers.append(install)


def publish(*, now: datetime | None = None) -> Snapshot:
    """Render the page as it is and make it the published one, unless a newer one is."""
    global _newest  # noqa: PLW0603  (what `_disk` is to write)
    with _publishing, spans.span("publish", {}) as note:
        main = build(gather(now=now or datetime.now(UTC)))
        stored = other_pages.stored_pages() if main.state.faces else {}
        pages = other_pages.render_moved(main.state, stored)
        snapshot = replace(main, pages=tuple(each.snapshot for each in pages))
        blob = pack(snapshot)
        gone = stored.keys() - {face.slug for face in main.state.faces}
        if _store(snapshot, blob, pages, gone):
            # Before those that were notified come to load it.
            for install in _installers:
                install(snapshot)
            if settings.STATUSPAGE.role == "web":
                # A person waits for a response that may be given now.
                _newest = snapshot
                _disk.submit(_copy_the_newest, snapshot, blob)
            else:
                disk_copy.write(snapshot, blob)
        moved = {"statuspage.page.version": snapshot.version, "statuspage.pages": len(pages) + 1}
        note(moved | {"statuspage.page.bytes": len(blob)})
    return snapshot


def _copy_the_newest(snapshot: Snapshot, blob: bytes) -> None:
    if snapshot is _newest:
        time.sleep(_COPY_DELAY)
    if snapshot is _newest:
        disk_copy.write(snapshot, blob)


def _store(
    snapshot: Snapshot, blob: bytes, pages: list[RenderedPage], gone: Collection[str]
) -> bool:
    """Store it in the database, unless a newer one is there; return whether it was stored."""
    values = {"version": snapshot.version, "built_at": snapshot.built_at, "blob": blob}
    not_newer = Q(version__lt=snapshot.version) | Q(
        version=snapshot.version, built_at__lte=snapshot.built_at
    )
    with transaction.atomic():
        # One conditional statement, which reads no former blob and leaves no gap for another.
        stored = bool(StoredSnapshot.objects.filter(not_newer, page=MAIN).update(**values))
        if not stored:
            _, stored = StoredSnapshot.objects.get_or_create(page=MAIN, defaults=values)
        if stored and (pages or gone):
            other_pages.store(pages, gone=gone)
        if stored:
            notify()
    return stored


def is_behind() -> bool:
    """Whether the projector has digested more than the published page shows."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [MAIN, READER])
        published, digested = cursor.fetchone()
    return published is None or published < (digested or 0)


def publish_if_behind() -> None:
    """Publish the page if the published one is older than what is digested."""
    if is_behind():
        publish()


def newest_versions() -> tuple[int, list[Any]]:
    """Return the journal's newest entry, and what is another with every publication, the version
    first.

    In one statement, for web processes ask with every notification, while responses wait for the
    processor.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_VERSIONS, [MAIN, MAIN])
        newest, *publication = cursor.fetchone()
    return newest or 0, publication


def published_version() -> int | None:
    """Return the version of the published page; None before the first."""
    return StoredSnapshot.objects.filter(page=MAIN).values_list("version", flat=True).first()


def published_identity() -> tuple[int, datetime] | None:
    """Return what distinguishes one publication from another, without reading its bytes."""
    return StoredSnapshot.objects.filter(page=MAIN).values_list("version", "built_at").first()


def load(known: Mapping[str, datetime] = MappingProxyType({})) -> Snapshot | None:
    """Return the published snapshot from the database; None when there is none of this release.

    With it come the other pages, but those that the caller has: `known` says when they were built.
    """
    main = _load_main()
    if main is None:
        return None
    return replace(main, pages=other_pages.load(main.state, known))


def published_state() -> PageState | None:
    """Return what is published, without the bytes of any page; None when `load` returns None."""
    main = _load_main()
    return main.state if main is not None else None


def _load_main() -> Snapshot | None:
    blob = StoredSnapshot.objects.filter(page=MAIN).values_list("blob", flat=True).first()
    if blob is None:
        return None
    try:
        return unpack(bytes(blob))
    except ValueError as error:
        log.warning("the stored snapshot cannot be used (%s); it will be rendered anew", error)
        return None
