"""Serves `/v2/monitoring/*` in the edge, from memory alone (contract T).

The page's state is the published one; the caller's token is looked up in the table in memory. So
it is as fast as the page, and is answered while the database is away.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from django.conf import settings

from statuspage.access.client_address import address_of_scope
from statuspage.api.limits import LIMITER, Allowance, stranger
from statuspage.edge import negotiation
from statuspage.edge.pages import PublicPages
from statuspage.edge.problems import Header, problem
from statuspage.edge.token_cache import KnownToken, TokenCache
from statuspage.pages.face import MAIN
from statuspage.publishing.rendered import Snapshot
from statuspage.renderers.json.system_status import SystemStatus, SystemStatusRequest
from statuspage.server.asgi_types import ResponsePair, Scope
from statuspage.state.builder import HISTORY_DAYS

PREFIX = "/v2/monitoring/"
STATUS, DEPENDENCIES, HISTORY = (
    f"{PREFIX}{name}" for name in ("system-status", "service-dependencies", "history")
)
SCOPE = "status:read"
CACHE_CONTROL = b"private, max-age=5"
_TRUE, _FALSE = {"true", "1", "yes"}, {"false", "0", "no"}
_KNOWN = {
    STATUS: {"services", "regions", "includeMetrics", "includeIncidents", "page"},
    DEPENDENCIES: {"page"},
    HISTORY: {"service", "services", "days", "page"},
}
_MAX_FIELDS = 500


class _RefusedError(Exception):
    """The request will not do; the message names the parameter and says what to write."""


class SystemStatusEndpoint:
    """Serves the system status API from the published snapshot."""

    def __init__(self, pages: PublicPages, tokens: TokenCache) -> None:
        self._pages = pages
        self._tokens = tokens
        self._made: dict[str, tuple[Snapshot, SystemStatus]] = {}
        """What was made of each page's snapshot, by its slug."""

    def respond(self, scope: Scope) -> ResponsePair | None:
        """Return the response; None for an address that is not one of this API's."""
        path = scope["path"]
        if not path.startswith(PREFIX):
            return None
        headers: dict[bytes, bytes] = dict(scope["headers"])
        token, allowance = self._authenticate(scope, headers)
        limit_headers = _header_pairs(allowance)
        if allowance.refused:
            return problem(
                429, "You have asked too often. Wait, then go on.", headers=limit_headers
            )
        if token is None:
            return self._unauthenticated(limit_headers)
        return self._refused(scope, token, limit_headers) or self._respond(
            scope, token, headers, limit_headers
        )

    @staticmethod
    def _refused(
        scope: Scope, token: KnownToken, limit_headers: list[Header]
    ) -> ResponsePair | None:
        if SCOPE not in token.scopes:
            return problem(403, f"The token lacks the scope {SCOPE}.", headers=limit_headers)
        if scope["path"] not in _KNOWN:
            return problem(404, "Nothing was found at this address.", headers=limit_headers)
        if scope["method"] not in ("GET", "HEAD"):
            allow = [(b"allow", b"GET, HEAD"), *limit_headers]
            return problem(405, f"{scope['method']} is not possible here.", headers=allow)
        return None

    def _respond(
        self,
        scope: Scope,
        token: KnownToken,
        headers: dict[bytes, bytes],
        limit_headers: list[Header],
    ) -> ResponsePair:
        try:
            body = self._body(scope["path"], scope["query_string"], token)
        except _RefusedError as error:
            return problem(400, str(error), headers=limit_headers)
        if body is None:
            wait = (b"retry-after", b"2")
            return problem(503, "The first page is being prepared.", headers=[wait, *limit_headers])
        return _response(scope["method"], body, headers.get(b"if-none-match", b""), limit_headers)

    def _authenticate(
        self, scope: Scope, headers: dict[bytes, bytes]
    ) -> tuple[KnownToken | None, Allowance]:
        """Return whose request it is, and what is left to that caller."""
        options = settings.STATUSPAGE
        scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
        token = None
        if scheme.lower() == b"bearer":
            token = self._tokens.find(key.decode("latin-1").strip(), now=datetime.now(UTC))
        if token is not None:
            allowance = LIMITER.count(f"token {token.pk}", quota=options.api_requests_per_minute)
            return token, allowance
        quota = options.anonymous_requests_per_minute
        return None, LIMITER.count(stranger(address_of_scope(scope)), quota=quota)

    def _unauthenticated(self, limit_headers: list[Header]) -> ResponsePair:
        if not self._tokens.ready:
            wait = (b"retry-after", b"2")
            return problem(503, "Tokens are not known yet.", headers=[wait, *limit_headers])
        challenge = (b"www-authenticate", b"Bearer")
        detail = "Send “Authorization: Bearer KEY” with a key that is valid."
        return problem(401, detail, headers=[challenge, *limit_headers])

    def _system(self, slug: str) -> SystemStatus | None:
        """Return what is made of a page; None before its first publication. Raises
        `_RefusedError`."""
        pages = self._pages if slug == MAIN else self._pages.others.get(slug)
        if pages is None and self._pages.snapshot is not None:
            raise _RefusedError(f"page: There is no page “{slug[:40]}”.")
        snapshot = pages.snapshot if pages is not None else None
        if snapshot is None:
            return None
        made = self._made.get(slug)
        if made is None or made[0] is not snapshot:
            # Of pages that are gone nothing is kept.
            self._made = {
                each: kept
                for each, kept in self._made.items()
                if each == MAIN or each in self._pages.others
            }
            made = self._made[slug] = snapshot, SystemStatus(snapshot.state)
        return made[1]

    def _body(self, path: str, query: bytes, token: KnownToken) -> bytes | None:
        """Return the body; None before the first publication. Raises `_RefusedError`."""
        params = _parse_query(path, query)
        system = self._system(_page_param(params, token))
        if system is None:
            return None
        if path == DEPENDENCIES:
            return system.service_dependencies()
        if path == HISTORY:
            services = _list_param(params, "service") + _list_param(params, "services")
            filters = SystemStatusRequest(services=_filter(services))
            return system.history(filters, days=_days_param(params))
        filters = SystemStatusRequest(
            services=_filter(_list_param(params, "services")),
            regions=_filter(_list_param(params, "regions")),
            metrics=_flag_param(params, "includeMetrics", default=False),
            incidents=_flag_param(params, "includeIncidents", default=True),
        )
        return system.system_status(filters)


