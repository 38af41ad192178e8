"""Older pages, gathered from the records: months of history, a component's year, what has ended.

It reads what the public may see and nothing else: names come from the read model, which knows no
hidden component. Something hidden and something missing are both None.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs

from django.db.models import Q

from components.charts import LatencyPoint
from components.history.imported import imported_until
from components.history.selectors import combined_periods, corrected_days
from components.languages.words import Words, msg
from components.models import Component
from components.uptime.periods import day_cells, day_start, summarise, uptime_percent
from incidents.models import Incident
from incidents.selectors import published
from maintenance.selectors import closed_windows, public_windows
from monitors.history.latency_series import Point, Span, component_response_times
from statuspage.publishing.documents import (
    EVENT_PATH,
    Document,
    incident_document,
    page_document,
)
from statuspage.publishing.number_series import number_series
from statuspage.publishing.report_documents import report_document
from statuspage.publishing.withdrawn import was_public
from statuspage.renderers.calendar import ICS, window_calendar
from statuspage.renderers.html.component_page import (
    ComponentYear,
    ResponseTimes,
    Series,
    component_page,
)
from statuspage.renderers.html.detail_pages import window_page
from statuspage.renderers.html.history_page import Month, history_page
from statuspage.renderers.html.times import day
from statuspage.reports.month import next_month, previous_month
from statuspage.state.builder import incident_view
from statuspage.state.languages import words_for
from statuspage.state.page_state import ComponentView, Day, IncidentView, PageState
from statuspage.state.translated import incident_in, read_in, window_in
from statuspage.state.windows import window_view

YEAR_DAYS = 365
MAX_INCIDENTS = 200
"""Listed on one page; a month or a component with more has other troubles."""
_FIRST_YEAR = 2000

_HISTORY = re.compile(r"/status/history(?:/(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2]))?")
_COMPONENT = re.compile(r"/status/components/(?P<slug>[-a-zA-Z0-9_]{1,100})")


class Withdrawn:
    """What is found of something that was public once, and is not."""


@dataclass(frozen=True, slots=True)
class ArchiveRequest:
    """One older page: what it is cached under, and how it is made."""

    key: str
    render: Callable[[PageState, Words], "Document | Withdrawn | None"]
    slug: str = ""
    """The component it is about, if it is about one."""
    reference: str = ""
    """The incident or window it is about, if it is about one."""

    def make(self, state: PageState, words: Words | None = None) -> "Document | Withdrawn | None":
        """Return it from the records, in the page's own language unless `words` are given."""
        words = words or words_for(state)
        return self.render(read_in(state, words.tag), words)

    def is_shown(self, state: PageState) -> bool:
        """Whether the read model knows what it is about; nothing else is looked for or cached."""
        return not self.slug or _component_named(state, self.slug) is not None


def parse_path(path: str, query: bytes = b"") -> ArchiveRequest | None:
    """Return the page that is always made from the records; None for any other path."""
    if (render := report_document(path)) is not None:
        return ArchiveRequest(path, render)
    if match := _COMPONENT.fullmatch(path):
        slug = match["slug"]
        return ArchiveRequest(path, lambda state, words: _component(state, slug, words), slug)
    if match := _HISTORY.fullmatch(path):
        year, month = match["year"], match["month"]
        slug = _component_param(query)
        first = date(int(year), int(month), 1) if year and int(year) >= _FIRST_YEAR else None
        if year and first is None:
            return ArchiveRequest(path, lambda state, words: None)
        return ArchiveRequest(
            f"{path}?{slug}", lambda state, words: _history(state, first, slug, words), slug
        )
    return None


def find_in_records(path: str) -> ArchiveRequest | None:
    """Return the page of an incident or window that ended too long ago for the read model."""
    match = EVENT_PATH.fullmatch(path)
    if match is None:
        return None
    reference, as_calendar, report = match["reference"], bool(match["ics"]), bool(match["report"])
    if match["folder"] == "incidents":
        if as_calendar:
            return None
        return ArchiveRequest(
            path,
            lambda state, words: _incident(state, reference, words, report=report),
            reference=reference,
        )
    if report:
        return None
    return ArchiveRequest(
        path,
        lambda state, words: _window(state, reference, words, as_calendar=as_calendar),
        reference=reference,
    )


def _component_param(query: bytes) -> str:
    values = parse_qs(query[:500].decode("latin-1")) if query else {}
    slug = values.get("component", [""])[-1]
    return slug if re.fullmatch(r"[-a-zA-Z0-9_]{1,100}", slug) else ""


def _incident_in(
    incident: Incident, names: dict[int, str], state: PageState, words: Words
) -> IncidentView:
    return incident_in(incident_view(incident, names), words.tag, state.languages[0])


def _names_by_id(state: PageState) -> dict[int, str]:
    return {each.id: each.name for each in state.nameable}


def _public_components(state: PageState) -> dict[int, Component]:
    """Return what may be named by now: what was hidden a moment ago is not among them."""
    ids = _names_by_id(state)
    return {each.pk: each for each in Component.objects.nameable() if each.pk in ids}


def _incident(
    state: PageState, reference: str, words: Words, *, report: bool
) -> Document | Withdrawn | None:
    incident = published().filter(reference=reference).first()
    if incident is None:
        return _withdrawn(state, "incidents", reference)
    if not state.face.selects(tuple(each.component_id for each in incident.impacts.all())):
        return None
    view = _incident_in(incident, _names_by_id(state), state, words)
    return incident_document(state, view, report=report, words=words)


