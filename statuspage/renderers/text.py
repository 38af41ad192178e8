"""`/status.txt`: the page for a terminal, a log line, a screen that has no browser."""

from collections.abc import Iterator

from components.languages.words import Words
from components.markup.characters import display_width, isolated, padded
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.headline import headline
from statuspage.renderers.html.incident_cards import lower_label
from statuspage.renderers.html.numbers import uptime
from statuspage.renderers.html.times import as_of, clock
from statuspage.renderers.scope import Scope, link
from statuspage.state.page_state import PageState

_STATUS_COLUMNS = 17
"""What the statuses take at least."""
TEXT = "text/plain; charset=utf-8"


def plain_text(scope: Scope) -> bytes:
    """Return the page, or one component, as lines of text."""
    return ("\n".join(_lines(scope)) + "\n").encode("utf-8", "replace")


def _lines(scope: Scope) -> Iterator[str]:
    state, words = scope.state, scope.words
    if scope.component:
        retired = scope.component.retired_at is not None
        word = words("Retired" if retired else scope.component.status.label).upper()
        yield f"{word}: {isolated(scope.component.name)}"
    else:
        sentence = headline(state, words)
        yield f"{sentence.label.upper()}: {sentence.text(today=state.today_in(words), words=words)}"
    yield words("As of {time}", time=as_of(state.built_at, words))
    for incident in scope.incidents():
        if incident.resolved_at is None:
            yield ""
            yield words(
                "Incident, {state}: {title}",
                state=lower_label(incident.status, words),
                title=isolated(incident.title),
            )
            since = clock(incident.started_at, today=state.today_in(words), words=words)
            yield f"  {words('since {time}', time=since)}"
            yield f"  {link(state, f'/status/incidents/{incident.reference}')}"
    for window in state.windows if scope.component is None else scope.windows():
        starts, ends = (
            clock(at, today=state.today_in(words), words=words)
            for at in (window.starts_at, window.ends_at)
        )
        yield ""
        yield words(
            "Maintenance, {state}: {title}",
            state=lower_label(window.state, words),
            title=isolated(window.title),
        )
        yield f"  {starts} – {ends}"
    if scope.component is None:
        yield from _components(state, words)
        yield from _pages(state, words)
    yield ""
    yield scope.address


def _components(state: PageState, words: Words) -> Iterator[str]:
    widest = max((display_width(clean(each.name)) for each in state.components), default=0)
    labels = {each.status: words(each.status.label) for each in state.components}
    of_statuses = max([_STATUS_COLUMNS, *map(display_width, labels.values())])
    for group in state.groups:
        listed = [each for each in group.components if each.is_listed]
        if not listed:
            continue
        yield ""
        yield clean(group.name) or words("Services")
        for each in listed:
            figure = uptime(each.uptime, words)
            name, label = padded(clean(each.name), widest), labels[each.status]
            line = f"  {name}  {padded(label, of_statuses)} {figure:>8}"
            if each.by_staff:
                line += f"  {words('reported by staff')}"
            yield line.rstrip()


def _pages(state: PageState, words: Words) -> Iterator[str]:
    if state.children:
        yield ""
        yield words("Pages")
    for child in state.children:
        yield f"  {clean(child.name)}  {words(child.status.label)}  {child.address}"
