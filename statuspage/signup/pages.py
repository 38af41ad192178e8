"""Rendering of the sign-up's pages in the style and the look of the public page, without other
requests."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template import Context, Engine
from django.utils.safestring import SafeString

from components.languages import template_tags
from components.status import Status
from statuspage.pages.appearance import USUAL
from statuspage.pages.face import MAIN_FACE, Face
from statuspage.renderers.html.appearance.brand import brand_sheet, brand_values, favicon
from statuspage.renderers.html.assets import embedded
from statuspage.renderers.html.csp import STORY_STYLE, STYLE, policy_for
from statuspage.renderers.html.links import rebased
from statuspage.state.faces import main_look

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_ENGINE = Engine(dirs=[str(_TEMPLATES)], autoescape=True, builtins=template_tags.BUILTINS)
_SHEET = STORY_STYLE + STYLE + embedded("subscribe/form.css")


def page(name: str, *, status: int = 200, face: Face | None = None, **values: Any) -> HttpResponse:
    """Return a page from `templates/subscribe`, not to be cached: its address may be a secret.

    `face` is that of the page that it belongs to, with the look that it wears: with one no database
    is asked. None is for `main`.
    """
    face = face or replace(MAIN_FACE, appearance=main_look())
    look = face.appearance or USUAL
    brand = name_of(face).strip() or "Status"
    context = Context(
        {
            "brand": brand,
            "brand_suffix": "" if brand.lower().endswith("status") else "status",
            "style": SafeString(_SHEET),
            "favicon": favicon(look, Status.OPERATIONAL),
            "here": "subscribe",
            **brand_values(look, brand),
            **values,
        },
        use_l10n=False,
        use_tz=False,
    )
    html = _ENGINE.get_template(f"subscribe/{name}.html").render(context).encode()
    response = HttpResponse(rebased(html, face.root))
    response.status_code = status
    response["Content-Security-Policy"] = policy_for(_SHEET, brand_sheet(look))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def name_of(face: Face) -> str:
    """Return the name that a page is known by: its own, that of its look, or that of the site."""
    look = face.appearance or USUAL
    return face.name or look.name or str(settings.STATUSPAGE.site_name)
