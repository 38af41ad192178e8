"""Rate limits over a moving window, counted by all processes together: `allow` asks for one use.

The uses are rows of the database, or sorted sets in Redis where `REDIS_URL` is set. While Redis
does not answer they are counted in the database. For what people do seldom (a log-in, a sign-up);
requests are counted by `statuspage.api.limits` in memory, and once a second `exchange_counts` tells
processes what the others have counted.
"""

import heapq
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.crypto import salted_hmac

from components.limiting import database
from components.limiting.redis_storage import RedisStorage, StorageError

log = logging.getLogger(__name__)

MAX_SHARED = 1_000
"""Callers, those who called most, whose counts a process tells the others; some 25 kB."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `limit` uses of `key` within any `window`."""

    key: str
    limit: int
    window: timedelta


class Storage(Protocol):
    """Where uses are kept. Each method takes keys that are hashed already."""

    def add(self, key: str, *, window: timedelta, now: datetime) -> str:
        """Store a use; return a handle for `remove`."""

    def count(self, key: str, *, window: timedelta, now: datetime, at_most: int) -> int:
        """Return the uses within the window before `now`; counting may stop at `at_most`."""

    def remove(self, key: str, handle: str) -> None:
        """Take a use back."""

    def clear(self, key: str) -> None:
        """Take all uses back."""

    def swap(
        self, process: str, *, window: int, counts: Mapping[str, int] | None
    ) -> list[Mapping[str, int]]:
        """Store what a process counted in the window so far; return what each other one did.

        None: what is stored of it still holds.
        """


def allow(key: str, limit: int, window: timedelta, now: datetime) -> bool:
    """Count a use of `key`; return False, and do not count it, when the limit is reached."""
    return allow_all([Limit(key, limit, window)], now=now) is None


def allow_all(limits: Sequence[Limit], *, now: datetime) -> Limit | None:
    """Count one use against every limit; return the first that is reached, or None.

    A use that is refused is not kept in any: who waits gets in, however often they asked meanwhile.
    Each use is stored first and counted after, so that of many at once none too many pass.
    """
    storage = _storage()
    if storage is not database:
        try:
            return _allow_all(storage, limits, now=now)
        except StorageError as error:
            log.warning("limits are counted in the database: %s", error)
    return _allow_all(database, limits, now=now)


def is_used(key: str, window: timedelta, now: datetime) -> bool:
    """Return whether a use of `key` counts within the `window` before `now`."""
    storage, hashed = _storage(), _hashed(key)
    if storage is not database:
        try:
            return storage.count(hashed, window=window, now=now, at_most=1) > 0
        except StorageError as error:
            log.warning("limits are looked up in the database: %s", error)
    return database.count(hashed, window=window, now=now, at_most=1) > 0


def forget(*keys: str) -> None:
    """Clear the uses of `keys`, as after a log-in that succeeded."""
    storage = _storage()
    for key in map(_hashed, keys):
        database.clear(key)
        if storage is not database:
            try:
                storage.clear(key)
            except StorageError as error:
                log.warning("a limit could not be cleared: %s", error)


def exchange_counts(
    process: str, *, window: int, counts: Mapping[str, int], is_news: bool = True
) -> Mapping[str, int]:
    """Tell other processes what this one has counted; return what they have, of the same callers.

    `window` is when the window began, in Unix time. Unless `is_news`, they were told already.
    Costs two statements for all callers together (one without news), or one exchange with Redis.
    Raises the database's error.
    """
    keys = {caller: _hashed_caller(caller) for caller in counts}
    most = heapq.nlargest(MAX_SHARED, counts, key=counts.__getitem__)
    told = {keys[each]: counts[each] for each in most} if is_news else None
    others = _swap(process, window=window, counts=told)
    elsewhere = {each: sum(other.get(key, 0) for other in others) for each, key in keys.items()}
    return {each: count for each, count in elsewhere.items() if count}


def prune(*, now: datetime) -> None:
    """Delete rows that count no more; Redis does it by itself."""
    database.prune(now=now)


def _allow_all(storage: Storage, limits: Sequence[Limit], *, now: datetime) -> Limit | None:
    added = [
        (_hashed(each.key), storage.add(_hashed(each.key), window=each.window, now=now))
        for each in limits
    ]
    for limit, (key, _) in zip(limits, added, strict=True):
        most = limit.limit + 1
        if storage.count(key, window=limit.window, now=now, at_most=most) > limit.limit:
            for other, handle in added:
                storage.remove(other, handle)
            return limit
    return None


def _swap(
    process: str, *, window: int, counts: Mapping[str, int] | None
) -> list[Mapping[str, int]]:
    storage = _storage()
    if storage is not database:
        try:
            return storage.swap(process, window=window, counts=counts)
        except StorageError as error:
            # Each second again: who logs in or signs up has it said aloud.
            log.debug("requests are counted in the database: %s", error)
    return database.swap(process, window=window, counts=counts)


@lru_cache(maxsize=20_000)
def _hashed_caller(caller: str) -> str:
    """Return a short keyed hash; remembered, for callers are the same second after second."""
    return _hashed(caller)[:24]


def _hashed(key: str) -> str:
    return salted_hmac("components.limiting", key, algorithm="sha256").hexdigest()


def _storage() -> Storage:
    url: str = settings.STATUSPAGE.redis_url
    return _redis(url) if url else database


@cache
def _redis(url: str) -> RedisStorage:
    return RedisStorage(url)
