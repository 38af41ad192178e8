"""Writes groups and component rows, joined in Python: 24 times faster than a template loop."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from components.languages.words import ENGLISH, Words, msg
from components.status import Status, worst
from components.uptime.layers import Policy
from statuspage.pages.appearance import Appearance
from statuspage.renderers.html import numbers
from statuspage.renderers.html.appearance.display_status import shown_as, shown_label
from statuspage.renderers.html.escaping import escape_text
from statuspage.renderers.html.headline import group_summary
from statuspage.renderers.html.icons import MAY_BE_AFFECTED, icon
from statuspage.renderers.html.sparkline import number_sparkline, sparkline
from statuspage.renderers.html.times import clock, exact_clock, time_tag
from statuspage.renderers.html.uptime_bars import (
    ByDay,
    Calendar,
    calendar_of,
    day_table,
    uptime_strip,
)
from statuspage.state.joint_uptime import joint_uptime
from statuspage.state.page_state import ComponentView, GroupView, PageState

_SEVERAL = 2
ICONS = {state: icon(state) for state in (*Status, MAY_BE_AFFECTED)}
_BEGINNINGS = {90: msg("90 days ago"), 60: msg("60 days ago"), 30: msg("30 days ago")}
_WHICH = {
    Status.DEGRADED: msg("Needs {names}, which has reduced performance."),
    Status.PARTIAL_OUTAGE: msg("Needs {names}, which is partly unavailable."),
    Status.MAJOR_OUTAGE: msg("Needs {names}, which is down."),
}


def group_sections(state: PageState, words: Words = ENGLISH) -> str:
    """Return all groups with their components, in the operators' order."""
    days = int(state.appearance.history)
    calendar = calendar_of(state.history_from, state.today, words, days=days)
    known = {each.name: each for each in reversed(state.components)}
    filled = [
        (listed, joint_uptime(group.components) if state.appearance.show_uptime else None)
        for group in state.groups
        if (listed := _listed(group)).components
    ]
    return "".join(
        _group(group, state, calendar=calendar, known=known, alone=len(filled) == 1, uptime=percent)
        for group, percent in filled
    )


def _listed(group: GroupView) -> GroupView:
    """Return a group without what is listed only while something is wrong, and is not now."""
    listed = tuple(each for each in group.components if each.is_listed)
    return group if len(listed) == len(group.components) else replace(group, components=listed)


def _group(
    group: GroupView,
    state: PageState,
    *,
    calendar: Calendar,
    known: Mapping[str, ComponentView],
    alone: bool,
    uptime: float | None,
) -> str:
    """Return a group with its rows; `uptime` is that of all in it, listed now or not."""
    words = calendar.words
    status = worst(component.status for component in group.components)
    name = escape_text(group.name) or words("Services" if alone else "Other services")
    key = "g-0" if group.id is None else f"g-{group.id}"
    description = (
        f'<p class="about"><bdi>{escape_text(group.description)}</bdi></p>'
        if group.description
        else ""
    )
    basis = _usual_basis(group, words) if state.appearance.show_uptime else ""
    rows = "".join(
        component_row(
            each,
            calendar,
            _by_day(each, state),
            today=state.today_in(words),
            known=known,
            basis=basis,
            look=state.appearance,
        )
        for each in group.components
    )
    head = (
        f'<h2><bdi>{name}</bdi></h2>{_joint(uptime, words)}<span class="sum">'
        f"{'' if status is Status.OPERATIONAL else ICONS[status]}"
        f"{group_summary(group, words)}</span>"
    )
    body = (
        f'{description}<ul class="rows">{rows}</ul><p class="axis"><span>'
        f"{words(_BEGINNINGS[calendar.days])}</span> <i></i>"
        f" {_axis_basis(basis, words)}<span>{words('Today')}</span></p>"
    )
    if not group.collapsed:
        return (
            f'<section class="group" id="{key}" data-status="{status}">'
            f'<div class="head">{head}</div>{body}</section>'
        )
    open_attribute = " open" if group.open_when_wrong and status is not Status.OPERATIONAL else ""
    return (
        f'<section class="group"><details id="{key}" data-status="{status}"{open_attribute}>'
        f'<summary class="head">{head}</summary>{body}</details></section>'
    )


def _joint(uptime: float | None, words: Words) -> str:
    percent = numbers.uptime(uptime, words)
    told = words("{percent} uptime", percent=percent)
    return f'<span class="up">{told}</span>' if percent else ""


