"""The banner for other sites: a page to put into a frame, and a script that needs no frame."""

import json
from pathlib import Path

from django.template import Context, Engine
from django.utils.safestring import SafeString

from components.languages import template_tags
from components.languages.vocabulary import STATUSES
from components.languages.words import ENGLISH, Words, msg
from components.status import Status
from statuspage.pages.appearance import Appearance
from statuspage.renderers.html.appearance.brand import banner_sheet, picture_address
from statuspage.renderers.html.assets import embedded
from statuspage.renderers.html.csp import csp_hash
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.headline import headline, is_empty
from statuspage.renderers.html.icons import shape
from statuspage.renderers.scope import link
from statuspage.state.page_state import PageState

JAVASCRIPT = "text/javascript; charset=utf-8"

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_SEE = msg("See the status page")
_STYLE = embedded("page/banner.css")
_FRAME = Engine(
    dirs=[str(_TEMPLATES)], autoescape=True, builtins=template_tags.BUILTINS
).get_template("page/banner.html")
SCRIPT = embedded("page/banner.js").encode()
_RELOAD_SCRIPT = "setTimeout(()=>location.reload(),6e4)"
POLICY = (
    f"default-src 'none'; style-src {csp_hash(_STYLE)}; script-src {csp_hash(_RELOAD_SCRIPT)};"
    " base-uri 'none'; form-action 'none'; frame-ancestors *"
)
"""Unlike every other page of ours it may be framed by anybody: that is what it is for."""


def banner_script(words: Words = ENGLISH) -> bytes:
    """Return the script that other sites load."""
    if words.is_english and not words.explicit:
        return SCRIPT
    texts = {text: words.text(text) for text in (*STATUSES, _SEE)}
    table = json.dumps({"lang": words.tag, "dir": words.direction, "texts": texts})
    # The script reads it where it begins, and takes it away: two of them may be in one site.
    return f"window.statuspageWords={table};".encode() + SCRIPT


def banner_policy(look: Appearance) -> str:
    """Return the Content-Security-Policy of the frame of a page that looks so."""
    sheet = banner_sheet(look)
    own = f" {csp_hash(sheet)}" if sheet else ""
    pictures = " img-src data:;" if look.mark else ""
    return POLICY.replace(csp_hash(_STYLE) + ";", f"{csp_hash(_STYLE)}{own};{pictures}")


def banner_page(state: PageState, words: Words = ENGLISH) -> bytes:
    """Return the page that other sites put into a frame."""
    sentence = headline(state, words)
    status = Status.UNKNOWN if is_empty(state) else state.status
    drawing = (
        '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">'
        f"{shape(status, paper='var(--paper)')}</svg>"
    )
    values = {
        "words": words,
        "title": f"{sentence.label} · {clean(state.site_name)}",
        "style": SafeString(_STYLE),
        "brand_sheet": SafeString(banner_sheet(state.appearance)),
        "mark": picture_address(state.appearance.mark) if state.appearance.mark else "",
        "script": SafeString(_RELOAD_SCRIPT),
        "status": status,
        "icon": SafeString(drawing),
        "label": sentence.label,
        "answer": sentence.text(today=state.today_in(words), words=words),
        "address": link(state, f"/status?lang={words.tag}" if words.explicit else "/status"),
    }
    html: str = _FRAME.render(Context(values, use_l10n=False, use_tz=False))
    return html.encode("utf-8", "replace")
