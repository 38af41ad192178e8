"""Sending one notice in the caller's process, when no worker runs or takes it.

It leases its copies as every sender does, so that none is sent twice if a worker comes meanwhile.
"""

import time
from collections.abc import Callable

from subscribers.delivery import outbox
from subscribers.delivery.worker import MakeSender, Shift
from subscribers.enums import State
from subscribers.models import Delivery, Notice

POLL_SECONDS = 0.2


class _NoticeShift(Shift):
    """A shift that takes the copies of one notice and nothing else."""

    def __init__(self, make: MakeSender, notice: Notice) -> None:
        super().__init__(make, stopping=lambda: False)
        self._notice = notice

    def _take_work(self) -> int:
        rows = outbox.lease_notice(self._notice.pk, lease=self._lease, now=self._clock())
        self._hand_out(rows)
        return len(rows)


def send_directly(notice: Notice, make: MakeSender, *, seconds: float) -> int:
    """Send the copies of a notice that wait, for about `seconds`; return how many were sent."""
    return _NoticeShift(make, notice).run(seconds=seconds, on_progress=lambda: None)


def wait_until_taken(
    notice: Notice, *, seconds: float, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Wait until a worker has sent all copies of a notice; return whether one did in time."""
    until = time.monotonic() + seconds
    while waiting(notice):
        if time.monotonic() >= until:
            return False
        sleep(POLL_SECONDS)
    return True


def waiting(notice: Notice) -> int:
    """Return how many copies of a notice have not been sent yet and will be tried."""
    return Delivery.objects.filter(notice=notice, due__isnull=False).count()


def sent(notice: Notice) -> int:
    """Return how many copies of a notice were sent."""
    return Delivery.objects.filter(notice=notice, state=State.SENT).count()
