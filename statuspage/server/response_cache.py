"""Cache of responses by the request's whole head: a head seen before costs one look-up.

Browsers, scripts and load balancers each repeat their head byte for byte. The answer to a public
address follows from the head and the published edition alone, so the table can neither be poisoned
nor serve one client what was meant for another: its key is all that the client said.
"""

from http import HTTPStatus
from typing import Protocol, runtime_checkable

from statuspage.server.asgi_types import Message, ResponsePair, Scope
from statuspage.server.request_counter import Cell

Headers = list[tuple[bytes, bytes]]
Ready = tuple[bytes, ...]
"""The bytes that go out to the socket, in order."""

MAX_KNOWN_HEAD_BYTES = 4_096
MAX_HEADS = 1_024


@runtime_checkable
class FastPathApp(Protocol):
    """An application that can answer some requests from their head alone."""

    @property
    def max_body_bytes(self) -> int:
        """How many bytes of a request's body it takes; of what is longer it wants no more."""

    @property
    def too_long_response(self) -> ResponsePair:
        """What is said of a body that is longer."""

    def fields_of_refusal(self, headers: Headers) -> Headers:
        """Return what the server's own refusals say beside their reason, given the fields of the
        request that have come so far, names in lower case."""

    def takes_any_length(self, path: str) -> bool:
        """Return whether it reads bodies of any length to their end at this path."""

    @property
    def edition(self) -> object:
        """Another object whenever an answer may have changed."""

    def immediate_response(self, scope: Scope) -> ResponsePair | None:
        """Return the response, if edition, port, method, target and headers determine it."""

    def counted_by(self, scope: Scope, status: int) -> Cell:
        """Return what counts a request that is answered so."""

    def normalised_head(self, head: bytes) -> bytes:
        """Return a head without what changes no response, so that it is found again."""


class ResponseCache:
    """The ready responses of one listener, for one edition and one value of the common headers.

    The `Date` is among the common headers, so the table starts empty every second.
    """

    def __init__(self, app: FastPathApp) -> None:
        self._app = app
        self._edition: object = None
        self._common: Headers | None = None
        self._by_head: dict[bytes, tuple[Ready, Cell]] = {}
        """With what counts it."""
        # A thousand heads share the few answers there are.
        self._first: dict[int, tuple[Message, bytes]] = {}

    def find(self, head: bytes, common: Headers) -> Ready | None:
        """Return the response to exactly this head, if it is known and still valid.

        It is counted as served; its microseconds count as none.
        """
        if self._edition is not self._app.edition or self._common is not common:
            self._clear(common)
            return None
        known = self._by_head.get(head) or self._by_head.get(self._app.normalised_head(head))
        if known is None:
            return None
        known[1].count += 1
        return known[0]

    def learn(self, head: bytes, scope: Scope, common: Headers) -> None:
        """Cache the response to a head that was parsed into `scope`, if it can be cached."""
        if self._common is not common or len(self._by_head) >= MAX_HEADS:
            self._clear(common)
        pair = self._app.immediate_response(scope)
        if pair is None or pair[0]["status"] not in (200, 304):
            return
        start, body = pair[0], pair[1]["body"]
        if id(start) not in self._first:
            self._first[id(start)] = start, first_bytes(start, common)
        first = self._first[id(start)][1]
        ready = (first, body) if body else (first,)
        cell = self._app.counted_by(scope, start["status"])
        self._by_head[self._app.normalised_head(head)] = ready, cell

    def _clear(self, common: Headers) -> None:
        # Taken before any answer is: one that changes meanwhile is only thrown away early.
        self._edition = self._app.edition
        self._common = common
        self._by_head.clear()
        self._first.clear()


def first_bytes(start: Message, common: Headers) -> bytes:
    """Return status line and headers as bytes on the wire."""
    status = HTTPStatus(start["status"])
    lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode())]
    lines += [b"%s: %s" % header for header in (*common, *start["headers"])]
    return b"\r\n".join(lines) + b"\r\n\r\n"
