"""Serves the public addresses from ready-made bytes: no Django, no database, no waiting."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from statuspage.edge import negotiation
from statuspage.edge.problems import problem
from statuspage.pages.face import MAIN
from statuspage.publishing import documents
from statuspage.publishing.rendered import (
    API_JSON,
    HTML,
    PAGE_HTML,
    PAGE_JSON,
    Snapshot,
    Variant,
    variant,
)
from statuspage.renderers.banner import JAVASCRIPT
from statuspage.renderers.html.appearance.brand import own_policy
from statuspage.renderers.html.csp import policy
from statuspage.server.asgi_types import Message, ResponsePair, Scope
from statuspage.state.page_state import PageState

Send = Callable[[Message], Awaitable[None]]

# Anybody may keep it for a moment, show it while fetching anew, and show it when we are gone.
CACHE_CONTROL = b"public, max-age=2, stale-while-revalidate=30, stale-if-error=86400"
_PUBLIC = (
    (b"cache-control", CACHE_CONTROL),
    (b"vary", b"Accept, Accept-Encoding"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag"),
)
_PRIVATE = (
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Accept, Accept-Encoding, Cookie"),
    (b"x-robots-tag", b"noindex"),
)
_ENCODINGS = ("br", "gzip", "identity")
_FORMATS = {"html": PAGE_HTML, "json": PAGE_JSON}


@dataclass(frozen=True, slots=True)
class PreparedResponse:
    """Everything of a 200 and of its 304, as the ASGI messages they are."""

    etag: bytes
    start: Message
    not_modified: Message
    ready: Message | None
    variant: Variant
    """Of which the body is unpacked when it is not `ready`."""

    @property
    def body(self) -> Message:
        if self.ready is not None:
            return self.ready
        return {"type": "http.response.body", "body": self.variant.identity}


_EMPTY_BODY: Message = {"type": "http.response.body", "body": b""}


def prepare(
    variant: Variant,
    own_policy: str = "",
    *,
    private: bool = False,
    language: str = "",
    by_language: bool = False,
) -> dict[str, PreparedResponse]:
    """Return the responses by encoding.

    `own_policy` is the Content-Security-Policy if that is not the pages' own. What is `private` is
    kept by no cache, and read by no other site. `language` is that of the text, `by_language`
    whether `Accept-Language` chose it.
    """
    responses = {}
    content_language = [(b"content-language", language.encode())] if language else []
    for encoding in _ENCODINGS:
        body = variant.whole if encoding == "identity" else getattr(variant, encoding)
        size = variant.size if body is None else len(body)
        suffix = "" if encoding == "identity" else f"-{encoding}"
        etag = f'"{variant.etag}{suffix}"'.encode()
        common = [
            (b"etag", etag),
            *_shared_headers(private=private, by_language=by_language),
            *content_language,
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]
        if own_policy or variant.content_type == HTML:
            common.append((b"content-security-policy", own_policy.encode() or _csp()))
        encoding_headers = (
            [] if encoding == "identity" else [(b"content-encoding", encoding.encode())]
        )
        full = [
            (b"content-type", variant.content_type.encode()),
            (b"content-length", str(size).encode()),
            *encoding_headers,
            *common,
        ]
        responses[encoding] = PreparedResponse(
            etag,
            {"type": "http.response.start", "status": 200, "headers": full},
            {"type": "http.response.start", "status": 304, "headers": common},
            None if body is None else {"type": "http.response.body", "body": body},
            variant,
        )
    return responses


def _prepare(snapshot: Snapshot) -> dict[tuple[str, str], PreparedResponse]:
    bodies = dict(snapshot.bodies)
    for path in documents.prepared_at_publication(snapshot.state):
        if (document := documents.document(path, snapshot.state)) is not None:
            # The person who made the change waits for it, for every open incident.
            bodies[path] = variant(document.content_type, document.body, smallest=False)
    own = own_policy(snapshot.state.appearance)
    return {
        (name, encoding): response
        for name, body in bodies.items()
        for encoding, response in in_languages(
            body, snapshot.state, own_policy=own if body.content_type == HTML else ""
        ).items()
    }


def in_languages(
    variant: Variant, state: PageState, key: str = "", own_policy: str = ""
) -> dict[str, PreparedResponse]:
    """Return the responses of a body, which says its language where a reader may choose it.

    Of pages besides `main`, of which there may be many, it is kept packed alone.
    """
    if state.face.slug != MAIN:
        variant = variant.packed()
    private = state.face.is_private
    if len(state.languages) < 2 or variant.content_type not in (HTML, JAVASCRIPT):
        return prepare(variant, own_policy, private=private)
    language = key or state.languages[0]
    return prepare(variant, own_policy, private=private, language=language, by_language=True)


def _shared_headers(*, private: bool, by_language: bool) -> list[tuple[bytes, bytes]]:
    """Return what an answer says to caches, robots and other sites."""
    return [
        (name, value + b", Accept-Language" if by_language and name == b"vary" else value)
        for name, value in (_PRIVATE if private else _PUBLIC)
    ]


def _csp() -> bytes:
    return policy(remote_images=settings.STATUSPAGE.allow_remote_images).encode()


def page_in(key: str) -> str:
    """Return the name that the page's responses in a language are kept by."""
    return f"{PAGE_HTML}@{key}" if key else PAGE_HTML


