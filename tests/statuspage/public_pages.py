"""Every public page with something on it, for tests that look at all of them, and for pictures."""

from dataclasses import replace
from datetime import date, timedelta

from components.charts import LatencyPoint
from components.languages.names import NAMES
from components.languages.words import ENGLISH, Words
from statuspage.renderers.banner import banner_page
from statuspage.renderers.html.component_page import (
    ComponentYear,
    ResponseTimes,
    Series,
    component_page,
)
from statuspage.renderers.html.detail_pages import incident_page, report_page, window_page
from statuspage.renderers.html.history_page import Month, history_page
from statuspage.renderers.html.render import render_page
from statuspage.state.page_state import (
    ComponentView,
    IncidentView,
    PageState,
    RegionView,
)
from tests.statuspage import page_scenes
from tests.statuspage.page_states import window

_CHARTS = (
    ("24 hours", timedelta(minutes=10), 144),
    ("7 days", timedelta(hours=1), 168),
    ("90 days", timedelta(days=1), 90),
)


def partial_outage() -> PageState:
    """The scene of that name, with references as records have them."""
    state = page_scenes.partial_outage()
    groups = tuple(
        replace(group, components=tuple(_watched(each) for each in group.components))
        for group in state.groups
    )
    return replace(
        state,
        groups=groups,
        incidents=tuple(_named(each) for each in state.incidents),
        past_incidents=tuple(_named(each) for each in state.past_incidents),
        windows=tuple(
            replace(each, reference=f"MAINT-2026-{each.id:03}") for each in state.windows
        ),
    )


def pages(words: Words = ENGLISH) -> dict[str, bytes]:
    """Their names and bytes, in a language."""
    state = partial_outage()
    if not words.is_english:
        state = replace(state, languages=tuple(NAMES))
    told = replace(
        state.past_incidents[0],
        report=(("Impact", "Some **requests** were lost."), ("Root cause", "A wrong setting.")),
    )
    month = Month(
        first=date(2026, 11, 1),
        component=None,
        incidents=(*state.incidents, *state.past_incidents),
        windows=(),
        earlier=date(2026, 10, 1),
        later=None,
    )
    covered = state.windows[0] if state.windows else window()
    return {
        "status": render_page(state, words=words),
        "all-good": render_page(page_scenes.all_good(), words=words),
        "every-status": render_page(page_scenes.every_status(), words=words),
        "empty": render_page(page_scenes.empty(), words=words),
        "incident": incident_page(state, state.incidents[0], words=words),
        "post-mortem": incident_page(state, told, words=words),
        "report": report_page(state, told, words=words),
        "window": window_page(state, covered, words=words),
        "history": history_page(state, month, words=words),
        "component": component_page(state, state.components[1], year_of(state, words), words=words),
        "banner": banner_page(state, words=words),
    }


def year_of(state: PageState, words: Words = ENGLISH) -> ComponentYear:
    component = state.components[1]
    return ComponentYear(
        first=state.today - timedelta(days=364),
        first_known_on=state.today - timedelta(days=300),
        days=component.days,
        uptime=99.5,
        times=tuple(_times(state, words, *chart) for chart in _CHARTS),
        incidents=(*state.incidents, *state.past_incidents),
    )


def _times(
    state: PageState, words: Words, title: str, step: timedelta, steps: int
) -> ResponseTimes:
    since = state.built_at - step * steps
    spots = tuple(
        LatencyPoint(
            since + number * step,
            40 + number * 7 % 13,
            95 + number * 11 % 31,
            60,
            3 if number % 50 == 49 else 0,
        )
        for number in range(steps)
    )
    names = (words("All regions"), "US East", "EU West")
    return ResponseTimes(
        words(title), since, step, steps, tuple(Series(name, spots) for name in names)
    )


def _named(incident: IncidentView) -> IncidentView:
    return replace(incident, reference=f"INC-2026-{incident.id:03}")


def _watched(component: ComponentView) -> ComponentView:
    if component.name == "Dashboard":
        return replace(component, affected_by=("Inference Routing",))
    if component.name != "Inference Routing":
        return component
    regions = (
        RegionView("us-east-1", "US East", component.status, 412.0, component.checked_at),
        RegionView("eu-west-1", "EU West", component.status, 80.0, component.checked_at),
    )
    return replace(component, regions=regions)
