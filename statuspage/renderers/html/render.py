"""Renders the public page: one read model in, the complete HTML out, no request and no database.

The frame is a Django template with its own engine, so that rendering depends on no settings; the
rows, of which there may be a thousand, are joined in Python. What people wrote is only ever a
value, never a template.
"""

from typing import Any

from django.utils.safestring import SafeString

from components.languages.words import ENGLISH, Words, msg
from components.status import Status
from components.uptime.periods import PARTIAL_OUTAGE_WEIGHT
from components.values.instants import iso
from statuspage.renderers.html import numbers
from statuspage.renderers.html.appearance.display_status import shown_as
from statuspage.renderers.html.blind_notice import blind_notices
from statuspage.renderers.html.child_pages import child_pages
from statuspage.renderers.html.component_rows import group_sections
from statuspage.renderers.html.escaping import escape_text
from statuspage.renderers.html.headline import Headline, headline, is_empty
from statuspage.renderers.html.icons import icon, symbols
from statuspage.renderers.html.incident_cards import (
    incident_article,
    language_note,
    past_days,
    past_none,
    window_article,
)
from statuspage.renderers.html.layout import NOTHING_YET, head, render_template, shown_status
from statuspage.renderers.html.links import rebased
from statuspage.renderers.html.markdown import render_markdown
from statuspage.renderers.html.times import as_of_tag, clock, exact_clock, time_tag
from statuspage.renderers.html.uptime_bars import PATTERNS
from statuspage.state.history_length import with_shown_history
from statuspage.state.joint_uptime import joint_uptime
from statuspage.state.page_state import PageState
from statuspage.state.translated import read_in

_UPTIMES = {
    90: msg("{percent} uptime in 90 days"),
    60: msg("{percent} uptime in 60 days"),
    30: msg("{percent} uptime in 30 days"),
}
UPTIME_POLICIES = {
    90: msg(
        "Uptime is that of the last 90 days; “measured and declared” takes the worse of both."
        " Operational and degraded time is up; a partial outage counts as down by"
        " {percent}; maintenance, unless it says “counted”, and time without"
        " evidence are left out."
    ),
    60: msg(
        "Uptime is that of the last 60 days; “measured and declared” takes the worse of both."
        " Operational and degraded time is up; a partial outage counts as down by"
        " {percent}; maintenance, unless it says “counted”, and time without"
        " evidence are left out."
    ),
    30: msg(
        "Uptime is that of the last 30 days; “measured and declared” takes the worse of both."
        " Operational and degraded time is up; a partial outage counts as down by"
        " {percent}; maintenance, unless it says “counted”, and time without"
        " evidence are left out."
    ),
}


def render_page(state: PageState, *, stale: bool = False, words: Words = ENGLISH) -> bytes:
    """Return the whole page in UTF-8.

    `stale` adds the notice that the product cannot reach its own records, so that what is shown
    is as old as `state.built_at` says. The bytes contain nothing that becomes untrue while they are
    served: clock times, never "ago"; the script adds that.
    """
    state = with_shown_history(read_in(state, words.tag))
    values: dict[str, Any] = {
        **_head(state, words),
        **_banner(state, words),
        "stale_as_of": as_of_tag(state.built_at, words) if stale else "",
        "due": str(state.evidence_due_seconds),
        "first": state.history_from.isoformat(),
        "blind": [SafeString(notice) for notice in blind_notices(state, words)],
        "incidents": [
            incident_article(each, today=state.today_in(words), words=words)
            for each in state.incidents
        ],
        "has_events": bool(
            state.incidents or state.windows or state.past_incidents or state.announcements
        ),
        "announcements": [
            {
                "id": each.id,
                "kind": each.kind,
                "label": words(each.kind.label),
                "message": render_markdown(each.message),
                "lang": each.language,
                "original": language_note(each.language, words),
            }
            for each in state.announcements
        ],
        "windows": [
            window_article(each, today=state.today_in(words), words=words) for each in state.windows
        ],
        "groups": SafeString(group_sections(state, words) + child_pages(state, words)),
        "show_past": state.appearance.show_past and not is_empty(state),
        "past_days": past_days(state, words),
        "past_none": past_none(state, words),
        "uptime_policy": _policy(state, words) if state.components else "",
    }
    return rebased(render_template("page/status.html", values), state.face.root)


def _head(state: PageState, words: Words) -> dict[str, Any]:
    label = words(NOTHING_YET if is_empty(state) else state.status.label)
    statuses = {
        shown_status(state),
        *map(shown_as, state.components),
        *(child.status for child in state.children),
    }
    if state.past_incidents and state.appearance.show_past:
        statuses.add(Status.OPERATIONAL)
    return {
        **head(state, path="/status", title=label, words=words),
        "symbols": SafeString(symbols(statuses)),
        "patterns": SafeString(PATTERNS),
        "here": "now",
        "resolved_icon": SafeString(icon(Status.OPERATIONAL)),
    }


def _banner(state: PageState, words: Words) -> dict[str, Any]:
    sentence = headline(state, words)
    status = shown_status(state)
    checked = state.checked_at
    return {
        "status": status,
        "icon": SafeString(icon(status)),
        "label": sentence.label,
        "answer": _sentence_html(sentence, state, words),
        "description": sentence.text(today=state.today_in(words), words=words),
        "checked": exact_clock(checked, today=state.today_in(words), words=words)
        if checked
        else "",
        "checked_iso": iso(checked) if checked else "",
        "uptime": _uptime(state, words),
        "no_checks": checked is None and _awaits_evidence(state),
    }


def _sentence_html(sentence: Headline, state: PageState, words: Words) -> SafeString:
    at = (
        time_tag(sentence.at, clock(sentence.at, today=state.today_in(words), words=words))
        if sentence.at
        else ""
    )
    return SafeString(f"{escape_text(sentence.lead)}{at}{escape_text(sentence.rest)}")


def _awaits_evidence(state: PageState) -> bool:
    """Whether something is monitored that has never reported; run by hand is not that."""
    return any(
        component.status is Status.UNKNOWN and component.checked_at is None
        for component in state.components
    )


def _uptime(state: PageState, words: Words) -> str:
    """Return the uptime of the page's components together; '' where none is shown or known."""
    percent = numbers.uptime(joint_uptime(state.components), words)
    if not percent or not state.appearance.show_uptime:
        return ""
    return words(_UPTIMES[int(state.appearance.history)], percent=percent)


def _policy(state: PageState, words: Words) -> str:
    """Return what the page's percentages are of."""
    percent = words.percent(PARTIAL_OUTAGE_WEIGHT * 100, 0)
    return words(UPTIME_POLICIES[int(state.appearance.history)], percent=percent)
