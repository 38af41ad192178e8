"""Answers by the request's whole head: what was asked before in the same words costs one look-up.

Browsers, scripts and load balancers each repeat their head byte for byte. The answer to a public
address follows from the head and the published edition alone, so the table can neither be poisoned
nor serve one client what was meant for another: its key is all that the client said.
"""

from http import HTTPStatus
from typing import Protocol, runtime_checkable

from statuspage.server.asgi_types import Message, Pair, Scope

Headers = list[tuple[bytes, bytes]]
Ready = tuple[bytes, ...]
"""What goes out to the socket, in order."""

LONGEST_HEAD = 4_096
MOST_HEADS = 1_024


@runtime_checkable
class FastPathApp(Protocol):
    """An application that can answer some requests from their head alone."""

    @property
    def edition(self) -> object:
        """Another object whenever an answer may have changed."""

    def at_once(self, scope: Scope) -> Pair | None:
        """The answer, which follows from edition, port, method, target and headers; or None."""

    def plain_head(self, head: bytes) -> bytes:
        """A head without what changes no answer, so that it is found again."""


class ResponseCache:
    """The ready answers of one listener, for one edition and one value of the common headers.

    The `Date` is among the common headers, so the table starts empty every second.
    """

    def __init__(self, app: FastPathApp) -> None:
        self._app = app
        self._edition: object = None
        self._common: Headers | None = None
        self._by_head: dict[bytes, Ready] = {}
        # A thousand heads share the few answers there are.
        self._first: dict[int, tuple[Message, bytes]] = {}

    def find(self, head: bytes, common: Headers) -> Ready | None:
        """The answer to exactly this head, if it is known and still true."""
        if self._edition is not self._app.edition or self._common is not common:
            self._empty(common)
            return None
        return self._by_head.get(head) or self._by_head.get(self._app.plain_head(head))

    def learn(self, head: bytes, scope: Scope, common: Headers) -> None:
        """Keep the answer to a head that was parsed into `scope`, if it is one to keep."""
        if self._common is not common or len(self._by_head) >= MOST_HEADS:
            self._empty(common)
        pair = self._app.at_once(scope)
        if pair is None or pair[0]["status"] not in (200, 304):
            return
        start, body = pair[0], pair[1]["body"]
        if id(start) not in self._first:
            self._first[id(start)] = start, _first_bytes(start, common)
        first = self._first[id(start)][1]
        self._by_head[self._app.plain_head(head)] = (first, body) if body else (first,)

    def _empty(self, common: Headers) -> None:
        # Taken before any answer is: one that changes meanwhile is only thrown away early.
        self._edition = self._app.edition
        self._common = common
        self._by_head.clear()
        self._first.clear()


def _first_bytes(start: Message, common: Headers) -> bytes:
    """Status line and headers on the wire."""
    status = HTTPStatus(start["status"])
    lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode())]
    lines += [b"%s: %s" % header for header in (*common, *start["headers"])]
    return b"\r\n".join(lines) + b"\r\n\r\n"
