"""A flag that a worker's main process raises so that its forked children end their work early.

django-q2 lets a running task finish before it stops; a probe shift would make that wait long. The
flag is a byte of shared memory without a lock, since a child killed while holding a lock would
hang its siblings. It is made when this module is first imported, which must be before the fork.
"""

from multiprocessing.sharedctypes import RawValue

_flag = RawValue("b", 0)


def request() -> None:
    """Ask every process forked from this one to end its work."""
    _flag.value = 1


def requested() -> bool:
    """Return whether an end was asked for."""
    return bool(_flag.value)
