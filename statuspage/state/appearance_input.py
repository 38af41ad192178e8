"""Reads an appearance that somebody entered, and names every field that cannot be taken."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from urllib.parse import urlsplit

from components.values.time_zones import time_zone_names
from statuspage.pages.appearance import Appearance, PageLink
from statuspage.state import colours
from statuspage.state.drawings import is_png, png_bytes, sanitise_picture
from statuspage.state.own_css import sanitise_css
from statuspage.state.social_picture import check_social_picture

FONTS = {
    "system": "System",
    "humanist": "Humanist",
    "geometric": "Geometric",
    "serif": "Serif",
    "mono": "Monospaced",
}
DENSITIES = {"comfortable": "Comfortable", "compact": "Compact"}
THEMES = {"visitor": "The visitor's", "light": "Light", "dark": "Dark"}
MAX_LINKS = 6
CLOCKS = {"24": "24 hours: 14:02", "12": "12 hours: 2:02 PM"}
FIRST_DAYS = {"monday": "Monday", "sunday": "Sunday", "saturday": "Saturday"}
HISTORIES = {"90": "90 days", "60": "60 days", "30": "30 days"}
_CHOICES = {
    "font": FONTS, "density": DENSITIES, "theme": THEMES,
    "clock": CLOCKS, "first_day": FIRST_DAYS, "history": HISTORIES,
}  # fmt: skip
_PICTURES = ("logo", "logo_dark", "mail_logo", "social", "mark")
_COLOURS = ("accent", "accent_dark", "ground", "ground_dark")
_LINKS = ("header_links", "footer_links")
_LENGTHS = {"name": 100, "social_name": 100, "intro": 2_000, "footer": 2_000}
_SCHEMES = ("https", "http", "mailto")
NAMES = tuple(each.name for each in fields(Appearance))


class AppearanceError(ValueError):
    """An appearance that cannot be taken; `errors` says why, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = dict(errors)


def read_appearance(values: Mapping[str, Any]) -> Appearance:
    """Return the appearance of `values`; what is missing is as it is by default.

    Raises AppearanceError.
    """
    errors: dict[str, str] = {}
    kept: dict[str, Any] = {}
    for name, value in values.items():
        try:
            kept[name] = _read(name, value)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise AppearanceError(errors)
    return Appearance(**kept)


def stored(appearance: Appearance) -> dict[str, Any]:
    """Return what is to be stored: only what differs from the default."""
    usual = asdict(Appearance())
    values = asdict(appearance)
    return {name: value for name, value in values.items() if value != usual[name]}


def restored(values: Mapping[str, Any]) -> Appearance:
    """Return what was stored. Fields of another release are left out."""
    kept = {name: value for name, value in values.items() if name in NAMES}
    for name in _LINKS:
        kept[name] = tuple(PageLink(**each) for each in kept.get(name, ()))
    return Appearance(**kept)


def shortfalls(appearance: Appearance) -> dict[str, colours.Shortfall]:
    """Return the colours that are hard to read, by field; in the theme that they are for.

    The light accent is that of the dark theme too while that has none of its own.
    """
    found: dict[str, colours.Shortfall | None] = {}
    for theme, suffix in (("light", ""), ("dark", "_dark")):
        ground = getattr(appearance, f"ground{suffix}")
        accent = getattr(appearance, f"accent{suffix}") or appearance.accent
        if accent:
            found[f"accent{suffix}"] = colours.accent_shortfall(accent, theme, ground)
        if ground:
            found[f"ground{suffix}"] = colours.ground_shortfall(ground, theme)
    return {name: each for name, each in found.items() if each is not None}


def _read(name: str, value: Any) -> Any:
    if name not in NAMES:
        raise ValueError(f"There is no such field. There are {', '.join(NAMES)}.")
    if name in _LINKS:
        return _links(value)
    if name.startswith("show_"):
        if not isinstance(value, bool):
            raise ValueError("Write true or false.")
        return value
    if not isinstance(value, str):
        raise ValueError("Write text.")
    return _read_text(name, value)


def _read_text(name: str, value: str) -> str:
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise ValueError(f"Write one of {', '.join(_CHOICES[name])}.")
        return value
    if name in _PICTURES:
        return _picture(name, value.strip())
    if name in _COLOURS:
        return colours.parse_colour(value) if value.strip() else ""
    if name == "css":
        return sanitise_css(value)
    if name == "time_zone":
        return _time_zone(value.strip())
    if len(value) > _LENGTHS[name]:
        raise ValueError(f"At most {_LENGTHS[name]:,} characters.")
    if name in ("name", "social_name") and not value.isprintable():
        raise ValueError("Enter one line of printable characters.")
    return value.strip()


def _picture(name: str, value: str) -> str:
    if not value:
        return ""
    if name in ("mail_logo", "social") and not is_png(value):
        raise ValueError(
            "Mail programs show no SVG: give a PNG."
            if name == "mail_logo"
            else "Networks show no SVG: give a PNG."
        )
    picture = sanitise_picture(value.encode("utf-8", "replace"))
    if name == "social":
        check_social_picture(png_bytes(picture))
    return picture


def _time_zone(value: str) -> str:
    if value and value not in time_zone_names():
        raise ValueError("Write the name of a time zone, as Europe/Berlin; nothing for UTC.")
    return value


def _links(value: Any) -> tuple[PageLink, ...]:
    if not isinstance(value, list | tuple) or len(value) > MAX_LINKS:
        raise ValueError(f"Give a list of at most {MAX_LINKS} links.")
    return tuple(_link(each) for each in value)


def _link(value: Any) -> PageLink:
    label = value.get("label") if isinstance(value, Mapping) else None
    address = value.get("address") if isinstance(value, Mapping) else None
    if not isinstance(label, str) or not isinstance(address, str):
        raise ValueError("Each link has a label and an address.")
    label, address = label.strip(), address.strip()
    if not label or len(label) > 40 or not label.isprintable():
        raise ValueError("A link's label has 1 to 40 printable characters.")
    try:
        parts = urlsplit(address)
    except ValueError:
        raise ValueError(f"{label}: the address cannot be read.") from None
    whole = parts.scheme in _SCHEMES and bool(parts.netloc or parts.scheme == "mailto")
    if not whole or len(address) > 500 or not address.isprintable() or " " in address:
        raise ValueError(f"{label}: enter an address that begins with https:// or mailto:.")
    return PageLink(label, address)
