"""Rate limits of the APIs: so many requests a minute for each caller, stated in every response.

A caller is a token; without one, an address, and that is the address which the trusted proxies
say, never one that a caller wrote into a header. Each web process counts in memory, and once a
second takes in what the others have counted (`statuspage.edge.request_limits`): together they allow
about what one does.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    """Tells other processes what this one has counted in the window that began at `window`.

    Returns what they have counted in it, of the same callers. Unless `is_news`, they know `counts`
    already, and are only heard.
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
    """Seconds until the counting begins anew."""

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


@dataclass(slots=True)
class _Window:
    """The counts of one minute; the next has others, so that a late exchange does no harm."""

    number: int
    counts: dict[str, int] = field(default_factory=dict)
    exchanged: Mapping[str, int] = field(default_factory=dict)
    """What the other processes know of `counts`."""
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    """What they have counted."""


class Limiter:
    """A counter of the requests of every caller, in windows of a minute."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._window = _Window(0)

    def count(self, caller: str, *, quota: int) -> Allowance:
        """Count one request of a caller; return what it has left of its `quota`."""
        now = self._clock()
        number = int(now // WINDOW)
        window = self._window
        if number != window.number or len(window.counts) > MAX_CALLERS:
            window = self._window = _Window(number)
        counts = window.counts
        count = counts[caller] = counts.get(caller, 0) + 1
        remaining = quota - count - window.elsewhere.get(caller, 0)
        return Allowance(quota, remaining, max(1, round((number + 1) * WINDOW - now + 0.5)))

    def exchange(self, exchange: Exchange) -> bool:
        """Exchange counts with other processes, while anything counts that was counted here.

        Others go on counting when this process has told everything: what it does not hear until
        the window ends, it would allow once more.

        Called by another thread than those that count; returns whether there was anything. When
        `exchange` fails, what was known of the others goes on counting until the window ends.
        """
        window = self._window
        counts = window.counts.copy()
        is_news = counts != window.exchanged
        is_over = window.number != int(self._clock() // WINDOW)
        if not counts or (is_over and not is_news):
            return False
        window.elsewhere = exchange(window=window.number * WINDOW, counts=counts, is_news=is_news)
        window.exchanged = counts
        return True

    def reset(self) -> None:
        """Clear all counts, as a process that begins anew; for tests."""
        self._window = _Window(0)


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