def _parse_query(path: str, query: bytes) -> list[tuple[str, str]]:
    """Return the parameters, by their names without `[]`; one that is not known is refused."""
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise _RefusedError(f"Write at most {_MAX_FIELDS} parameters.") from None
    params = [(name.removesuffix("[]"), value) for name, value in pairs]
    for name, _ in params:
        if name not in _KNOWN[path]:
            raise _RefusedError(f"{name[:60]}: There is no such parameter.")
    return params


def _page_param(params: Iterable[tuple[str, str]], token: KnownToken) -> str:
    """Return the slug of the page that is asked for: the token's own, if it is bound to one."""
    given = _list_param(params, "page")
    if len(given) > 1:
        raise _RefusedError("page: Write one page.")
    if token.page and given and given[0] != token.page:
        raise _RefusedError(f"page: This token is for the page “{token.page}” alone.")
    return token.page or (given[0] if given else MAIN)


def _list_param(params: Iterable[tuple[str, str]], param: str) -> list[str]:
    """`a&b`, `a,b` and `[]=a` alike (T03, T04)."""
    return [
        part.strip()
        for name, value in params
        if name == param
        for part in value.split(",")
        if part.strip()
    ]


def _filter(values: list[str]) -> frozenset[str] | None:
    return frozenset(values) if values else None


def _flag_param(params: Iterable[tuple[str, str]], param: str, *, default: bool) -> bool:
    value = next((value for name, value in reversed(list(params)) if name == param), None)
    if value is None:
        return default
    value = value.strip().lower()
    if value not in _TRUE | _FALSE:
        raise _RefusedError(f"{param}: write true or false.")
    return value in _TRUE


def _days_param(params: Iterable[tuple[str, str]]) -> int:
    value = next((value for name, value in reversed(list(params)) if name == "days"), "")
    if not value:
        return HISTORY_DAYS
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= HISTORY_DAYS):
        raise _RefusedError(f"days: write a number from 1 to {HISTORY_DAYS}.")
    return int(value)


def _header_pairs(allowance: Allowance) -> list[Header]:
    return [(name.lower().encode(), value.encode()) for name, value in allowance.headers.items()]


def _response(
    method: str, body: bytes, if_none_match: bytes, limit_headers: list[Header]
) -> ResponsePair:
    etag = b'"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
    common = [
        (b"etag", etag),
        (b"cache-control", CACHE_CONTROL),
        (b"vary", b"Authorization"),
        (b"x-content-type-options", b"nosniff"),
        *limit_headers,
    ]
    if if_none_match and negotiation.matches_etag(if_none_match, etag):
        start = {"type": "http.response.start", "status": 304, "headers": common}
        return start, {"type": "http.response.body", "body": b""}
    full = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *common,
    ]
    start = {"type": "http.response.start", "status": 200, "headers": full}
    return start, {"type": "http.response.body", "body": body if method == "GET" else b""}