def _axis_basis(basis: str, words: Words) -> str:
    if not basis:
        return ""
    return f"<span>{words('Uptime {basis}', basis=basis)}</span> <i></i> "


def _usual_basis(group: GroupView, words: Words) -> str:
    """Return what most of a group's percentages follow; '' while it has none.

    It stands once under the group; only who differs says so in its row.
    """
    counted = Counter(
        basis_words(each, words) for each in group.components if each.uptime is not None
    )
    return counted.most_common(1)[0][0] if counted else ""


def component_row(
    component: ComponentView,
    calendar: Calendar,
    incidents: ByDay,
    *,
    today: date,
    known: Mapping[str, ComponentView],
    basis: str,
    look: Appearance,
) -> str:
    """Return one component's row: what it is, how it is, and how it has been.

    `known` are the page's components by their names. `basis` is what its group says of percentages.
    """
    state, words = shown_as(component), calendar.words
    about = (
        f'<span class="desc"><bdi>{escape_text(component.description)}</bdi></span>'
        if component.description
        else ""
    )
    return (
        f'<li class="c" id="c-{escape_text(component.slug)}" data-status="{state}">'
        f'<div class="c-head">{ICONS[state]}<h3><bdi>'
        f'<a href="/status/components/{escape_text(component.slug)}">'
        f"{escape_text(component.name)}</a></bdi></h3>{about}{_response(component, look, words)}"
        f"{_percent(component, words) if look.show_uptime else ''}"
        f'<span class="word">{words(shown_label(component))}</span></div>'
        f"{_note(component, today, known, basis, look, words)}"
        f"{uptime_strip(calendar.codes(component), words)}"
        f"{_details(component, calendar, incidents, look)}</li>"
    )


def _response(component: ComponentView, look: Appearance, words: Words) -> str:
    """Return the newest response time and the last day's; '' for what does not answer.

    What has no response times but numbers that are sent shows the first of those, whatever it is
    taken for.
    """
    if component.numbers and component.latency_ms is None and not component.response_ms:
        first = component.numbers[0]
        told = numbers.quantity(first.value, first.unit, words) if look.show_response else ""
        if look.show_sparklines:
            told += number_sparkline(first, words)
        name = escape_text(first.name)
        hidden = f'<span class="vh">{name} </span>'
        return f'<span class="ms" title="{name}">{hidden}{told}</span>' if told else ""
    if numbers.is_silent(component):
        return ""
    told = numbers.response_time(component, words) if look.show_response else ""
    if look.show_sparklines:
        told += sparkline(component.response_ms, words)
    return f'<span class="ms">{told}</span>' if told else ""


def _percent(component: ComponentView, words: Words) -> str:
    percent = numbers.uptime(component.uptime, words)
    if percent:
        told = f'{percent}<span class="vh"> {words("uptime")}</span>'
    else:
        told = words("no data yet")
    return f'<span class="up">{told}</span>'


def _note(
    component: ComponentView,
    today: date,
    known: Mapping[str, ComponentView],
    basis: str,
    look: Appearance,
    words: Words,
) -> str:
    """Return since when, and what else there is to note; '' for one that simply works."""
    notes = []
    wrong = component.status is not Status.OPERATIONAL
    if wrong and component.since is not None:
        since = time_tag(component.since, clock(component.since, today=today, words=words))
        notes.append(words("Since {time}.", time=since))
    if component.status is Status.UNKNOWN and component.checked_at is not None:
        seen = time_tag(
            component.checked_at, exact_clock(component.checked_at, today=today, words=words)
        )
        notes.append(words("Last seen {time}.", time=seen))
    if component.affected_by:
        notes.append(_affected(component, known, words))
    elif component.note:
        notes.append(f"<bdi>{escape_text(words(component.note))}</bdi>")
    own = basis_words(component, words)
    if own != basis and component.by_staff:
        notes.append(words("Reported by staff."))
    elif look.show_uptime and own != basis and component.uptime is not None:
        notes.append(words("Uptime {basis}.", basis=own))
    if look.show_uptime and component.maintenance_counts and _has_maintenance(component):
        notes.append(words("Maintenance counted."))
    return f'<p class="note">{words.sentences(notes)}</p>' if notes else ""


