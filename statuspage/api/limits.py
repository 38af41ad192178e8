"""Rate limits of the APIs: so many requests in any minute for each caller, stated in each response.

A caller is a token; without one, an address, and that is the address which the trusted proxies
say, never one that a caller wrote into a header. Each web process counts in memory, and once a
second takes in what the others have counted (`statuspage.edge.request_limits`): together they allow
about what one does.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, inf
from typing import Any, Protocol

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from components.network.client_networks import network_of, parse_address
from statuspage.access.client_address import address_of_request

WINDOW = 60
ALLOWANCE = "statuspage.allowance"
MAX_CALLERS = 20_000
"""More than these are not remembered: the counting begins anew."""


class Exchange(Protocol):
    """Tells other processes what this one has counted in the last minute.

    Returns what they have told, of the same callers, in the minute that began at `window`, which is
    the present one. Unless `is_news`, they know `counts` already, and are only heard.
    """

    def __call__(
        self, *, window: int, counts: Mapping[str, int], is_news: bool
    ) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left, as in the `RateLimit` fields (draft-ietf-httpapi-ratelimit)."""

    quota: int
    remaining: int
    """Below 0: refused."""
    reset: int
    """Seconds until the oldest request that counts is a minute old, and counts no more."""

    @property
    def refused(self) -> bool:
        return self.remaining < 0

    @property
    def headers(self) -> dict[str, str]:
        fields = {
            "RateLimit-Policy": f'"caller";q={self.quota};w={WINDOW}',
            "RateLimit": f'"caller";r={max(0, self.remaining)};t={self.reset}',
        }
        return {**fields, "Retry-After": str(self.reset)} if self.refused else fields


class _Uses:
    """The requests of one caller in the last minute, counted by the second."""

    __slots__ = ("seconds", "total")

    def __init__(self) -> None:
        self.seconds: deque[list[int]] = deque()
        """Each a second and its requests, oldest first."""
        self.total = 0

    def expire(self, second: int) -> int:
        """Forget what is a minute old at `second`; return how many are left."""
        if self.seconds and self.seconds[-1][0] > second + WINDOW:  # the clock was set back
            self.seconds.clear()
            self.total = 0
        while self.seconds and self.seconds[0][0] <= second - WINDOW:
            self.total -= self.seconds.popleft()[1]
        return self.total

    def add(self, second: int) -> None:
        self.total += 1
        # Of two threads the later may have looked at the clock first.
        if self.seconds and self.seconds[-1][0] >= second:
            self.seconds[-1][1] += 1
        else:
            self.seconds.append([second, 1])


class Limiter:
    """A counter of the requests of every caller, in a moving window of a minute.

    What is refused is not counted: who waits gets in, however often they asked meanwhile.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._uses: dict[str, _Uses] = {}
        self._elsewhere: Mapping[str, int] = {}
        """What the other processes have counted, as they said at `_heard_at`."""
        self._heard_at = -inf
        self._told: tuple[int, Mapping[str, int]] = (0, {})
        """What they know of this one: the minute in which they were told, and the counts."""

    def count(self, caller: str, *, quota: int) -> Allowance:
        """Count one request of a caller; return what it has left of its `quota`."""
        now = self._clock()
        second = int(now)
        with self._lock:
            uses = self._uses.get(caller)
            if uses is None:
                if len(self._uses) >= MAX_CALLERS:
                    self._uses.clear()
                uses = self._uses[caller] = _Uses()
            used = uses.expire(second)
            if now - self._heard_at < WINDOW:
                used += self._elsewhere.get(caller, 0)
            if used < quota:
                uses.add(second)
            oldest = uses.seconds[0][0] if uses.seconds else second
        return Allowance(quota, quota - used - 1, max(1, ceil(oldest + WINDOW - now)))

    def exchange(self, exchange: Exchange) -> bool:
        """Exchange counts with other processes, while anything counts that was counted here.

        Others go on counting when this process has told everything: what it does not hear, it
        would allow once more.

        Called by another thread than those that count; returns whether there was anything. When
        `exchange` fails, what was known of the others goes on counting for a minute.
        """
        now = self._clock()
        window = int(now // WINDOW) * WINDOW
        counts = self._counts(int(now))
        told = window, counts
        if not counts and (not self._told[1] or self._told[0] != window):
            return False
        self._elsewhere = exchange(window=window, counts=counts, is_news=told != self._told)
        self._heard_at, self._told = now, told
        return True

    def _counts(self, second: int) -> dict[str, int]:
        counts = {}
        for caller in list(self._uses):
            with self._lock:
                uses = self._uses.get(caller)
                if uses is not None and uses.expire(second):
                    counts[caller] = uses.total
                else:
                    self._uses.pop(caller, None)
        return counts

    def reset(self) -> None:
        """Clear all counts, as a process that begins anew; for tests."""
        self._uses, self._elsewhere, self._heard_at, self._told = {}, {}, -inf, (0, {})


LIMITER = Limiter()
"""Of this process, for the edge and for what lies behind it."""


def stranger(address: str) -> str:
    """Return the caller that requests without a valid token are counted for.

    That is an address of IPv4, and a /64 of IPv6: whoever has one address there has them all.
    """
    parsed = parse_address(address)
    if parsed is not None and parsed.version == 6:
        return f"address {network_of(address)}"
    return f"address {address}"


def count_request(request: Request, *, token: int | None) -> Allowance:
    """Count a request to a view, of the token with this key or an address; return what is left."""
    options = settings.STATUSPAGE
    if token is not None:
        allowance = LIMITER.count(f"token {token}", quota=options.api_requests_per_minute)
    else:
        quota = options.anonymous_requests_per_minute
        allowance = LIMITER.count(stranger(address_of_request(request)), quota=quota)
    # Where the middleware finds it, which states it in the response.
    request.META[ALLOWANCE] = allowance
    return allowance


class CallerThrottle(BaseThrottle):
    """A throttle that counts every request with a valid token that a view answers."""

    def __init__(self) -> None:
        self._reset = 0

    def allow_request(self, request: Request, view: object) -> bool:
        token: Any = request.auth
        allowance = count_request(request, token=token.pk if token is not None else None)
        self._reset = allowance.reset
        return not allowance.refused

    def wait(self) -> float:
        return float(self._reset)
