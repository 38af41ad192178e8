"""Which page a request is for: by its host, then by `/status/p/SLUG`; and the page's door.

A path is handed on as `main` would have it, so that all that answers knows one form of each
address. A private page says nothing before its door was passed: not what it shows, nor whether
what was asked for is there.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.conf import settings

from statuspage.access import passes
from statuspage.access.client_address import address_of_scope, is_passed_on
from statuspage.edge import negotiation
from statuspage.edge.balancers import status_check
from statuspage.edge.pages import PublicPages
from statuspage.edge.problems import problem
from statuspage.pages.face import BELOW, FACE, MAIN_FACE, Face, path_of, place_below, site_of
from statuspage.publishing.documents import ROBOTS, SECURITY
from statuspage.renderers.json.statuspage_v2 import PATHS as STATUSPAGE_PATHS
from statuspage.server.asgi_types import ResponsePair, Scope
from statuspage.signup.door_pages import door_page

DOOR = "/status/door"
"""Where a pass is given; whoever has none may ask there."""
_OF_PAGES = re.compile(
    r"/|/status(?:[/.].*)?|/api/v2/.*|/ws/status"
    r"|/robots\.txt|/sitemap\.xml|/\.well-known/security\.txt",
    re.DOTALL,
)
"""What a page with a host of its own answers there; all else is the installation's."""


@dataclass(frozen=True, slots=True)
class Site:
    """The page that a request is for, and the path as `main` would have it."""

    pages: PublicPages
    face: Face
    path: str
    moved: str = ""
    """Where this address of the page leads, when it has another one."""

    def scope(self, scope: Scope) -> Scope:
        """Return the scope of the request with that path.

        Django knows the installation's own hosts alone; that this one is a page's was found here.
        """
        headers = scope["headers"]
        if self.face.hosts:
            own = urlsplit(settings.STATUSPAGE.site_url).netloc.encode()
            headers = [(name, own if name == b"host" else value) for name, value in headers]
        return {
            **scope,
            "headers": headers,
            "path": self.path,
            "raw_path": self.path.encode(),
            FACE: self.face,
        }