def _affected(component: ComponentView, known: Mapping[str, ComponentView], words: Words) -> str:
    """Return through what it is, or may be, affected."""
    links = component_links(component.affected_by, known, words)
    if shown_as(component) != MAY_BE_AFFECTED:
        return words("Affected by {names}.", names=links)
    needed = known.get(component.affected_by[0])
    if len(component.affected_by) > 1 or needed is None or needed.status not in _WHICH:
        told = words("Needs {names}, which have problems.", names=links)
    else:
        told = words(_WHICH[needed.status], names=links)
    if component.by_staff:
        return told
    return words.sentences((told, words("Its own checks are passing.")))


def component_links(
    names: Iterable[str], known: Mapping[str, ComponentView], words: Words = ENGLISH
) -> str:
    """Return components' names, each leading to its page."""
    return words.comma.join(
        f'<a href="/status/components/{escape_text(known[name].slug)}" dir="auto">'
        f"{escape_text(name)}</a>"
        if name in known
        else f"<bdi>{escape_text(name)}</bdi>"
        for name in names
    )


def _details(
    component: ComponentView, calendar: Calendar, incidents: ByDay, look: Appearance
) -> str:
    """Return what a row unfolds: its figures in words, its notable days, its regions."""
    regions = _regions(component, look, calendar.words) if look.show_regions else ""
    if not component.days and not incidents and not regions:
        return ""
    words = calendar.words
    details = words("Details of {name}", name=escape_text(component.name))
    table = day_table(component.days, calendar, incidents, known_from=component.first_known_on)
    return (
        f'<details><summary><span class="vh">{details}</span></summary>'
        f"{_figures(component, words) if look.show_uptime else ''}{table}{regions}</details>"
    )


def _figures(component: ComponentView, words: Words) -> str:
    """Return the percentage, and all that it follows."""
    percent = numbers.uptime(component.uptime, words)
    if not percent:
        told = words("No data yet, reported by staff." if component.by_staff else "No data yet.")
    else:
        figure = words("{percent} uptime", percent=f"<b>{percent}</b>")
        policy = _maintenance_policy(component, words)
        parts = (figure, basis_words(component, words), *filter(None, (policy,)))
        told = words("{sentence}.", sentence=words.comma.join(parts))
    return f'<p class="fig">{told}</p>'


_BASIS_WORDS = {
    Policy.WORST: msg("measured and declared"),
    Policy.MEASURED: msg("measured"),
    Policy.DECLARED: msg("declared"),
}


def basis_words(component: ComponentView, words: Words = ENGLISH) -> str:
    """Return which layer of its history a component's percentage follows."""
    return words("reported by staff" if component.by_staff else _BASIS_WORDS[component.basis])


def _regions(component: ComponentView, look: Appearance, words: Words) -> str:
    """Return the table of what is observed from where, when that is from several places."""
    if len(component.regions) < _SEVERAL:
        return ""
    lines = "".join(
        f'<tr><th scope="row">{escape_text(each.name)}</th><td>{words(each.status.label)}</td>'
        + (f"<td>{numbers.response_time(each, words)}</td></tr>" if look.show_response else "</tr>")
        for each in component.regions
    )
    response = f'<th scope="col">{words("Response")}</th>' if look.show_response else ""
    return (
        f'<table class="regions"><thead><tr><th scope="col">{words("Region")}</th>'
        f'<th scope="col">{words("Status")}</th>{response}</tr>'
        f"</thead><tbody>{lines}</tbody></table>"
    )


def _by_day(component: ComponentView, state: PageState) -> ByDay:
    """Return the listed incidents that affected the component, by the days on which they did."""
    by_day: ByDay = {}
    for incident in (*state.incidents, *state.past_incidents, *state.older_incidents):
        if component.name not in incident.components or not incident.reference:
            continue
        on = incident.started_at.date()
        last = (incident.resolved_at or state.built_at).date()
        while on <= last:
            by_day.setdefault(on, []).append((incident.reference, incident.title))
            on += timedelta(days=1)
    return by_day


def _maintenance_policy(component: ComponentView, words: Words) -> str:
    """Return what the percentage does with maintenance, where that makes a difference."""
    if not _has_maintenance(component):
        return ""
    counted = component.maintenance_counts
    return words("maintenance counted" if counted else "maintenance excluded")


def _has_maintenance(component: ComponentView) -> bool:
    return any(day.seconds.get(Status.MAINTENANCE) for day in component.days)
