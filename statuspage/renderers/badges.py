"""SVG badges, drawn here: the subject on the left, its value on the right, by shape too."""

import unicodedata

from components.markup.characters import cut
from components.status import Status, worst
from statuspage.pages.appearance import Appearance
from statuspage.renderers.html.escaping import clean, escape_text
from statuspage.renderers.html.icons import shape
from statuspage.renderers.html.numbers import is_silent, latency, uptime
from statuspage.renderers.scope import Scope
from statuspage.state.colours import NEEDED, contrast
from statuspage.state.joint_uptime import joint_uptime

SVG = "image/svg+xml"
_COLOURS = {
    Status.OPERATIONAL: "#15743a",
    Status.DEGRADED: "#8a5a00",
    Status.PARTIAL_OUTAGE: "#b8400a",
    Status.MAJOR_OUTAGE: "#b9121f",
    Status.MAINTENANCE: "#1f55bd",
    Status.UNKNOWN: "#5d6875",
}
"""White reads on each of them with a contrast of 5 and more."""
_SIZE = 11
_NARROW, _WIDE = "iljtfrI.,:;'|!()[] ", "mwMW%@"
_MAX_LENGTH = 60


def status_badge(scope: Scope) -> bytes:
    """Return the badge of the current status."""
    if _is_retired(scope):
        return _badge(scope, _subject(scope), scope.words("Retired"), Status.UNKNOWN)
    status = _status(scope)
    return _badge(scope, _subject(scope), scope.words(status.label), status, with_icon=True)


def uptime_badge(scope: Scope) -> bytes:
    """Return the uptime of a component, or that of a group's or the page's together."""
    words = scope.words
    if _is_retired(scope):
        return _badge(
            scope, words("{name} uptime", name=_subject(scope)), words("retired"), Status.UNKNOWN
        )
    each = scope.component
    percent = each.uptime if each else joint_uptime(scope.components)
    subject = words("{name} uptime, 90 days", name=_subject(scope))
    return _badge(scope, subject, uptime(percent, words) or words("no data yet"), None)


def response_badge(scope: Scope) -> bytes:
    """Return a component's newest response time; for several components: their median."""
    words = scope.words
    subject = words("{name} response time", name=_subject(scope))
    if _is_retired(scope):
        return _badge(scope, subject, words("retired"), Status.UNKNOWN)
    known = sorted(
        each.latency_ms
        for each in scope.components
        if each.latency_ms is not None and not is_silent(each)
    )
    value = known[len(known) // 2] if known else None
    return _badge(scope, subject, latency(value, words) or words("not measured"), None)


def _is_retired(scope: Scope) -> bool:
    return scope.component is not None and scope.component.retired_at is not None


def _status(scope: Scope) -> Status:
    if scope.part:
        return worst(each.status for each in scope.components)
    return scope.state.status if scope.components else Status.UNKNOWN


def _subject(scope: Scope) -> str:
    name = clean(scope.part.name if scope.part else scope.state.site_name).strip()
    return cut(name, _MAX_LENGTH)


def _ground(look: Appearance) -> str:
    """Return the colour behind the subject: the page's accent, if white reads on it."""
    accent = look.accent
    return accent if accent and contrast(accent, "#ffffff") >= NEEDED else "#4a5361"


def _badge(
    scope: Scope, subject: str, value: str, status: Status | None, *, with_icon: bool = False
) -> bytes:
    icon_width = 17 if with_icon else 0
    left, right = _width(subject) + 14, _width(value) + 14 + icon_width
    colour = _COLOURS[status] if status else "#2b3440"
    ground, icon = _ground(scope.state.appearance), ""
    if status and with_icon:
        icon = (
            f'<svg x="{left + 6}" y="4" width="13" height="13" viewBox="0 0 20 20"'
            f' color="#fff">{shape(status, paper=colour)}</svg>'
        )
    label = f"{escape_text(subject)}: {escape_text(value)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="21" role="img"'
        f' aria-label="{label}"><title>{label}</title>'
        f'<clipPath id="r"><rect width="{left + right}" height="21" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><path fill="{ground}" d="M0 0h{left}v21H0z"/>'
        f'<path fill="{colour}" d="M{left} 0h{right}v21H{left}z"/></g>'
        '<g fill="#fff" font-family="system-ui,Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{_text(subject, x=7, length=left - 14)}{icon}"
        f"{_text(value, x=left + 7 + icon_width, length=right - 14 - icon_width)}</g></svg>"
    ).encode("utf-8", "replace")


def _text(text: str, *, x: int, length: int) -> str:
    # Letters that are joined stay joined: glyphs are stretched with the spaces between them.
    joined = any(each > "\u02ff" for each in text)
    adjust = ' lengthAdjust="spacingAndGlyphs"' if joined else ""
    return f'<text x="{x}" y="14.5" textLength="{length}"{adjust}>{escape_text(text)}</text>'


def _width(text: str) -> int:
    """About what Verdana at 11 px takes; `textLength` makes every other font fit it."""
    return round(sum(map(_letter_width, text)) or 1)


def _letter_width(letter: str) -> float:
    """Return a letter's width by its class, in px: measured in Verdana and in Noto's fonts."""
    if letter <= "\u02ff":
        return 3.9 if letter in _NARROW else 10.5 if letter in _WIDE else 7
    if unicodedata.east_asian_width(letter) in ("W", "F"):
        # As wide as the letter is high (UAX #11), pictures a little more.
        return _SIZE + 1.5 if letter >= "\U0001f000" else _SIZE
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    if unicodedata.category(letter) == "Lu":
        return 8.2
    return 7.5
