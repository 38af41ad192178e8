"""A page that shows fewer than 90 days: where its bars begin, and the uptime of those days."""

from dataclasses import replace
from datetime import date, timedelta

from components.status import Status
from components.uptime.periods import day_start, uptime_percent
from statuspage.state.page_state import ComponentView, GroupView, PageState


def with_shown_history(state: PageState) -> PageState:
    """Return a state whose days and percentages are those of the history that its page shows.

    Programs are told 90 days whatever it shows: this is for the page that people read.
    """
    first = state.today - timedelta(days=int(state.appearance.history) - 1)
    if first <= state.history_from:
        return state
    groups = tuple(_group(each, first, state) for each in state.groups)
    return replace(state, history_from=first, groups=groups)


def _group(group: GroupView, first: date, state: PageState) -> GroupView:
    return replace(
        group,
        components=tuple(
            replace(each, uptime=uptime_since(each, first, state)) for each in group.components
        ),
    )


def uptime_since(component: ComponentView, first: date, state: PageState) -> float | None:
    """Return a component's percentage from a day on, of its known time; None as `uptime` is."""
    if component.known_from is None:
        return None
    if component.known_from.date() >= first:
        return component.uptime
    totals: dict[Status, float] = {}
    for day in component.days:
        if day.on >= first:
            for status, seconds in day.seconds.items():
                totals[status] = totals.get(status, 0.0) + seconds
    others = sum(spent for status, spent in totals.items() if status is not Status.OPERATIONAL)
    # Days that were not simply operational are listed; all the rest was.
    span = (state.built_at - day_start(first)).total_seconds()
    totals[Status.OPERATIONAL] = max(0.0, span - others)
    return uptime_percent(totals, maintenance_counts=component.maintenance_counts)
