"""What an appearance adds to the pages: a sheet of its own, pictures, links.

A page that nobody has touched gets nothing of it: its bytes and its policy stay as they are.
Pictures are `data:` addresses in `<img>`, where not even a drawing that acts could act.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from django.conf import settings
from django.utils.safestring import SafeString

from components.status import Status
from statuspage.pages.appearance import Appearance
from statuspage.renderers.html.csp import DAYS, policy
from statuspage.renderers.html.escaping import escape_text
from statuspage.renderers.html.icons import FAVICONS, TAB_COLOURS, shape
from statuspage.renderers.html.markdown import render_markdown

_FONTS = {
    "humanist": "Seravek,'Gill Sans Nova',Ubuntu,Calibri,'DejaVu Sans',sans-serif",
    "geometric": "Avenir,Montserrat,Corbel,'URW Gothic',sans-serif",
    "serif": "'Iowan Old Style','Palatino Linotype',Georgia,serif",
    "mono": "ui-monospace,'Cascadia Code',Menlo,Consolas,monospace",
}
_COMPACT = (
    ".c{padding-block:10px 12px}.bars{height:24px;margin-top:8px}.group,.past{margin-top:24px}"
)
_LOGO = (
    ".logo{height:32px;max-width:min(200px,30vw);object-fit:contain}.logo.sq{width:28px;height:28px}"
    ".intro,.own{margin-bottom:16px}.top .ext{grid-column:2/-1;justify-content:end}"
    ".top .ext a{padding:14px 0 4px;border:0}.ext+nav{grid-column:1/3;justify-content:start}"
    ".top .ext+nav a{padding:8px 0 9px}"
    "@media(max-width:600px){.top .ext{display:none}.top .ext+nav{grid-column:1/-1}}"
)
_DARK_LOGO = ".logo.dk{display:none}"


def own_policy(appearance: Appearance) -> str:
    """Return the Content-Security-Policy of pages that look so; '' for the usual one."""
    sheet = brand_sheet(appearance)
    days = int(appearance.history)
    if not sheet and days == DAYS:
        return ""
    return policy(remote_images=settings.STATUSPAGE.allow_remote_images, own_style=sheet, days=days)


@lru_cache(maxsize=256)
def brand_sheet(appearance: Appearance) -> str:
    """Return the sheet that comes after the page's own; '' for a page that nobody has touched."""
    if appearance == Appearance(name=appearance.name):
        return ""
    light = _colours(appearance.accent, appearance.ground)
    dark = _colours(
        appearance.accent_dark or appearance.accent,
        appearance.ground_dark or ("var(--own-dark)" if appearance.ground else ""),
    ).replace("--ground:var(--own-dark)", "--ground:#0b0e12")
    has_dark_logo = bool(appearance.logo and appearance.logo_dark)
    if has_dark_logo:
        dark_logo = "%s .logo.lt{display:none}%s .logo.dk{display:inline}"
        by_choice = dark_logo.replace("%s", ":root[data-theme=dark]")
        by_system = dark_logo.replace("%s", ":root:not([data-theme=light])")
    parts = [
        f":root{{{light}}}" if light else "",
        f"@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f":root[data-theme=dark]{{{dark}}}"
        if dark
        else "",
        f"body{{font-family:{_FONTS[appearance.font]}}}" if appearance.font in _FONTS else "",
        _COMPACT if appearance.density == "compact" else "",
        _LOGO,
        f"{_DARK_LOGO}@media(prefers-color-scheme:dark){{{by_system}}}{by_choice}"
        if has_dark_logo
        else "",
        appearance.css,
    ]
    return "".join(parts)


@lru_cache(maxsize=256)
def banner_sheet(look: Appearance) -> str:
    """Return what the banner of a page that looks so wears of it: accent, font, the mark's size."""
    dark = f"a{{color:{look.accent_dark or look.accent}}}" if look.accent else ""
    parts = [
        f"a{{color:{look.accent}}}@media(prefers-color-scheme:dark){{{dark}}}" if dark else "",
        f"body{{font-family:{_FONTS[look.font]}}}" if look.font in _FONTS else "",
        ".mark{width:20px;height:20px;flex:none;object-fit:contain}" if look.mark else "",
    ]
    return "".join(parts)


def _colours(accent: str, ground: str) -> str:
    pairs = (
        ("brand", accent), ("focus", accent), ("on-brand", "var(--paper)" if accent else ""),
        ("ground", ground),
    )  # fmt: skip
    return ";".join(f"--{name}:{value}" for name, value in pairs if value)


@lru_cache(maxsize=256)
def picture_address(picture: str) -> str:
    """Return the `data:` address of a sanitised picture, valid in an attribute as it is."""
    if picture.startswith("data:"):
        return picture
    return "data:image/svg+xml," + quote(picture.replace('"', "'"), safe="/:=;,()'")


def favicon(appearance: Appearance, status: Status) -> SafeString:
    """Return the tab's icon: the mark with the status on its corner, or the status alone."""
    return _marked(appearance.mark, status) if appearance.mark else FAVICONS[status]


def favicon_file(appearance: Appearance, status: Status) -> bytes:
    """Return the tab's icon as a file (SVG), for what has no head to name it."""
    return unquote(favicon(appearance, status).partition(",")[2]).encode()


def picture_file(picture: str) -> bytes:
    """Return a sanitised picture as an SVG file, a PNG within one."""
    if not picture.startswith("data:"):
        return picture.encode()
    return (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'>"
        f"<image width='20' height='20' href='{_escaped(picture)}'/></svg>"
    ).encode()


@lru_cache(maxsize=256)
def _marked(mark: str, status: Status) -> SafeString:
    corner = shape(status, paper="#fff").replace("currentColor", TAB_COLOURS[status])
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'>"
        f"<image width='20' height='20' href='{_escaped(picture_address(mark))}'/>"
        "<circle cx='14.5' cy='14.5' r='6' fill='#fff'/>"
        f"<svg x='9.5' y='9.5' width='10' height='10' viewBox='0 0 20 20'>{corner}</svg></svg>"
    )
    return SafeString("data:image/svg+xml," + quote(drawing.replace('"', "'"), safe="/:=;,()'"))


def _escaped(address: str) -> str:
    return address.replace("&", "&amp;").replace("'", "%27")


def brand_values(appearance: Appearance, name: str) -> dict[str, Any]:
    """Return the values of the templates: the page's `name` is the pictures' text."""
    return {
        "brand_sheet": SafeString(brand_sheet(appearance)),
        "theme": "" if appearance.theme == "visitor" else appearance.theme,
        "wordmark": bool(appearance.logo),
        "logo": SafeString(_logo(appearance, name)),
        "header_links": appearance.header_links,
        "footer_links": appearance.footer_links,
        "intro": render_markdown(appearance.intro),
        "own_footer": render_markdown(appearance.footer),
        "staff_link": appearance.show_staff_link,
    }


def _logo(appearance: Appearance, name: str) -> str:
    """Return the header's picture; '' for the product's own mark."""
    if appearance.logo:
        light = _image(appearance.logo, "logo lt", name)
        dark = _image(appearance.logo_dark, "logo dk", name) if appearance.logo_dark else ""
        return light + dark
    return _image(appearance.mark, "logo sq", "") if appearance.mark else ""


def _image(picture: str, classes: str, name: str) -> str:
    return f'<img class="{classes}" alt="{escape_text(name)}" src="{picture_address(picture)}">'