class Sites:
    """Finds the page of a request; that of `main` is the default."""

    def __init__(self, main: PublicPages, *, clock: Callable[[], float] = time.time) -> None:
        self._main, self._clock = main, clock

    def of(self, scope: Scope) -> Site | None:
        """Return the page besides `main` that a request is for; None for `main`."""
        path: str = scope["path"]
        if path == status_check.PATH and (checked := status_check.page_asked_for(scope)):
            face, pages = self._page(checked)
            return Site(pages, face, path) if face is not None and pages is not None else None
        if self._main.hosts and (slug := self._by_host(scope)):
            return self._on_host(slug, path)
        if not path.startswith(BELOW):
            return None
        place = place_below(path)
        face, pages = self._page(place.slug) if place else (None, None)
        if place is None or face is None or pages is None:
            return None
        if face.hosts:
            return Site(pages, face, place.path, self._address(face, place.path, scope))
        return Site(pages, face, place.path)

    def named(self, slug: str) -> tuple[Face, PublicPages] | None:
        """Return the face and the bytes of a page besides `main`; None when there is none."""
        face, pages = self._page(slug)
        return (face, pages) if face is not None and pages is not None else None

    def main_face(self) -> Face:
        """Return the face of `main`, with its look and its languages as they were published."""
        snapshot = self._main.snapshot
        if snapshot is None:
            return MAIN_FACE
        state = snapshot.state
        return replace(state.face, appearance=state.appearance, languages=state.languages)

    def refuse(self, site: Site, scope: Scope) -> ResponsePair | None:
        """Return what is said at the door of a private page; None for who may enter."""
        if site.face.door is None or is_open(site.path):
            return None
        if self.pass_until(site.face, scope) is not None:
            return None
        headers = dict(scope["headers"])
        if negotiation.prefers_html(headers.get(b"accept", b"")):
            start, body = door_page(site.face, scope)
            return start, body
        challenge = (b"www-authenticate", b"Bearer")
        return problem(
            401,
            "This page is private. Open it in a browser to sign in.",
            headers=[challenge, (b"vary", b"Accept, Cookie")],
        )

    def pass_until(self, face: Face, scope: Scope) -> float | None:
        """Return until when a caller may see a page; None for who may not.

        Who is in one of its address ranges may as long as the page says so.
        """
        if face.door is None:
            return float("inf")
        if passes.is_near(face, address_of_scope(scope)) and not is_passed_on(scope):
            return float("inf")
        now = self._clock()
        for name, value in scope["headers"]:
            if name == b"cookie":
                held = passes.pass_in(value.decode("latin-1"), face)
                until = passes.pass_until(face, held, now=now) if held else None
                if until is not None:
                    return until
        return None

    @staticmethod
    def depends_on_address(face: Face) -> bool:
        """Whether who may see a page does not follow from a request's head alone."""
        return face.door is not None and bool(face.door.networks)

    def _page(self, slug: str) -> tuple[Face | None, PublicPages | None]:
        pages = self._main.others.get(slug)
        if pages is None or self._main.snapshot is None:
            return None, None
        state = self._main.snapshot.state
        face = next((each for each in state.faces if each.slug == slug), None)
        if face is not None and face.appearance is None:
            face = replace(face, appearance=state.appearance)
        return face, pages

    def _by_host(self, scope: Scope) -> str | None:
        for name, value in scope["headers"]:
            if name == b"host":
                return self._main.hosts.get(value.rpartition(b":")[0].lower() or value.lower()) or (
                    self._main.hosts.get(value.lower())
                )
        return None

    def _on_host(self, slug: str, path: str) -> Site | None:
        if not _OF_PAGES.fullmatch(path):
            return None
        face, pages = self._page(slug)
        if face is None or pages is None:
            return None
        return Site(pages, face, path)

    def _address(self, face: Face, path: str, scope: Scope) -> str:
        snapshot = self._main.snapshot
        site = site_of(snapshot.state.site_url if snapshot else "", face).rstrip("/")
        query = scope["query_string"][:500].decode("latin-1")
        target = f"{site}{path_of(face.root, path)}" + (f"?{query}" if query else "")
        return target if target.isascii() and target.isprintable() else f"{site}{face.root}"


def is_open(path: str) -> bool:
    """Whether a path says nothing of a page, so that everybody may have it: where a pass is given,
    that robots are to keep away, whom to write to; and where programs of mail unsubscribe a reader
    (RFC 8058)."""
    return path.startswith((f"{DOOR}/", "/status/unsubscribe/")) or path in (DOOR, ROBOTS, SECURITY)


PAGE = ("/status", "/status/")
_REDIRECT: ResponsePair = (
    {
        "type": "http.response.start",
        "status": 307,
        "headers": [(b"location", b"/status"), (b"content-length", b"0")],
    },
    {"type": "http.response.body", "body": b""},
)


def ready_response(scope: Scope, pages: PublicPages) -> ResponsePair | None:
    """Return what a page has ready for a path, which is written as `main` would have it."""
    path = scope["path"]
    if path in PAGE:
        return pages.status(scope)
    if path == "/status/api":
        return pages.api(scope)
    if path == status_check.PATH:
        return status_check.respond(scope, pages)
    if path.startswith("/status/incidents/"):
        return pages.incident(scope)
    if path in STATUSPAGE_PATHS:
        return pages.api(scope, path)
    return _REDIRECT if path == "/" else None


def moved_to(address: str) -> ResponsePair:
    """Return the redirect to where a page lies."""
    headers = [
        (b"location", address.encode()),
        (b"content-length", b"0"),
        (b"cache-control", b"no-store"),
    ]
    start = {"type": "http.response.start", "status": 307, "headers": headers}
    return start, {"type": "http.response.body", "body": b""}
