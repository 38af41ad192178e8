"""Uses of limited things in Redis: a sorted set for each key, scored by the instant.

What web processes have counted is a hash for each window, with a field for each process.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from components.limiting.database import COUNTS_KEPT

TIMEOUT = 1.0
"""Seconds that Redis may take; then the database counts."""
_PREFIX = "statuspage:limit:"
_T = TypeVar("_T")


class StorageError(Exception):
    """Redis did not answer as it should."""


class RedisStorage:
    """See `components.limiting.Storage`; raises StorageError."""

    def __init__(self, url: str) -> None:
        # An extra, and slow to load: only where REDIS_URL is set.
        import redis  # noqa: PLC0415

        self._error = redis.RedisError
        self._client: Any = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )

    def add(self, key: str, *, window: timedelta, now: datetime) -> str:
        handle, name = uuid.uuid4().hex, _PREFIX + key

        def send() -> None:
            with self._client.pipeline() as batch:
                batch.zremrangebyscore(name, "-inf", (now - window).timestamp())
                batch.zadd(name, {handle: now.timestamp()})
                batch.pexpire(name, int(window.total_seconds() * 1000) + 1000)
                batch.execute()

        self._ask(send)
        return handle

    def count(self, key: str, *, window: timedelta, now: datetime, at_most: int) -> int:
        since = f"({(now - window).timestamp()}"
        return self._ask(lambda: int(self._client.zcount(_PREFIX + key, since, "+inf")))

    def remove(self, key: str, handle: str) -> None:
        self._ask(lambda: self._client.zrem(_PREFIX + key, handle))

    def clear(self, key: str) -> None:
        self._ask(lambda: self._client.delete(_PREFIX + key))

    def swap(
        self, process: str, *, window: int, counts: Mapping[str, int] | None
    ) -> list[Mapping[str, int]]:
        """See `components.limiting.database.swap`."""
        name = f"{_PREFIX}requests:{window}"

        def send() -> dict[bytes, bytes]:
            with self._client.pipeline() as batch:
                if counts is not None:
                    batch.hset(name, process, json.dumps(counts))
                    batch.pexpire(name, COUNTS_KEPT)
                batch.hgetall(name)
                stored: dict[bytes, bytes] = batch.execute()[-1]
                return stored

        stored = self._ask(send)
        return [json.loads(text) for key, text in stored.items() if key.decode() != process]

    def _ask(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except (self._error, OSError) as error:
            raise StorageError(f"Redis: {error}") from error