def _withdrawn(state: PageState, folder: str, reference: str) -> Withdrawn | None:
    """Return whether it was public once. A page of chosen components cannot say whether it was."""
    everything = state.face.component_ids is None
    return Withdrawn() if everything and was_public(folder, reference) else None


def _window(
    state: PageState, reference: str, words: Words, *, as_calendar: bool
) -> Document | Withdrawn | None:
    window = public_windows().filter(reference=reference).first()
    if window is None:
        return _withdrawn(state, "maintenance", reference)
    if not state.face.selects(tuple(each.pk for each in window.components.all())):
        return None
    shown = window_view(window, _public_components(state))
    view = window_in(shown, words.tag, state.languages[0])
    if as_calendar:
        return Document(ICS, window_calendar(state, view, words))
    return page_document(state, window_page(state, view, words))


def _history(state: PageState, first: date | None, slug: str, words: Words) -> Document | None:
    month = first or state.today.replace(day=1)
    component = _component_named(state, slug) if slug else None
    if month > state.today or (slug and component is None):
        return None
    start, end = day_start(month), day_start(next_month(month))
    incidents = published().filter(_touches(start), started_at__lt=end)
    windows = closed_windows(since=start, until=end)
    if (ids := state.face.component_ids) is not None:
        incidents = incidents.filter(_selected("impacts__component", ids)).distinct()
        windows = windows.filter(_selected("components", ids)).distinct()
    if component is not None:
        incidents = incidents.filter(impacts__component=component.id)
        windows = windows.filter(components=component.id)
    names, public = _names_by_id(state), _public_components(state)
    month_view = Month(
        first=month,
        component=component,
        incidents=tuple(
            _incident_in(each, names, state, words) for each in incidents[:MAX_INCIDENTS]
        ),
        windows=tuple(
            window_in(window_view(each, public), words.tag, state.languages[0])
            for each in windows[:MAX_INCIDENTS]
        ),
        earlier=previous_month(month) if _has_older(start) else None,
        later=next_month(month) if next_month(month) <= state.today else None,
    )
    return page_document(state, history_page(state, month_view, words))


def _selected(field: str, ids: Collection[int]) -> Q:
    """Return the condition that something concerns these components, or everybody."""
    return Q(**{field: None}) | Q(**{f"{field}__in": ids})


def _touches(start: datetime) -> Q:
    """Return the condition that an incident was not over by `start`."""
    return Q(resolved_at=None) | Q(resolved_at__gte=start)


def _has_older(start: datetime) -> bool:
    """Whether an older month has something to show."""
    return (
        Incident.objects.filter(published=True, started_at__lt=start).exists()
        or closed_windows(until=start).exists()
    )


def _component(state: PageState, slug: str, words: Words) -> Document | None:
    component = _component_named(state, slug)
    if component is None:
        return None
    now = state.built_at
    first = state.today - timedelta(days=YEAR_DAYS - 1)
    start = day_start(first)
    periods = combined_periods([component.id], since=start).get(component.id, [])
    summary = summarise(periods, start=start, end=now)
    days = tuple(Day(cell.on, cell.status, cell.seconds) for cell in day_cells(summary, end=now))
    incidents = published().filter(_touches(start), impacts__component=component.id)
    corrected = {
        on: day(at.date(), today=state.today, words=words)
        for on, at in corrected_days(component.id, since=start).items()
    }
    names = _names_by_id(state)
    year = ComponentYear(
        first=first,
        first_known_on=summary.first_known_on,
        days=days,
        uptime=uptime_percent(summary.totals, maintenance_counts=component.maintenance_counts),
        times=tuple(
            _response_times(component, span, words(title), now, words) for span, title in _SPANS
        ),
        numbers=number_series(component, _SPANS, now, words),
        incidents=tuple(
            _incident_in(each, names, state, words) for each in incidents[:MAX_INCIDENTS]
        ),
        corrected=corrected,
        imported=tuple(
            (product, day(words.local(at).date(), today=state.today, words=words))
            for product, at in imported_until(component.id).items()
        ),
    )
    return page_document(state, component_page(state, component, year, words))


_SPANS = ((Span.DAY, msg("24 hours")), (Span.WEEK, msg("7 days")), (Span.QUARTER, msg("90 days")))


def _response_times(
    component: ComponentView, span: Span, title: str, now: datetime, words: Words
) -> ResponseTimes:
    measured = component_response_times(component.id, span=span, now=now)
    names = {region.code: region.name for region in component.regions}
    regions = measured.by_region.items() if len(measured.by_region) > 1 else ()
    return ResponseTimes(
        title=title,
        since=datetime.fromtimestamp(span.since(now) * 60, UTC),
        step=timedelta(minutes=span.step),
        steps=span.minutes // span.step,
        series=(
            Series(words("All regions") if regions else "", _points(measured.all)),
            *(Series(names.get(code, code), _points(points)) for code, points in regions),
        ),
    )


def _points(points: list[Point]) -> tuple[LatencyPoint, ...]:
    return tuple(
        LatencyPoint(each.start, each.p50, each.p95, each.count, each.failures) for each in points
    )


def _component_named(state: PageState, slug: str) -> ComponentView | None:
    return next((each for each in state.nameable if each.slug == slug), None)
