"""The last progress of a process and of all that it forks, in memory that they share.

So the main process of a cluster knows whether *its* workers get on, whatever others on the same
machine do, and without asking the database.
"""

import mmap
import struct
import time

_INSTANT = struct.Struct("d")
_shared: mmap.mmap | None = None


def share() -> None:
    """Keep the pulse from now on; to be called before the workers are forked."""
    global _shared  # noqa: PLW0603  (one of the process, as the memory is)
    _shared = mmap.mmap(-1, _INSTANT.size)
    beat()


def beat() -> None:
    """Note that progress was just made; does nothing in a process that keeps no pulse."""
    if _shared is not None:
        _INSTANT.pack_into(_shared, 0, time.monotonic())


def last() -> float | None:
    """Return when progress was last made, on the monotonic clock; None if no pulse is kept."""
    return None if _shared is None else float(_INSTANT.unpack_from(_shared, 0)[0])
