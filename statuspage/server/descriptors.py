"""How many connections this process may hold: derived from the limit of open descriptors (S13).

Shells and service managers give 1,024, and nobody raises that by himself; when they are used up
nothing can be opened any more, no connection and no database.
"""

import resource
from contextlib import suppress
from dataclasses import dataclass

from statuspage.server.peer_processes import process_count

MAX_CONNECTIONS = 20_000
"""Held at a time however many descriptors there are: each costs memory."""
MAX_STREAMS = 10_000
MAX_RESERVE = 2_048
"""Descriptors kept for files, databases and what is accepted at once, where there are enough."""
ENOUGH = 16_384
"""A limit that needs no advice."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many connections one process holds at a time, and how many of them may be streams."""

    connections: int
    streams: int


def places(descriptors: int, *, processes: int = 1) -> Places:
    """Return the places that a limit of open descriptors leaves each of `processes`."""
    reserve = min(MAX_RESERVE, max(32, descriptors // 4))
    connections = max(8, min(MAX_CONNECTIONS // processes, descriptors - reserve))
    return Places(connections, min(MAX_STREAMS // processes, connections * 3 // 4))


def raise_limit() -> int:
    """Raise the soft limit of open descriptors to the hard one; return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Refused where the system's own maximum is lower; then it stays as it is.
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard if hard != resource.RLIM_INFINITY else MAX_CONNECTIONS + MAX_RESERVE
    return soft


def present_places() -> Places:
    """Return the places of this process under its present limit.

    Descriptors are each process's own. Memory is all of theirs: several share the maximum.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = soft if soft != resource.RLIM_INFINITY else MAX_CONNECTIONS + MAX_RESERVE
    return places(limit, processes=process_count())
