"""Errors of backups, restores and moves, and the end of one that is broken off."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class BackupError(Exception):
    """A backup, a restore or a move cannot be made; the message says why, and what to do."""


class BrokenOffError(BaseException):
    """SIGTERM or Ctrl-C came: what was begun is taken back, then the command ends.

    No Exception, for nobody on the way is to take it for a failure of their own.
    """


@contextmanager
def breakable() -> Iterator[None]:
    """Raise BrokenOffError within the block when SIGTERM or SIGINT comes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def break_off(number: int, frame: FrameType | None) -> None:
        raise BrokenOffError

    former = {
        number: signal.signal(number, break_off) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
