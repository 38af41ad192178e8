"""The form of an appearance: what was entered, and what stands beside its fields."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext, gettext_noop

from components.backoffice.sentences import localized
from components.values.time_zones import time_zone_names
from statuspage.pages.appearance import Appearance
from statuspage.renderers.html.appearance.brand import picture_address
from statuspage.state.appearance_input import (
    CLOCKS,
    DENSITIES,
    FIRST_DAYS,
    FONTS,
    HISTORIES,
    MAX_LINKS,
    NAMES,
    THEMES,
    AppearanceError,
    read_appearance,
    shortfalls,
)
from statuspage.state.colours import NEEDED, Shortfall, parse_colour
from statuspage.state.drawings import MAX_BYTES, is_png, sanitise_picture
from statuspage.state.social_picture import DRAWN_OF

_PICTURES = {
    "logo": gettext_noop("Logo, light"),
    "logo_dark": gettext_noop("Logo, dark"),
    "mark": gettext_noop("Mark"),
}
_COLOURS = {
    "accent": (
        gettext_noop("Accent, light theme"),
        gettext_noop("Buttons, the current tab, focus"),
    ),
    "accent_dark": (gettext_noop("Accent, dark theme"), gettext_noop("Empty: the same")),
    "ground": (gettext_noop("Ground, light theme"), gettext_noop("Behind the cards")),
    "ground_dark": (gettext_noop("Ground, dark theme"), gettext_noop("Behind the cards")),
}
_SHOWN = {
    "show_uptime": gettext_noop("Uptime"), "show_response": gettext_noop("Response times"),
    "show_sparklines": gettext_noop("The last day's response times as a line"),
    "show_regions": gettext_noop("Regions"),
    "show_past": gettext_noop("Past incidents of the last 14 days"),
    "show_staff_link": gettext_noop("Link to the staff's log-in"),
}  # fmt: skip
_CHOICES = {
    "theme": (gettext_noop("Theme"), THEMES),
    "font": (gettext_noop("Font"), FONTS),
    "density": (gettext_noop("Density"), DENSITIES),
    "clock": (gettext_noop("Clock"), CLOCKS),
    "first_day": (gettext_noop("Week begins on"), FIRST_DAYS),
    "history": (gettext_noop("Days of bars and uptime"), HISTORIES),
}
_TEXTS = ("intro", "footer", "css", "time_zone")
_LINKS = {"header_links": gettext_noop("Header"), "footer_links": gettext_noop("Footer")}


def entered(request: HttpRequest, look: Appearance) -> Appearance:
    """Return what the form says; pictures that it does not mention stay as `look` has them.

    Raises AppearanceError.
    """
    data = request.POST
    values: dict[str, Any] = {name: data.get(name, "") for name in ("name", *_COLOURS, *_TEXTS)}
    values |= {name: data.get(name) or getattr(look, name) for name in _CHOICES}
    values |= {name: name in data for name in _SHOWN}
    for name in _LINKS:
        values[name] = [
            {"label": label, "address": address}
            for label, address in _pairs(data, name)
            if label or address
        ]
    errors: dict[str, str] = {}
    for name in _PICTURES:
        file = request.FILES.get(name)
        if file is not None:
            try:
                values[name] = sanitise_picture(file.read(MAX_BYTES + 1))
            except ValueError as error:
                errors[name] = str(error)
        else:
            values[name] = "" if f"{name}_remove" in data else getattr(look, name)
    values |= _social(data, values, look)
    values["mail_logo"] = _mail_logo(data.get("mail_logo", ""), values, look)
    try:
        read = read_appearance(values)
    except AppearanceError as error:
        raise AppearanceError({**error.errors, **errors}) from None
    if errors:
        raise AppearanceError(errors)
    return read


def _mail_logo(drawn: str, values: Mapping[str, Any], look: Appearance) -> str:
    """Return the picture that mails wear: as the form's script drew it, or a PNG as it is."""
    picture = values.get("logo") or values.get("mark") or ""
    if not picture:
        return ""
    if drawn:
        return drawn
    if picture == (look.logo or look.mark):
        return look.mail_logo
    return picture if is_png(picture) else ""


def _social(data: Mapping[str, str], values: Mapping[str, Any], look: Appearance) -> dict[str, str]:
    """Return the picture beside links and the name that it shows: as the form's script drew it, or
    the present one as long as what that was drawn of is the same."""
    if data.get("social"):
        return {"social": data["social"], "social_name": data.get("social_name", "")}
    same = all(values.get(name, "") == getattr(look, name) for name in DRAWN_OF)
    if not same:
        return {"social": "", "social_name": ""}
    return {"social": look.social, "social_name": look.social_name}


