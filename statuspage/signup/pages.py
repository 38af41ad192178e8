"""Rendering of the sign-up's pages in the style of the public page, without other requests."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template import Context, Engine
from django.utils.safestring import SafeString

from components.languages import template_tags
from components.status import Status
from statuspage.pages.face import MAIN_FACE, Face
from statuspage.renderers.html.assets import embedded
from statuspage.renderers.html.csp import STORY_STYLE, STYLE, policy_for
from statuspage.renderers.html.icons import FAVICONS
from statuspage.renderers.html.links import rebased

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_ENGINE = Engine(dirs=[str(_TEMPLATES)], autoescape=True, builtins=template_tags.BUILTINS)
_SHEET = STORY_STYLE + STYLE + embedded("subscribe/form.css")
_POLICY = policy_for(_SHEET)


def page(name: str, *, status: int = 200, face: Face = MAIN_FACE, **values: Any) -> HttpResponse:
    """Return a page from `templates/subscribe`, not to be cached: its address may be a secret."""
    brand = (face.name or settings.STATUSPAGE.site_name).strip() or "Status"
    context = Context(
        {
            "brand": brand,
            "brand_suffix": "" if brand.lower().endswith("status") else "status",
            "style": SafeString(_SHEET),
            "favicon": FAVICONS[Status.OPERATIONAL],
            "here": "subscribe",
            **values,
        },
        use_l10n=False,
        use_tz=False,
    )
    html = _ENGINE.get_template(f"subscribe/{name}.html").render(context).encode()
    response = HttpResponse(rebased(html, face.root))
    response.status_code = status
    response["Content-Security-Policy"] = _POLICY
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
