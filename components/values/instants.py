"""Writes instants for machines."""

from datetime import UTC, datetime
from typing import Literal


def iso(at: datetime, *, precision: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Return ISO 8601 in UTC with a Z, such as 2026-11-21T14:00:00Z; what is finer is cut off.

    `at` must be aware of its offset.
    """
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    # Without the "+00:00": copying each instant without its zone takes as long as writing it.
    return at.isoformat(timespec=precision)[:-6] + "Z"
