"""Rendering of the sign-up's pages in the style and the look of the public page, without other
requests."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.utils.safestring import SafeString

from components.languages import template_tags
from components.languages.names import NAMES, chosen_language
from components.languages.registry import words_of
from components.languages.words import ENGLISH, Words
from components.status import Status
from statuspage.pages.appearance import USUAL
from statuspage.pages.face import MAIN, MAIN_FACE, Face
from statuspage.renderers.html.appearance.brand import brand_sheet, brand_values, favicon
from statuspage.renderers.html.assets import embedded
from statuspage.renderers.html.csp import STORY_STYLE, STYLE, policy_for
from statuspage.renderers.html.layout import with_language
from statuspage.renderers.html.links import rebased
from statuspage.server.asgi_types import Scope
from statuspage.state.faces import main_look

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_ENGINE = Engine(dirs=[str(_TEMPLATES)], autoescape=True, builtins=template_tags.BUILTINS)
_SHEET = STORY_STYLE + STYLE + embedded("subscribe/form.css")
_SHEETS = {"door": _SHEET + embedded("subscribe/door.css")}
"""Those of pages that have more."""


def page(
    name: str,
    *,
    status: int = 200,
    face: Face | None = None,
    words: Words = ENGLISH,
    **values: Any,
) -> HttpResponse:
    """Return a page from `templates/subscribe`, not to be cached: its address may be a secret.

    `face` is that of the page that it belongs to, None for `main`: with the look that it wears no
    database is asked. `words` are those that `words_of_request` found.
    """
    face = face or MAIN_FACE
    if face.slug == MAIN and face.appearance is None:
        face = replace(face, appearance=main_look())
    look, sheet = face.appearance or USUAL, _SHEETS.get(name, _SHEET)
    brand = name_of(face).strip() or "Status"
    context = Context(
        {
            "brand": brand,
            "brand_suffix": "" if brand.lower().endswith("status") else words("status"),
            "style": SafeString(sheet),
            "favicon": favicon(look, Status.OPERATIONAL),
            "here": "subscribe",
            "words": words,
            **brand_values(look, brand),
            **values,
        },
        use_l10n=False,
        use_tz=False,
    )
    html = _ENGINE.get_template(f"subscribe/{name}.html").render(context)
    response = HttpResponse(rebased(with_language(html, words).encode(), face.root))
    response.status_code = status
    response["Content-Security-Policy"] = policy_for(sheet, brand_sheet(look))
    response["Content-Language"] = words.tag
    response["Vary"] = "Accept-Language"
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def words_of_request(request: HttpRequest, face: Face, reader: str = "") -> Words:
    """Return the words of an answer to a request on a page: of the language that its address names,
    else of the `reader` whom we know, else of what the browser prefers, else of the page itself."""
    accepted = request.headers.get("Accept-Language", "")
    return _words(request.GET.getlist("lang"), accepted, face, reader)


def words_of_scope(scope: Scope, face: Face) -> Words:
    """Return the same for what is answered before Django."""
    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    query = parse_qs(scope["query_string"].decode("latin-1")[:1000])
    return _words(query.get("lang", []), accepted, face)


def _words(wanted: Sequence[str], accept_language: str, face: Face, reader: str = "") -> Words:
    offered = languages_of(face)
    tag = chosen_language(
        [*reversed(wanted[:20])], "" if reader else accept_language[:500], offered
    )
    if tag:
        return words_of(tag, explicit=True)
    return words_of(reader if reader in NAMES else offered[0])


def languages_of(face: Face, chosen: str = "") -> tuple[str, ...]:
    """Return the languages that a page offers, with the one that is `chosen` already."""
    offered = face.languages or tuple(NAMES)
    return (*offered, chosen) if chosen in NAMES and chosen not in offered else offered


def name_of(face: Face) -> str:
    """Return the name that a page is known by: its own, that of its look, or that of the site."""
    look = face.appearance or USUAL
    return face.name or look.name or str(settings.STATUSPAGE.site_name)
