"""The first sentence of the page, which sums it up: what is wrong, since when, what works.

Every phrase is a whole pattern of its own rather than glued from endings, so that it can be
translated one day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from components.status import Status, worst
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.times import clock
from statuspage.state.page_state import (
    ComponentView,
    GroupView,
    PageState,
    WindowView,
)

NOTHING_PUBLISHED = "Nothing is published here yet"
_MAX_NAMES = 2
"""Names written out when there are more than three; the rest are counted."""
_CALM = (Status.OPERATIONAL, Status.MAINTENANCE)
_SAME_MOMENT = 60.0
"""Seconds within which several beginnings count as one."""
_LAST = datetime.max.replace(tzinfo=UTC)

_SINCE = {
    Status.MAJOR_OUTAGE: ("{} has been down since ", "{} have been down since "),
    Status.PARTIAL_OUTAGE: (
        "{} has been partly unavailable since ",
        "{} have been partly unavailable since ",
    ),
    Status.DEGRADED: (
        "{} has had reduced performance since ",
        "{} have had reduced performance since ",
    ),
    Status.UNKNOWN: (
        "There has been no fresh evidence about {} since ",
        "There has been no fresh evidence about {} since ",
    ),
    Status.MAINTENANCE: (
        "{} has been under maintenance since ",
        "{} have been under maintenance since ",
    ),
}
_NOW = {
    Status.MAJOR_OUTAGE: ("{} is down", "{} are down"),
    Status.PARTIAL_OUTAGE: ("{} is partly unavailable", "{} are partly unavailable"),
    Status.DEGRADED: ("{} has reduced performance", "{} have reduced performance"),
    Status.UNKNOWN: (
        "There is no fresh evidence about {}",
        "There is no fresh evidence about {}",
    ),
    Status.MAINTENANCE: ("{} is under maintenance", "{} are under maintenance"),
}


@dataclass(frozen=True, slots=True)
class Headline:
    """`lead` + the time `at`, if any, + `rest`; plain text that is not escaped yet."""

    label: str
    lead: str
    at: datetime | None
    rest: str

    def text(self, *, today: date) -> str:
        """Return the whole sentence as plain text, for dialects that have no markup."""
        return f"{self.lead}{clock(self.at, today=today) if self.at else ''}{self.rest}"


def is_empty(state: PageState) -> bool:
    """Whether there is nothing at all to show."""
    return not (
        state.components
        or state.children
        or state.incidents
        or state.windows
        or state.past_incidents
    )


def headline(state: PageState) -> Headline:
    """Return what a stranger has to know first."""
    components = state.components
    if is_empty(state):
        return Headline(
            NOTHING_PUBLISHED, "Services will appear here once they are added.", None, ""
        )
    affected = _worst_components(components)
    if not affected:
        return _pages_below(state) or _nothing_wrong(state)
    status = affected[0].status
    names = _names([clean(component.name) for component in affected])
    rest = _working_summary(components, affected) + _may_be_affected(components)
    plural = int(len(affected) > 1)
    ends_at = _end_of_maintenance(state, affected)
    if ends_at is not None:
        lead = _NOW[Status.MAINTENANCE][plural].format(names) + " until "
        return Headline(state.status.label, lead, ends_at, rest)
    starts = [component.since for component in affected if component.since is not None]
    if not starts:
        return Headline(state.status.label, _NOW[status][plural].format(names), None, rest)
    simultaneous = (
        len(starts) == len(affected) and (max(starts) - min(starts)).total_seconds() < _SAME_MOMENT
    )
    if simultaneous:
        lead = _SINCE[status][plural].format(names)
    else:
        lead = _NOW[status][plural].format(names) + ", the first since "
    return Headline(state.status.label, lead, min(starts), rest)


def _pages_below(state: PageState) -> Headline | None:
    """Return what is wrong on pages that this one lists; None when nothing is."""
    unwell = [each for each in state.children if each.status not in _CALM]
    if not unwell:
        return None
    status = worst(each.status for each in unwell)
    names = _names([clean(each.name) for each in unwell if each.status is status])
    plural = int(len([each for each in unwell if each.status is status]) > 1)
    return Headline(state.status.label, _NOW[status][plural].format(names) + ".", None, "")


def group_summary(group: GroupView) -> str:
    """Return `All working`, `4 of 5 working`, `All working, 1 degraded`."""
    total = len(group.components)
    working = sum(component.status.works for component in group.components)
    if working < total:
        return f"{working} of {total} working{_apart(group.components)}"
    degraded = sum(component.status is Status.DEGRADED for component in group.components)
    if not degraded:
        return "All working" if total > 1 else "Working"
    return f"All working, {degraded} degraded" if total > 1 else "Degraded"


def _worst_components(components: Sequence[ComponentView]) -> list[ComponentView]:
    """Return the worst ones, earliest first.

    They are those that count for the overall status if any of these is wrong, else all.
    """
    affected = [component for component in components if component.status is not Status.OPERATIONAL]
    counted = [component for component in affected if component.counts_for_overall] or affected
    worst_status = worst(component.status for component in counted)
    chosen = [component for component in counted if component.status is worst_status]
    return sorted(chosen, key=lambda component: component.since or _LAST)


def _nothing_wrong(state: PageState) -> Headline:
    total = len(state.components)
    works = ""
    if total == 1:
        works = f"{clean(state.components[0].name)} is working."
    elif total:
        works = f"All {total:,} services are working."
    in_progress = _in_progress(state)
    if in_progress:
        ends_at = max(window.ends_at for window in in_progress)
        return Headline(
            state.status.label,
            "Maintenance is in progress until ",
            ends_at,
            f". {works}" if works else ".",
        )
    if state.incidents:
        open_count = len(state.incidents)
        works = f"{works} {_incidents_open(open_count)}".strip()
    return Headline(state.status.label, works or "There is no open incident.", None, "")


def _incidents_open(number: int) -> str:
    return "1 incident is open." if number == 1 else f"{number:,} incidents are open."


def _in_progress(state: PageState) -> list[WindowView]:
    return [window for window in state.windows if window.state == "in_progress"]


def _end_of_maintenance(state: PageState, affected: Sequence[ComponentView]) -> datetime | None:
    """Return when the last of the windows in progress that cover these components ends."""
    if affected[0].status is not Status.MAINTENANCE:
        return None
    names = {component.name for component in affected}
    windows = [
        window
        for window in _in_progress(state)
        if not window.components or names.intersection(window.components)
    ]
    return max((window.ends_at for window in windows), default=None)


def _may_be_affected(components: Sequence[ComponentView]) -> str:
    """Return ` Checkout may be affected.`: what works by itself, and needs what does not."""
    names = [
        clean(each.name)
        for each in components
        if each.affected_by and each.status is Status.OPERATIONAL
    ]
    return f" {_names(names)} may be affected." if names else ""


def _names(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if len(names) <= _MAX_NAMES + 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[:_MAX_NAMES])} and {len(names) - _MAX_NAMES:,} more"


def _working_summary(components: Sequence[ComponentView], affected: Sequence[ComponentView]) -> str:
    total = len(components)
    if total == 1:
        return "."
    operational = sum(component.status is Status.OPERATIONAL for component in components)
    if affected[0].status is Status.DEGRADED and operational + len(affected) == total:
        return f". {_other_services(operational)}"
    working = sum(component.status.works for component in components)
    apart = _counted_apart(components, affected[0].status)
    if not working:
        known = "known to work" if affected[0].status is Status.UNKNOWN else "working"
        return f". None of the {total:,} services is {known}{apart}."
    impaired = working - operational
    but = f", {impaired:,} of them with reduced performance" if impaired else ""
    verb = "is" if working == 1 else "are"
    return f". {working:,} of {total:,} services {verb} working{but}{apart}."


_APART = {
    Status.UNKNOWN: ("{:,} is unknown", "{:,} are unknown"),
    Status.MAINTENANCE: ("{:,} is under maintenance", "{:,} are under maintenance"),
}
"""What does not work as far as is known, and yet is not broken."""


def _counted_apart(components: Sequence[ComponentView], told: Status) -> str:
    """Return `; 2 are unknown and 1 is under maintenance`, without those told of already."""
    parts = [
        words[number > 1].format(number)
        for status, words in _APART.items()
        if status is not told and (number := _count(components, status))
    ]
    return f"; {' and '.join(parts)}" if parts else ""


def _apart(components: Sequence[ComponentView]) -> str:
    """Return `, 1 unknown, 2 under maintenance`."""
    counted = (
        (_count(components, Status.UNKNOWN), "unknown"),
        (_count(components, Status.MAINTENANCE), "under maintenance"),
    )
    return "".join(f", {number:,} {word}" for number, word in counted if number)


def _count(components: Sequence[ComponentView], status: Status) -> int:
    return sum(component.status is status for component in components)


def _other_services(number: int) -> str:
    if not number:
        return "All of them are still working."
    if number == 1:
        return "The other service is working normally."
    return f"The other {number:,} services are working normally."
