"""The first sentence of the page, which sums it up: what is wrong, since when, what works.

Every phrase is a whole pattern of its own rather than glued from endings, so that it can be
translated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from components.languages.words import ENGLISH, Words, msg
from components.status import Status, worst
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.times import clock
from statuspage.state.page_state import (
    ComponentView,
    GroupView,
    PageState,
    WindowView,
)

NOTHING_PUBLISHED = msg("Nothing is published here yet")
_MAX_NAMES = 2
"""Names written out when there are more than three; the rest are counted."""
_CALM = (Status.OPERATIONAL, Status.MAINTENANCE)
_SAME_MOMENT = 60.0
"""Seconds within which several beginnings count as one."""
_LAST = datetime.max.replace(tzinfo=UTC)

_At = tuple[str, str]
"""A sentence of one, and of several; `{at}` is where the time stands."""
_SINCE: dict[Status, _At] = {
    Status.MAJOR_OUTAGE: (
        msg("{names} has been down since {at}"),
        msg("{names} have been down since {at}"),
    ),
    Status.PARTIAL_OUTAGE: (
        msg("{names} has been partly unavailable since {at}"),
        msg("{names} have been partly unavailable since {at}"),
    ),
    Status.DEGRADED: (
        msg("{names} has had reduced performance since {at}"),
        msg("{names} have had reduced performance since {at}"),
    ),
    Status.UNKNOWN: (
        msg("There has been no recent data for {names} since {at}"),
        msg("There has been no recent data for {names} since {at}"),
    ),
    Status.MAINTENANCE: (
        msg("{names} has been under maintenance since {at}"),
        msg("{names} have been under maintenance since {at}"),
    ),
}
_NOW: dict[Status, _At] = {
    Status.MAJOR_OUTAGE: (msg("{names} is down"), msg("{names} are down")),
    Status.PARTIAL_OUTAGE: (
        msg("{names} is partly unavailable"),
        msg("{names} are partly unavailable"),
    ),
    Status.DEGRADED: (
        msg("{names} has reduced performance"),
        msg("{names} have reduced performance"),
    ),
    Status.UNKNOWN: (
        msg("There is no recent data for {names}"),
        msg("There is no recent data for {names}"),
    ),
    Status.MAINTENANCE: (
        msg("{names} is under maintenance"),
        msg("{names} are under maintenance"),
    ),
}
_FIRST_SINCE = msg("{sentence}, the first since {at}")
_UNTIL: _At = (
    msg("{names} is under maintenance until {at}"),
    msg("{names} are under maintenance until {at}"),
)
_HERE = "\0"
"""Where the time stands in a sentence; no name has this character."""


@dataclass(frozen=True, slots=True)
class Headline:
    """`lead` + the time `at`, if any, + `rest`; plain text that is not escaped yet."""

    label: str
    lead: str
    at: datetime | None
    rest: str

    def text(self, *, today: date, words: Words = ENGLISH) -> str:
        """Return the whole sentence as plain text, for dialects that have no markup."""
        at = clock(self.at, today=today, words=words) if self.at else ""
        return f"{self.lead}{at}{self.rest}"


def is_empty(state: PageState) -> bool:
    """Whether there is nothing at all to show."""
    return not (
        state.components
        or state.children
        or state.incidents
        or state.windows
        or state.past_incidents
    )


def headline(state: PageState, words: Words = ENGLISH) -> Headline:
    """Return what a stranger has to know first."""
    components = state.components
    if is_empty(state):
        text = words("Services will appear here once they are added.")
        return Headline(words(NOTHING_PUBLISHED), text, None, "")
    affected = _worst_components(components)
    if not affected:
        return _pages_below(state, words) or _nothing_wrong(state, words)
    label, status = words(state.status.label), affected[0].status
    names = _names([clean(component.name) for component in affected], words)
    rest = _working_summary(components, affected, words)
    if may_be := _may_be_affected(components, words):
        rest = words("{sentence} {next}", sentence=rest, next=may_be) if rest else may_be
    plural = int(len(affected) > 1)
    ends_at = _end_of_maintenance(state, affected)
    if ends_at is not None:
        text = words(_UNTIL[plural], names=names, at=_HERE)
        return _headline(label, text, ends_at, rest, words)
    starts = [component.since for component in affected if component.since is not None]
    if not starts:
        return _headline(label, words(_NOW[status][plural], names=names), None, rest, words)
    simultaneous = (
        len(starts) == len(affected) and (max(starts) - min(starts)).total_seconds() < _SAME_MOMENT
    )
    if simultaneous:
        text = words(_SINCE[status][plural], names=names, at=_HERE)
    else:
        text = words(_FIRST_SINCE, sentence=words(_NOW[status][plural], names=names), at=_HERE)
    return _headline(label, text, min(starts), rest, words)


def _pages_below(state: PageState, words: Words) -> Headline | None:
    """Return what is wrong on pages that this one lists; None when nothing is."""
    unwell = [each for each in state.children if each.status not in _CALM]
    if not unwell:
        return None
    status = worst(each.status for each in unwell)
    worst_ones = [clean(each.name) for each in unwell if each.status is status]
    names = _names(worst_ones, words)
    text = words(_NOW[status][int(len(worst_ones) > 1)], names=names)
    return _headline(words(state.status.label), text, None, "", words)


def _headline(label: str, text: str, at: datetime | None, rest: str, words: Words) -> Headline:
    """Return the first sentence, with the time in its place, and what follows it."""
    whole = words("{sentence}.", sentence=text)
    if rest:
        whole = words("{sentence} {next}", sentence=whole, next=rest)
    lead, _, after = whole.partition(_HERE)
    return Headline(label, lead, at, after)


def group_summary(group: GroupView, words: Words = ENGLISH) -> str:
    """Return `All working`, `4 of 5 working`, `All working, 1 degraded`."""
    total = len(group.components)
    working = sum(component.status.works for component in group.components)
    if working < total:
        text = words.count(
            working, "{n} of {total} working", "{n} of {total} working", total=words.number(total)
        )
        return f"{text}{_apart(group.components, words)}"
    degraded = sum(component.status is Status.DEGRADED for component in group.components)
    if not degraded:
        return words("All working") if total > 1 else words("Working")
    if total == 1:
        return words("Degraded")
    return words.count(degraded, "All working, {n} degraded", "All working, {n} degraded")


def _worst_components(components: Sequence[ComponentView]) -> list[ComponentView]:
    """Return the worst ones, earliest first.

    They are those that count for the overall status if any of these is wrong, else all.
    """
    affected = [component for component in components if component.status is not Status.OPERATIONAL]
    counted = [component for component in affected if component.counts_for_overall] or affected
    worst_status = worst(component.status for component in counted)
    chosen = [component for component in counted if component.status is worst_status]
    return sorted(chosen, key=lambda component: component.since or _LAST)


def _nothing_wrong(state: PageState, words: Words) -> Headline:
    total = len(state.components)
    label, works = words(state.status.label), ""
    if total == 1:
        works = words("{names} is working.", names=clean(state.components[0].name))
    elif total:
        works = words.count(total, "All {n} services are working.", "All {n} services are working.")
    in_progress = _in_progress(state)
    if in_progress:
        ends_at = max(window.ends_at for window in in_progress)
        text = words("Maintenance is in progress until {at}", at=_HERE)
        return _headline(label, text, ends_at, works, words)
    if state.incidents:
        is_open = words.count(
            len(state.incidents), "{n} incident is open.", "{n} incidents are open."
        )
        works = words("{sentence} {next}", sentence=works, next=is_open) if works else is_open
    return Headline(label, works or words("No open incidents."), None, "")


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


def _may_be_affected(components: Sequence[ComponentView], words: Words) -> str:
    """Return `Checkout may be affected.`: what works by itself, and needs what does not."""
    names = [
        clean(each.name)
        for each in components
        if each.affected_by and each.status is Status.OPERATIONAL
    ]
    if not names:
        return ""
    return words.count(
        len(names),
        "{names} may be affected.",
        "{names} may be affected.",
        names=_names(names, words),
    )


def _names(names: list[str], words: Words) -> str:
    if len(names) <= _MAX_NAMES + 1:
        return words.several(names)
    rest = len(names) - _MAX_NAMES
    return words(
        "{names} and {n} more", names=words.comma.join(names[:_MAX_NAMES]), n=words.number(rest)
    )


def _working_summary(
    components: Sequence[ComponentView], affected: Sequence[ComponentView], words: Words
) -> str:
    total = len(components)
    if total == 1:
        return ""
    operational = sum(component.status is Status.OPERATIONAL for component in components)
    if affected[0].status is Status.DEGRADED and operational + len(affected) == total:
        return _other_services(operational, words)
    working = sum(component.status.works for component in components)
    if not working:
        known = affected[0].status is Status.UNKNOWN
        text = (
            words.count(
                total,
                "None of the {n} services is known to work",
                "None of the {n} services is known to work",
            )
            if known
            else words.count(
                total, "None of the {n} services is working", "None of the {n} services is working"
            )
        )
    else:
        text = words.count(
            working,
            "{n} of {total} services is working",
            "{n} of {total} services are working",
            total=words.number(total),
        )
    impaired = working - operational if working else 0
    if impaired:
        text = words.count(
            impaired,
            "{sentence}, {n} of them with reduced performance",
            "{sentence}, {n} of them with reduced performance",
            sentence=text,
        )
    apart = _counted_apart(components, affected[0].status, words)
    if apart:
        text = words("{sentence}; {rest}", sentence=text, rest=apart)
    return words("{sentence}.", sentence=text)


def _counted_apart(components: Sequence[ComponentView], told: Status, words: Words) -> str:
    """Return `2 are unknown and 1 is under maintenance`, without those told of already; neither
    works as far as is known, and yet is broken."""
    parts = []
    if told is not Status.UNKNOWN and (number := _count(components, Status.UNKNOWN)):
        parts.append(words.count(number, "{n} is unknown", "{n} are unknown"))
    if told is not Status.MAINTENANCE and (number := _count(components, Status.MAINTENANCE)):
        parts.append(words.count(number, "{n} is under maintenance", "{n} are under maintenance"))
    return words.several(parts)


def _apart(components: Sequence[ComponentView], words: Words) -> str:
    """Return `, 1 unknown, 2 under maintenance`."""
    unknown = _count(components, Status.UNKNOWN)
    maintenance = _count(components, Status.MAINTENANCE)
    text = words.count(unknown, ", {n} unknown", ", {n} unknown") if unknown else ""
    if maintenance:
        text += words.count(maintenance, ", {n} under maintenance", ", {n} under maintenance")
    return text


def _count(components: Sequence[ComponentView], status: Status) -> int:
    return sum(component.status is status for component in components)


def _other_services(number: int, words: Words) -> str:
    if not number:
        return words("All of them are still working.")
    return words.count(
        number,
        "The other service is working normally.",
        "The other {n} services are working normally.",
    )
