"""When this machine's workers last made each check: whatever the store says, none is made twice.

A store that loses what it was told (a pooler that mixes up sessions, a standby that was promoted)
would have every check due again at once. The memory is shared by all processes that are forked from
the one that imported this module first, as `components.shutdown_flag` is; it has no lock, for a
process that is killed would keep it. Two checks that share a place cost each other this protection.
"""

import mmap
import struct

PLACES = 1 << 16
_ENTRY = struct.Struct("<qqd")


class ProbeMemory:
    """The instant at which each check was last to start, in seconds since the epoch."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, PLACES * _ENTRY.size)
        self.is_used = False
        """Whether this very process has noted anything."""

    def note(self, check_id: int, *, revision: int, start: float) -> None:
        """Note that this check of the monitor's `revision` is made at `start`."""
        self.is_used = True
        _ENTRY.pack_into(self._memory, self._place(check_id), check_id, revision, start)

    def last(self, check_id: int, *, revision: int) -> float | None:
        """Return when it was last made; None if it was not, or the monitor was edited since."""
        known, known_revision, start = _ENTRY.unpack_from(self._memory, self._place(check_id))
        return float(start) if (known, known_revision) == (check_id, revision) else None

    def clear(self) -> None:
        """Forget all, for the clock was set."""
        self._memory[:] = bytes(len(self._memory))
        self.is_used = False

    @staticmethod
    def _place(check_id: int) -> int:
        return check_id % PLACES * _ENTRY.size


probe_memory = ProbeMemory()
"""That of this process and its relatives."""


def reset() -> None:
    """Forget all, as a process that begins anew; for tests."""
    if probe_memory.is_used:
        probe_memory.clear()