def select(responses: dict[str, PreparedResponse], scope: Scope) -> ResponsePair:
    """Return the response to a request of responses by encoding: whole, or that nothing changed."""
    accept_encoding = if_none_match = b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accept_encoding = value
        elif name == b"if-none-match":
            if_none_match = value
    response = responses[negotiation.encoding(accept_encoding)]
    if if_none_match and negotiation.matches_etag(if_none_match, response.etag):
        return response.not_modified, _EMPTY_BODY
    return response.start, response.body if scope["method"] == "GET" else _EMPTY_BODY


class PublicPages:
    """The published snapshot of one page with its responses; that of `main` has all others."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self._responses: dict[tuple[str, str], PreparedResponse] = {}
        self.others: Mapping[str, PublicPages] = {}
        """The pages besides `main`, by their slugs; those of `main` alone are not empty."""
        self.hosts: Mapping[bytes, str] = {}
        """The slugs of pages with hosts of their own, by host."""

    def install(self, snapshot: Snapshot, *, anew: bool = False) -> None:
        """Serve a snapshot from now on unless a newer one is here. Call it from any thread.

        Newer is what the database calls so: a higher version, or the same one built later. When
        it was built says nothing of two versions, for the clocks of two machines differ. With
        `anew` it is served whatever is here: a copy on disk that the database knows nothing of, or
        a page from before the database was set back.
        """
        shown = self.snapshot
        if (
            not anew
            and shown is not None
            and (shown.version, shown.built_at) > (snapshot.version, snapshot.built_at)
        ):
            return
        if snapshot.state.face.slug != MAIN:
            packed = {name: body.packed() for name, body in snapshot.bodies.items()}
            snapshot = replace(snapshot, bodies=packed)
        self._install_others(snapshot, anew=anew)
        self._responses = _prepare(snapshot)
        self.snapshot = snapshot

    def _install_others(self, snapshot: Snapshot, *, anew: bool) -> None:
        """Take over the pages that there are by now, with the bytes of those that come along."""
        faces = snapshot.state.faces
        if not faces and not self.others:
            return
        rendered = {each.state.face.slug: each for each in snapshot.pages}
        others: dict[str, PublicPages] = {}
        for face in faces:
            others[face.slug] = pages = self.others.get(face.slug) or PublicPages()
            if face.slug in rendered:
                pages.install(rendered[face.slug], anew=anew)
        # At once: this may be a thread beside the one that answers.
        self.others = others
        self.hosts = {host.encode(): face.slug for face in faces for host in face.hosts}

    def built(self) -> dict[str, datetime]:
        """Return when the other pages that are here were built."""
        return {
            slug: pages.snapshot.built_at
            for slug, pages in self.others.items()
            if pages.snapshot is not None
        }

    def states(self) -> dict[str, PageState]:
        """Return what the other pages that are here show."""
        return {
            slug: pages.snapshot.state
            for slug, pages in self.others.items()
            if pages.snapshot is not None
        }

    @property
    def edition(self) -> object:
        """An object that is another one with every snapshot."""
        return self._responses

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the page is offered in, its own first."""
        return self.snapshot.state.languages if self.snapshot is not None else ()

    def add(self, edition: object, name: str, responses: dict[str, PreparedResponse]) -> None:
        """Keep responses that were made later, unless another snapshot was installed meanwhile."""
        kept = self._responses
        if kept is edition:
            kept.update({(name, encoding): each for encoding, each in responses.items()})

    def status(self, scope: Scope) -> ResponsePair | None:
        """Return the response of `/status`, as a page or as JSON; None for a page in a language
        that it is not rendered in yet."""
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            return refuse_method(method)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        query = scope["query_string"]
        override = negotiation.format_override(query) if query else None
        if override is not None:
            body_name = _FORMATS.get(override)
            if body_name is None:
                return problem(400, "format: write html or json.", headers=CORS_HEADERS)
        else:
            body_name = PAGE_HTML if negotiation.prefers_html(_accept(scope)) else PAGE_JSON
        if body_name == PAGE_HTML:
            body_name = page_in(
                negotiation.language(query, headers.get(b"accept-language", b""), self.languages)
            )
            if body_name != PAGE_HTML and (body_name, "br") not in self._responses:
                return None
        return self._respond(
            method,
            body_name,
            headers.get(b"accept-encoding", b""),
            headers.get(b"if-none-match", b""),
        )

    def api(self, scope: Scope, body_name: str = API_JSON) -> ResponsePair:
        """Return `/status/api` (M40), or another body that is JSON whatever is asked for."""
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            return refuse_method(method)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        return self._respond(
            method,
            body_name,
            headers.get(b"accept-encoding", b""),
            headers.get(b"if-none-match", b""),
        )

    def incident(self, scope: Scope) -> ResponsePair | None:
        """Return the page of an open incident, which was made when it was published; else None."""
        path = scope["path"]
        if (path, "br") not in self._responses or scope["method"] not in ("GET", "HEAD"):
            return None
        if negotiation.language_of(scope, self.languages):
            return None
        headers: dict[bytes, bytes] = dict(scope["headers"])
        return self._respond(
            scope["method"],
            path,
            headers.get(b"accept-encoding", b""),
            headers.get(b"if-none-match", b""),
        )

    def _respond(
        self, method: str, body_name: str, accept_encoding: bytes, if_none_match: bytes
    ) -> ResponsePair:
        response = self._responses.get((body_name, negotiation.encoding(accept_encoding)))
        if response is None:
            wait = (b"retry-after", b"2")
            return problem(503, "The first page is being prepared.", headers=[wait, *CORS_HEADERS])
        if if_none_match and negotiation.matches_etag(if_none_match, response.etag):
            return response.not_modified, _EMPTY_BODY
        return response.start, response.body if method == "GET" else _EMPTY_BODY


def _accept(scope: Scope) -> bytes:
    """Return all that a request accepts: the header may be there several times."""
    return b",".join(value for name, value in scope["headers"] if name == b"accept")


CORS_HEADERS = [(b"access-control-allow-origin", b"*")]


def refuse_method(method: str) -> ResponsePair:
    """Return the response to OPTIONS and to whatever is not reading."""
    if method == "OPTIONS":
        headers = [
            (b"allow", b"GET, HEAD, OPTIONS"),
            (b"access-control-allow-origin", b"*"),
            (b"access-control-allow-methods", b"GET, HEAD"),
            (b"access-control-allow-headers", b"*"),
            (b"access-control-max-age", b"86400"),
        ]
        return {"type": "http.response.start", "status": 204, "headers": headers}, _EMPTY_BODY
    allow = (b"allow", b"GET, HEAD, OPTIONS")
    return problem(405, f"{method} is not possible here.", headers=[allow, *CORS_HEADERS])
