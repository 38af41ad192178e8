"""What day it is, by more than this machine's clock: whether dates of certificates can be judged.

A clock that is a year ahead makes every certificate look expired. Who else knows the time:

- the clock itself, before it was set. It counts against itself for a day; by then a correction
  has been one, or somebody has noticed.
- the servers that are checked: their answers carry the date (RFC 9110, 6.6.1). Those of this very
  machine have the same clock and do not count.

The clock is doubted while most of them differ from it by more than an hour.
"""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from statistics import median

from monitors.probing.certificates import format_duration

TOLERANCE_SECONDS = 3600.0
"""How far a witness may be away: clocks of servers are seldom exact, and dates are of days."""
RENEW_SECONDS = 60.0
"""How often a server is heard."""
KEPT_SECONDS = 24 * 3600.0
"""How long a server's word counts, and the clock's own from before it was set."""
MAX_SERVERS = 32

BY_DATES = frozenset({9, 10})
"""OpenSSL's numbers for a certificate not valid yet and one that has expired (X509_V_ERR_…)."""


def boot_clock() -> float:
    """Return seconds of a clock that goes on while the machine sleeps and cannot be set."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # Linux only
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class TrustedClock:
    """The witnesses of one process; may be asked from any thread.

    Kept is how far each is ahead of a clock that cannot be set, so that what was heard before
    this machine's clock was set is not lost.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = boot_clock,
    ) -> None:
        self._wall, self._steady = wall, steady
        self.forget()

    def forget(self) -> None:
        """Begin anew, as in a forked process."""
        self._lock = threading.Lock()
        self._own = self._ahead()
        self._own_at = self._steady()
        self._servers: dict[str, tuple[float, float]] = {}
        """By address: how far it is ahead, and when it said so; the last heard is the last."""

    def wants(self, address: str) -> bool:
        """Return whether the date of an answer from this address is worth reading."""
        heard = self._servers.get(address)
        return heard is None or self._steady() - heard[1] >= RENEW_SECONDS

    def hear(self, address: str, *, date: str, age: str = "") -> None:
        """Note the date of an answer, and how many seconds it has lain in a cache."""
        try:
            if not address or ip_address(address.partition("%")[0]).is_loopback:
                return
            at = parsedate_to_datetime(date).timestamp()
            at += min(int(age), int(KEPT_SECONDS)) if age.isascii() and age.isdigit() else 0
        except (ValueError, OverflowError, OSError):
            return
        with self._lock:
            self._servers.pop(address, None)
            self._servers[address] = (at - self._steady(), self._steady())
            while len(self._servers) > MAX_SERVERS:
                del self._servers[next(iter(self._servers))]

    def doubt(self) -> str:
        """Return why this machine's clock cannot be trusted, in words; '' while it can."""
        off = self._off_by()
        if not off:
            return ""
        side = "ahead of" if off > 0 else "behind"
        whom = "what other servers say" if self._servers else "what it showed before it was set"
        return f"this machine's clock is {format_duration(abs(off))} {side} {whom}"

    def now(self) -> datetime:
        """Return the present by the witnesses if the clock is doubted, else by the clock."""
        return datetime.fromtimestamp(self._wall() - self._off_by(), UTC)

    def _ahead(self) -> float:
        return self._wall() - self._steady()

    def _off_by(self) -> float:
        """Return how far the clock is ahead of most witnesses, in seconds; 0.0 if it is not."""
        at, ahead = self._steady(), self._ahead()
        with self._lock:
            if abs(ahead - self._own) <= TOLERANCE_SECONDS or at - self._own_at > KEPT_SECONDS:
                self._own, self._own_at = ahead, at
            heard = self._servers.values()
            others = [value for value, when in heard if at - when <= KEPT_SECONDS]
            witnesses = [self._own, *others]
        against = [each for each in witnesses if abs(ahead - each) > TOLERANCE_SECONDS]
        return ahead - median(against) if 2 * len(against) > len(witnesses) else 0.0


trusted_clock = TrustedClock()
"""That of this process."""
os.register_at_fork(after_in_child=trusted_clock.forget)
