"""Redirects addresses of a component's former slugs: badges and feeds stand in other pages."""

import re
from urllib.parse import quote

from statuspage.edge.pages import CORS_HEADERS
from statuspage.pages.face import Face, path_of
from statuspage.server.asgi_types import ResponsePair, Scope
from statuspage.state.page_state import PageState

_PATH = re.compile(r"/status/components/([-a-zA-Z0-9_]{1,100})(/[a-z./]{0,40})?")
_PARAM = re.compile(rb"(?:.*&)?component=([-a-zA-Z0-9_]{1,100})(?:&.*)?")
_EMPTY_BODY = {"type": "http.response.body", "body": b""}


def redirect(scope: Scope, state: PageState) -> ResponsePair | None:
    """Return the redirect to a component's present slug; None for any other address.

    A slug that another component has by now is that one's. What is hidden redirects nowhere.
    """
    path, query = scope["path"], scope["query_string"][:500]
    if match := _PATH.fullmatch(path):
        if slug := present_slug(match[1], state):
            return _moved(state.face, f"/status/components/{slug}{match[2] or ''}", query)
    elif path.startswith("/status/history") and (param := _PARAM.fullmatch(query)):
        former = param[1].decode("ascii")
        if slug := present_slug(former, state):
            start, end = param.span(1)
            return _moved(state.face, path, query[:start] + slug.encode() + query[end:])
    return None


def present_slug(slug: str, state: PageState) -> str:
    """Return the present slug of the component that had `slug`; '' for none, or one that has it."""
    former = ""
    for component in state.nameable:
        if component.slug == slug:
            return ""
        if slug in component.former_slugs:
            former = component.slug
    return former


def _moved(face: Face, path: str, query: bytes) -> ResponsePair:
    path = path_of(face.root, path)
    location = quote(path) + (f"?{quote(query.decode('latin-1'), safe='=&-_.~%')}" if query else "")
    start = {
        "type": "http.response.start",
        # Permanent, but not for ever: the slug may be given to another component.
        "status": 308,
        "headers": [
            (b"location", location.encode("ascii")),
            (b"content-length", b"0"),
            (b"cache-control", b"no-store" if face.is_private else b"public, max-age=3600"),
            *CORS_HEADERS,
        ],
    }
    return start, _EMPTY_BODY