def changed_fields(look: Appearance, wanted: Appearance) -> list[str]:
    """Return the names of the fields that differ."""
    return sorted(name for name in NAMES if getattr(look, name) != getattr(wanted, name))


def in_words(error: AppearanceError) -> dict[str, str]:
    """Return what is wrong with each field, in the language of the admin's reader."""
    return {name: localized(told) for name, told in error.errors.items()}


def checked(request: HttpRequest, look: Appearance) -> dict[str, Any]:
    """Return what stands beside the form's fields as they are now, for its script."""
    try:
        wanted = entered(request, look)
    except AppearanceError as error:
        return {"errors": in_words(error), "short": _short(_readable(request.POST))}
    return {
        "errors": {},
        # What the script draws is no change of its own.
        "changes": len(set(changed_fields(look, wanted)) - {"mail_logo", "social", "social_name"}),
        "short": _short(wanted),
        "pictures": {name: _address(wanted, name) for name in _PICTURES},
    }


def fields(
    look: Appearance, *, posted: QueryDict | None = None, errors: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the values of the form's template: of `posted`, or else of the look."""
    refused = errors or {}

    def value(name: str) -> Any:
        return posted.get(name, "") if posted is not None else getattr(look, name)

    short = _short(look if posted is None else _readable(posted))
    return {
        "errors": refused,
        "texts": {name: value(name) for name in ("name", *_TEXTS)},
        "has_mail_logo": bool(look.mail_logo),
        "has_social": bool(look.social),
        "social_name": look.social_name,
        "zones": sorted(time_zone_names()),
        "colours": [
            (name, gettext(label), gettext(told), value(name), short.get(name), refused.get(name))
            for name, (label, told) in _COLOURS.items()
        ],
        "pictures": [
            (name, gettext(label), _address(look, name), refused.get(name))
            for name, label in _PICTURES.items()
        ],
        "type": [_choice(name, value(name)) for name in ("theme", "font", "density")],
        "times": [_choice(name, value(name)) for name in ("clock", "first_day")],
        "history": _choice("history", value("history")),
        "shown": [
            (name, gettext(label), name in posted if posted is not None else getattr(look, name))
            for name, label in _SHOWN.items()
        ],
        "links": [
            (name, gettext(label), _link_rows(name, look, posted), refused.get(name))
            for name, label in _LINKS.items()
        ],
    }  # fmt: skip


def _choice(name: str, value: str) -> tuple[str, str, list[tuple[str, str, bool]]]:
    label, options = _CHOICES[name]
    return (
        name,
        gettext(label),
        [(key, gettext(text), value == key) for key, text in options.items()],
    )


def _readable(data: QueryDict) -> Appearance:
    """Return the colours that can be read, whatever else cannot be taken."""
    colours: dict[str, Any] = {}
    for name in _COLOURS:
        with suppress(ValueError):
            colours[name] = parse_colour(data.get(name, ""))
    return Appearance(**colours)


def _short(look: Appearance) -> dict[str, dict[str, str]]:
    return {name: _told(each) for name, each in shortfalls(look).items()}


def _told(short: Shortfall) -> dict[str, str]:
    """Return what is said of a colour that is hard to read, and of the nearest that is not."""
    return {
        "told": (
            gettext("Hard to read in the dark theme.")
            if short.theme == "dark"
            else gettext("Hard to read in the light theme.")
        ),
        "ratio": gettext("It reaches {ratio} : 1 and needs {needed} : 1.").format(
            ratio=f"{short.ratio:.1f}", needed=NEEDED
        ),
        "use": short.nearest,
        "button": gettext("Use {colour} ({ratio} : 1)").format(
            colour=short.nearest, ratio=f"{short.nearest_ratio:.1f}"
        ),
    }


def _address(look: Appearance, name: str) -> str:
    picture = getattr(look, name)
    return picture_address(picture) if picture else ""


def _pairs(data: QueryDict, name: str) -> list[tuple[str, str]]:
    labels, addresses = data.getlist(f"{name}_label"), data.getlist(f"{name}_address")
    return list(zip(labels, addresses, strict=False))


def _link_rows(name: str, look: Appearance, posted: QueryDict | None) -> list[tuple[str, str]]:
    if posted is not None:
        rows = _pairs(posted, name)
    else:
        rows = [(each.label, each.address) for each in getattr(look, name)]
    return (rows + [("", "")] * MAX_LINKS)[:MAX_LINKS]
