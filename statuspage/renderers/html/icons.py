"""One shape for each status: a status is never shown by colour alone.

The shapes are drawn on a field of 20 x 20, in `currentColor` with the page's paper on top.
"""

from collections.abc import Iterable
from urllib.parse import quote

from django.utils.safestring import SafeString

from components.status import Status

_MARK = 'fill="none" stroke="var(--paper)" stroke-width="2" stroke-linecap="round"'
_SHAPES = {
    Status.OPERATIONAL: (
        '<circle cx="10" cy="10" r="8.5" fill="currentColor"/>'
        f'<path d="M6.2 10.4l2.6 2.6 5-5.6" stroke-linejoin="round" {_MARK}/>'
    ),
    Status.DEGRADED: (
        '<circle cx="10" cy="10" r="8.5" fill="currentColor"/>'
        f'<path d="M5.5 11c1.5-3 3-3 4.5 0s3 3 4.5 0" {_MARK}/>'
    ),
    Status.PARTIAL_OUTAGE: (
        '<path d="M10 2.2l8.4 15H1.6z" fill="currentColor" stroke="currentColor"'
        ' stroke-width="1.6" stroke-linejoin="round"/>'
        f'<path d="M10 7.6v4.4M10 14.9v.1" {_MARK}/>'
    ),
    Status.MAJOR_OUTAGE: (
        '<path d="M6.4 1.5h7.2l4.9 4.9v7.2l-4.9 4.9H6.4l-4.9-4.9V6.4z"'
        ' fill="currentColor"/>'
        f'<path d="M7 7l6 6M13 7l-6 6" {_MARK}/>'
    ),
    Status.MAINTENANCE: (
        '<rect x="1.5" y="1.5" width="17" height="17" rx="4" fill="currentColor"/>'
        f'<path d="M7.5 6v8M12.5 6v8" {_MARK}/>'
    ),
    Status.UNKNOWN: (
        '<circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="1.7"'
        ' stroke-dasharray="3.2 1.83"/>'
        '<path d="M8.1 7.7a2 2 0 113 1.9c-.7.4-1.1.8-1.1 1.6M10 14v.1" fill="none"'
        ' stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/>'
    ),
}
MAY_BE_AFFECTED = "may"
"""Beside the statuses: what works by itself, and needs something that does not."""
_MAY_BE_AFFECTED = (
    '<path d="M10 1.8l8.2 8.2-8.2 8.2L1.8 10z" fill="none" stroke="currentColor"'
    ' stroke-width="1.8" stroke-linejoin="round"/><path d="M10 6.8v3.8M10 13.3v.1"'
    ' stroke="currentColor" stroke-width="1.9" stroke-linecap="round"/>'
)
TAB_COLOURS = {
    Status.OPERATIONAL: "#1c9a50",
    Status.DEGRADED: "#c4840f",
    Status.PARTIAL_OUTAGE: "#e2691c",
    Status.MAJOR_OUTAGE: "#d42231",
    Status.MAINTENANCE: "#4f7fe0",
    Status.UNKNOWN: "#7d8794",
}
"""Readable on a light and on a dark tab bar: an icon in a tab knows no theme."""


def _favicon(status: Status) -> SafeString:
    """Return an icon as an address that is valid in HTML: a URL knows no quotes, brackets or
    spaces (RFC 3986, 2)."""
    shape = _SHAPES[status].replace("currentColor", TAB_COLOURS[status])
    shape = shape.replace("var(--paper)", "#fff")
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">{shape}</svg>'
    return SafeString("data:image/svg+xml," + quote(drawing.replace('"', "'"), safe="/:=;,()'"))


_SYMBOLS: dict[str, str] = {
    status: f'<symbol id="i-{status}" viewBox="0 0 20 20">{shape}</symbol>'
    for status, shape in (*_SHAPES.items(), (MAY_BE_AFFECTED, _MAY_BE_AFFECTED))
}
FAVICONS = {status: _favicon(status) for status in Status}
"""`data:` addresses, so that the browser's tab shows the status without a request."""


def shape(status: Status, *, paper: str) -> str:
    """Return the drawing itself, for what stands alone; `paper` is the colour behind it."""
    return _SHAPES[status].replace("var(--paper)", paper)


def symbols(statuses: Iterable[str]) -> str:
    """Return what `icon()` of these statuses refers to; stands in the page once."""
    used = set(statuses)
    return "".join(symbol for status, symbol in _SYMBOLS.items() if status in used)


def icon(status: str) -> str:
    """Return the shape as a reference; the word must stand beside it."""
    return f'<svg class="icon" aria-hidden="true"><use href="#i-{status}"/></svg>'
