"""What a web process shows first: the published page, or its copy on disk while nobody can say."""

import asyncio
import logging
from contextlib import suppress

from django.db import Error, connection

from statuspage.publishing import disk_copy, snapshot
from statuspage.publishing.rendered import Snapshot

log = logging.getLogger(__name__)

DATABASE_SECONDS = 2.0
"""How long a process that starts waits for the database before it shows its copy."""


async def first_snapshot() -> Snapshot | None:
    """Return the page to start with; None before the first.

    The copy on disk may be of any age: another machine may have published since, and its page may
    have been seen by whoever asks next. So the database is asked first, and for a moment only.
    """
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            published = await asyncio.to_thread(_published)
    except TimeoutError:
        log.warning(
            "the database does not answer within %g s; the page starts as its copy on disk",
            DATABASE_SECONDS,
        )
        published = None
    return published or await asyncio.to_thread(disk_copy.read)


def _published() -> Snapshot | None:
    """Return the published page; None where there is none, or no database to say so."""
    try:
        return snapshot.load()
    except Error:
        return None  # noted already (`components.database.outage`)
    finally:
        with suppress(Error):
            connection.close()
