"""The published page: rendered once per change, kept in memory, in the database and on disk."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from components.journal import notify
from statuspage.models import StoredSnapshot
from statuspage.publishing import disk_copy
from statuspage.publishing.rendered import Snapshot, build, pack, unpack
from statuspage.state.builder import MAIN, READER, gather

log = logging.getLogger(__name__)

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
                disk_copy.write(snapshot, blob)
    return snapshot


def _copy_the_newest(snapshot: Snapshot, blob: bytes) -> None:
    if snapshot is _newest:
        time.sleep(_COPY_REST)
    if snapshot is _newest:
        disk_copy.write(snapshot, blob)


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


def newest_versions() -> tuple[int, object]:
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
