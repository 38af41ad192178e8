"""SVG badges, drawn here: what is said on the left, how it is on the right, by shape too."""

from components.status import Status
from statuspage.renderers.html.escaping import clean, inert
from statuspage.renderers.html.icons import shape
from statuspage.renderers.html.numbers import latency, uptime
from statuspage.renderers.scope import Scope
from statuspage.state.page_state import PageState

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
_NARROW, _WIDE = "iljtfrI.,:;'|!()[] ", "mwMW%@"
_LONGEST = 60


def status_badge(scope: Scope) -> bytes:
    status = scope.component.status if scope.component else _overall(scope.state)
    return _badge(_subject(scope), status.label, status, marked=True)


def uptime_badge(scope: Scope) -> bytes:
    """Of a component; of the page: the mean of the components that count for its status."""
    if scope.component:
        percent = scope.component.uptime
    else:
        known = [
            each.uptime
            for each in scope.state.components
            if each.counts_for_overall and each.uptime is not None
        ]
        percent = sum(known) / len(known) if known else None
    return _badge(f"{_subject(scope)} uptime, 90 days", uptime(percent) or "no data yet", None)


def response_badge(scope: Scope) -> bytes:
    """The newest response time of a component; of the page: the median of its components."""
    if scope.component:
        value = scope.component.latency_ms
    else:
        known = sorted(
            each.latency_ms for each in scope.state.components if each.latency_ms is not None
        )
        value = known[len(known) // 2] if known else None
    return _badge(f"{_subject(scope)} response time", latency(value) or "not measured", None)


def _overall(state: PageState) -> Status:
    return state.status if state.components else Status.UNKNOWN


def _subject(scope: Scope) -> str:
    name = clean(scope.component.name if scope.component else scope.state.site_name).strip()
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _badge(subject: str, value: str, status: Status | None, *, marked: bool = False) -> bytes:
    mark = 17 if marked else 0
    left, right = _width(subject) + 14, _width(value) + 14 + mark
    colour = _COLOURS[status] if status else "#2b3440"
    drawn = ""
    if status and marked:
        drawn = (
            f'<svg x="{left + 6}" y="4" width="13" height="13" viewBox="0 0 20 20"'
            f' color="#fff">{shape(status, paper=colour)}</svg>'
        )
    told = f"{inert(subject)}: {inert(value)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="21" role="img"'
        f' aria-label="{told}"><title>{told}</title>'
        f'<clipPath id="r"><rect width="{left + right}" height="21" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><path fill="#4a5361" d="M0 0h{left}v21H0z"/>'
        f'<path fill="{colour}" d="M{left} 0h{right}v21H{left}z"/></g>'
        '<g fill="#fff" font-family="system-ui,Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="7" y="14.5" textLength="{left - 14}">{inert(subject)}</text>{drawn}'
        f'<text x="{left + 7 + mark}" y="14.5" textLength="{right - 14 - mark}">'
        f"{inert(value)}</text></g></svg>"
    ).encode("utf-8", "replace")


def _width(text: str) -> int:
    """About what Verdana at 11 px takes; `textLength` makes every other font fit it."""
    return round(
        sum(3.9 if each in _NARROW else 10.5 if each in _WIDE else 7 for each in text) or 1
    )
