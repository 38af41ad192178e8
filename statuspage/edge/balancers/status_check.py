"""Answers `/status/check`: 200 or 503 by a status, for load balancers and scripts (P10).

From memory, and ready with each publication. A partial or major outage fails. Degraded, maintenance
and unknown pass unless the caller says otherwise: what nobody knows takes nothing away.
"""

from urllib.parse import parse_qsl

from components.status import Status
from statuspage.edge.pages import PublicPages, refuse_method
from statuspage.edge.problems import problem
from statuspage.edge.slug_redirects import present_slug
from statuspage.pages.face import MAIN
from statuspage.server.asgi_types import Message, ResponsePair, Scope
from statuspage.state.page_state import PageState

PATH = "/status/check"
_FAILING = (Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE)
_CHOICES = {
    Status.DEGRADED.value: Status.DEGRADED,
    Status.MAINTENANCE.value: Status.MAINTENANCE,
    Status.UNKNOWN.value: Status.UNKNOWN,
}
"""The statuses that fail where `STATUS=fail` is asked for."""
_MAX_FIELDS = 20


def page_asked_for(scope: Scope) -> str:
    """Return the slug of the page that a check names; '' for the one that it came to."""
    slug = _fields(scope).get("page", "")
    return "" if slug == MAIN else slug


def respond(scope: Scope, pages: PublicPages) -> ResponsePair:
    """Return 200 `ok`, or 503 with the status as text, of `?component=` or of the whole page."""
    if scope["method"] not in ("GET", "HEAD"):
        return refuse_method(scope["method"])
    fields = _fields(scope)
    wrong = [name for name in _CHOICES if fields.get(name, "pass") not in ("pass", "fail")]
    if wrong:
        return problem(400, f"{wrong[0]}: write fail, or pass.")
    snapshot = pages.snapshot
    if snapshot is None:
        return _text(scope, 503, Status.UNKNOWN.value)
    return _checked(scope, fields, snapshot.state)


def _checked(scope: Scope, fields: dict[str, str], state: PageState) -> ResponsePair:
    if (asked := fields.get("page", "")) not in ("", state.face.slug):
        return problem(404, f"No page is called “{asked[:100]}”.")
    slug = fields.get("component", "")
    status = _status_of(state, slug)
    if status is None:
        return problem(404, f"No component of this page is called “{slug[:100]}”.")
    failing = {each for name, each in _CHOICES.items() if fields.get(name) == "fail"}
    if status in _FAILING or status in failing:
        return _text(scope, 503, status.value)
    return _text(scope, 200, "ok")


def _fields(scope: Scope) -> dict[str, str]:
    query = scope["query_string"][:2_000].decode("latin-1")
    # Written once is enough; of what is written twice the last counts.
    return dict(parse_qsl(query, keep_blank_values=True)[:_MAX_FIELDS])


def _status_of(state: PageState, slug: str) -> Status | None:
    """Return the status of a component, also by a former slug; '' for that of the whole page."""
    if not slug:
        return state.status
    slug = present_slug(slug, state) or slug
    return next((each.status for each in state.components if each.slug == slug), None)


def _text(scope: Scope, status: int, text: str) -> ResponsePair:
    body = f"{text}\n".encode() if scope["method"] == "GET" else b""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text) + 1).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"access-control-allow-origin", b"*"),
    ]
    if status == 503:
        headers.append((b"retry-after", b"10"))
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}
