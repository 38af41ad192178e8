"""The permanent pages of one incident, of its post-mortem, and of one maintenance window."""

from typing import Any

from django.utils.safestring import SafeString

from components.languages.words import ENGLISH, Words
from statuspage.renderers.html.incident_cards import (
    incident_article,
    language_note,
    lower_label,
    state_label,
    window_article,
)
from statuspage.renderers.html.layout import render_framed
from statuspage.renderers.html.markdown import render_markdown
from statuspage.renderers.html.times import clock, time_tag
from statuspage.state.page_state import IncidentView, PageState, WindowView


def incident_page(state: PageState, incident: IncidentView, words: Words = ENGLISH) -> bytes:
    """Return an incident's page, with its post-mortem if that is published."""
    article = incident_article(incident, today=state.today_in(words), words=words)
    at = incident.resolved_at
    return render_framed(
        "page/page-incident.html",
        state,
        words=words,
        path=f"/status/incidents/{incident.reference}",
        title=incident.title,
        description=f"{incident.title}: {lower_label(incident.status, words)}",
        values={
            "incident": article,
            "ended": SafeString(time_tag(at, clock(at, today=state.today_in(words), words=words)))
            if at
            else "",
            "state_label": state_label(incident.status, words),
            **_report(incident, words),
        },
        here="incident",
    )


def report_page(state: PageState, incident: IncidentView, words: Words = ENGLISH) -> bytes:
    """Return the page of the published post-mortem by itself."""
    return render_framed(
        "page/page-postmortem.html",
        state,
        words=words,
        path=f"/status/incidents/{incident.reference}/postmortem",
        title=words("Post-mortem: {title}", title=incident.title),
        description=words("Lessons from {title}", title=incident.title),
        values={
            "incident": incident_article(incident, today=state.today_in(words), words=words),
            **_report(incident, words),
        },
        here="postmortem",
    )


def _report(incident: IncidentView, words: Words) -> dict[str, Any]:
    """Return what templates show of a post-mortem; its headings are ours."""
    return {
        "report": [(words(name), render_markdown(text)) for name, text in incident.report],
        "report_lang": incident.report_language,
        "report_original": language_note(incident.report_language, words),
    }


def window_page(state: PageState, window: WindowView, words: Words = ENGLISH) -> bytes:
    """Return a maintenance window's page."""
    article = window_article(window, today=state.today_in(words), words=words)
    return render_framed(
        "page/page-window.html",
        state,
        words=words,
        path=f"/status/maintenance/{window.reference}",
        title=window.title,
        description=words(
            "Maintenance, {state}: {title}",
            state=lower_label(window.state, words),
            title=window.title,
        ),
        values={"window": article},
        here="window",
    )
