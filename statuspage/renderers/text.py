"""`/status.txt`: the page for a terminal, a log line, a screen that has no browser."""

from collections.abc import Iterator

from components.markup.characters import isolated
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.headline import headline
from statuspage.renderers.html.numbers import uptime
from statuspage.renderers.html.times import as_of, clock
from statuspage.renderers.scope import Scope, link
from statuspage.state.page_state import PageState

TEXT = "text/plain; charset=utf-8"


def plain_text(scope: Scope) -> bytes:
    """Return the page, or one component, as lines of text."""
    return ("\n".join(_lines(scope)) + "\n").encode("utf-8", "replace")


def _lines(scope: Scope) -> Iterator[str]:
    state = scope.state
    if scope.component:
        retired = scope.component.retired_at is not None
        word = "RETIRED" if retired else scope.component.status.label.upper()
        yield f"{word}: {isolated(scope.component.name)}"
    else:
        sentence = headline(state)
        yield f"{sentence.label.upper()}: {sentence.text(today=state.today)}"
    yield f"As of {as_of(state.built_at)}"
    for incident in scope.incidents():
        if incident.resolved_at is None:
            yield ""
            yield f"Incident, {clean(incident.status)}: {isolated(incident.title)}"
            yield f"  since {clock(incident.started_at, today=state.today)}"
            yield f"  {link(state, f'/status/incidents/{incident.reference}')}"
    for window in state.windows if scope.component is None else scope.windows():
        starts, ends = (clock(at, today=state.today) for at in (window.starts_at, window.ends_at))
        yield ""
        yield f"Maintenance, {clean(window.state).replace('_', ' ')}: {isolated(window.title)}"
        yield f"  {starts} – {ends}"
    if scope.component is None:
        yield from _components(state)
        yield from _pages(state)
    yield ""
    yield scope.address


def _components(state: PageState) -> Iterator[str]:
    widest = max((len(clean(each.name)) for each in state.components), default=0)
    for group in state.groups:
        yield ""
        yield clean(group.name) or "Services"
        for each in group.components:
            figure = uptime(each.uptime)
            line = f"  {clean(each.name):<{widest}}  {each.status.label:<17} {figure:>8}"
            if each.by_staff:
                line += "  reported by staff"
            yield line.rstrip()


def _pages(state: PageState) -> Iterator[str]:
    if state.children:
        yield ""
        yield "Pages"
    for child in state.children:
        yield f"  {clean(child.name)}  {child.status.label}  {child.address}"
