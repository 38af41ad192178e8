"""Answers for what is not there: a page for browsers, a problem for programs; 404 either way."""

from dataclasses import dataclass

from components.values.problem_details import PROBLEM_TYPE
from statuspage.edge import negotiation
from statuspage.edge.pages import CORS_HEADERS, PreparedResponse, PublicPages, Send, in_languages
from statuspage.edge.problems import problem
from statuspage.publishing.documents import HTML
from statuspage.publishing.rendered import Snapshot, variant
from statuspage.renderers.html.appearance.brand import own_policy
from statuspage.renderers.html.missing_page import NOTHING_HERE, missing_page
from statuspage.server.asgi_types import Message, ResponsePair, Scope
from statuspage.state.languages import words_for

_OF_PROGRAMS = ("/api/", "/v1/", "/admin", "/static/", "/manage")
_VARY = (b"vary", b"Accept, Accept-Encoding")
_FRESH_HEADERS = (b"etag", b"cache-control")


@dataclass(frozen=True, slots=True)
class _Edition:
    """The responses of one snapshot, by heading, language and encoding."""

    snapshot: Snapshot
    responses: dict[tuple[str, str], dict[str, PreparedResponse]]


class MissingPages:
    """The answers, made once for each state of the page."""

    def __init__(self, pages: PublicPages) -> None:
        self._pages = pages
        self._edition: _Edition | None = None

    def respond(self, scope: Scope, heading: str = NOTHING_HERE) -> ResponsePair:
        """Return the answer; `heading` says what is known."""
        accept, encodings = _accepted(scope)
        snapshot = self._pages.snapshot
        if snapshot is None or not negotiation.prefers_html(accept):
            return problem(404, heading, headers=[_VARY, *CORS_HEADERS])
        key = negotiation.language_of(scope, snapshot.state.languages)
        response = self._responses(snapshot, heading, key)[negotiation.encoding(encodings)]
        headers = [each for each in response.start["headers"] if each[0] not in _FRESH_HEADERS]
        start: Message = {
            "type": "http.response.start",
            "status": 404,
            "headers": [*headers, (b"cache-control", b"no-store")],
        }
        is_get = scope["method"] == "GET"
        return start, response.body if is_get else {"type": "http.response.body", "body": b""}

    def _responses(self, snapshot: Snapshot, heading: str, key: str) -> dict[str, PreparedResponse]:
        edition = self._edition
        if edition is None or edition.snapshot is not snapshot:
            edition = self._edition = _Edition(snapshot, {})
        if (heading, key) not in edition.responses:
            body = missing_page(snapshot.state, heading, words_for(snapshot.state, key))
            edition.responses[heading, key] = in_languages(
                variant(HTML, body, smallest=False),
                snapshot.state,
                key,
                own_policy(snapshot.state.appearance),
            )
        return edition.responses[heading, key]


def with_pages(missing: MissingPages, scope: Scope, send: Send) -> Send:
    """Return a `send` that puts a page in the place of a problem 404 where a browser asked."""
    if scope["method"] not in ("GET", "HEAD") or scope["path"].startswith(_OF_PROGRAMS):
        return send
    replaced = False

    async def send_page(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start" and _is_problem_404(message):
            replaced = True
            for each in missing.respond(scope):
                await send(each)
        elif not replaced:
            await send(message)

    return send_page


def _is_problem_404(message: Message) -> bool:
    kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
    return message["status"] == 404 and kinds == [PROBLEM_TYPE.encode()]


def _accepted(scope: Scope) -> tuple[bytes, bytes]:
    accept = encodings = b""
    for name, value in scope["headers"]:
        if name == b"accept":
            accept = accept + b"," + value if accept else value
        elif name == b"accept-encoding":
            encodings = value
    return accept, encodings
