"""Fetches the documents of status pages by conditional requests, and remembers them for those."""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from monitors.probing.base import ProbeStatus
from monitors.probing.connections import ProbeAbortedError
from monitors.probing.http_requests import HttpSession, Response

MAX_BYTES = 8 * 1024 * 1024
"""Of one document: Google's list is the largest, with some hundred kilobytes."""
MAX_REMEMBERED = 8 * 1024 * 1024
"""Bytes of all remembered documents, compressed, in one process."""
_VALIDATORS = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))


@dataclass(frozen=True, slots=True)
class _Known:
    validators: Mapping[str, str]
    """Headers of the next request."""
    packed: bytes


class DocumentMemory:
    """The last document of each address, for those that may be asked whether it has changed.

    Bounded: what was not used for longest goes first. Several threads use it.
    """

    def __init__(self, limit: int = MAX_REMEMBERED) -> None:
        self._limit, self._size = limit, 0
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> _Known | None:
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
            return known

    def put(self, key: str, response: Response) -> None:
        """Remember a document if its server gave something to ask by."""
        validators = {
            header: response.headers[name][:500]
            for name, header in _VALIDATORS
            if response.headers.get(name)
        }
        packed = zlib.compress(response.body, 1) if validators else b""
        with self._lock:
            self._forget(key)
            if validators and len(packed) <= self._limit // 4:
                self._known[key] = _Known(validators, packed)
                self._size += len(packed)
            while self._size > self._limit:
                self._forget(next(iter(self._known)))

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
            self._size = 0

    def _forget(self, key: str) -> None:
        known = self._known.pop(key, None)
        if known is not None:
            self._size -= len(known.packed)


memory = DocumentMemory()
"""That of this process."""


def fetch(session: HttpSession, url: str, *, trust: str) -> bytes:
    """Return a document, as it is now. Raises ProbeAbortedError.

    `trust` tells apart who is believed to be there: what one monitor accepts is no other's answer.
    """
    key = f"{url} {trust}"
    known = memory.get(key)
    headers = {"Accept": "application/json, application/rss+xml, application/atom+xml, */*;q=0.5"}
    if known is not None:
        headers |= known.validators
    response = session.follow(url, headers=headers)
    if response.status == 304 and known is not None:
        return zlib.decompress(known.packed)
    if response.status != 200:
        raise _failed(f"the status page answers {response.status}")
    if len(response.body) >= MAX_BYTES:
        raise _failed(f"the status page's document is larger than {MAX_BYTES // 1024**2} MB")
    memory.put(key, response)
    return response.body


def _failed(message: str) -> ProbeAbortedError:
    return ProbeAbortedError(ProbeStatus.INCONCLUSIVE, message)


def reset() -> None:
    """Forget all, as a process that begins anew; for tests."""
    memory.clear()
