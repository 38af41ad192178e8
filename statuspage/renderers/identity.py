"""Ids of feeds, their entries and calendar events: of the store, and the same for ever.

They name the page by its own UUID, so that they survive a change of SITE_URL (RFC 4287, 4.2.6: an
id "MUST NOT change", however the feed is moved; RFC 5545, 3.8.4.7: a UID is persistent). What
was published while ids were still made of SITE_URL keeps the one that it had.
"""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from statuspage.state.page_state import PageState


def entry_id(state: PageState, path: str, created_at: datetime | None) -> str:
    """Return the id of what has the address `path`; `created_at` is None for what always was."""
    if _is_former(state, created_at):
        return f"{state.identity.former_site_url}{path}"
    return f"urn:uuid:{uuid5(UUID(state.identity.uuid), path)}"


def calendar_uid(state: PageState, reference: str, created_at: datetime | None) -> str:
    """Return the UID of a window's event."""
    if _is_former(state, created_at):
        return f"{reference}@{urlsplit(state.identity.former_site_url).hostname or 'status'}"
    return f"{reference}@{state.identity.uuid}"


def _is_former(state: PageState, created_at: datetime | None) -> bool:
    until = state.identity.former_until
    return until is not None and (created_at is None or created_at <= until)
