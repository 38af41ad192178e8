"""Waiting for what must come to pass, however busy the machine is.

No test asserts how long something took: a busy machine is slow without being wrong. What must come
is waited for with a patience that only runs out when it does not come at all; what must not wait
for something else is given something else that does not end.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import pytest
import requests

PATIENCE = 60.0
"""Seconds after which what has not come is taken to never come."""
LONG_PATIENCE = 4 * PATIENCE
"""The same for what many processes have to start for."""
FOR_EVER = 3600.0
"""Seconds that outlast every patience: for what is not to be waited for."""
_NOT_YET = (requests.RequestException, LookupError, ValueError, psutil.Error)


def until(
    true: Callable[[], Any], *, what: str, every: float = 0.05, patience: float = PATIENCE
) -> Any:
    """Wait until `true` answers something and return that; fail with `what` if it never does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(*_NOT_YET):
            if answer := true():
                return answer
        time.sleep(every)
    raise AssertionError(f"it did not come to pass: {what}")


@contextmanager
def ending(what: str) -> Iterator[None]:
    """Fail with `what` if the block does not end. For the main thread, where tests run."""

    def give_up(_number: int, _frame: object) -> None:
        # Not an Exception, which the block might take for a failure of its own.
        pytest.fail(f"it did not end: {what}")

    former = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
