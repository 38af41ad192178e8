"""The permanent pages of one incident, of its post-mortem, and of one maintenance window."""

from django.utils.safestring import SafeString

from statuspage.renderers.html.incident_cards import incident_article, window_article
from statuspage.renderers.html.layout import render_framed
from statuspage.renderers.html.markdown import render_markdown
from statuspage.renderers.html.times import clock, time_tag
from statuspage.state.page_state import IncidentView, PageState, WindowView


def incident_page(state: PageState, incident: IncidentView) -> bytes:
    """Return an incident's page, with its post-mortem if that is published."""
    article = incident_article(incident, today=state.today)
    at = incident.resolved_at
    return render_framed(
        "page/page-incident.html",
        state,
        path=f"/status/incidents/{incident.reference}",
        title=incident.title,
        description=f"{incident.title}: {incident.status}".replace("_", " "),
        values={
            "incident": article,
            "ended": SafeString(time_tag(at, clock(at, today=state.today))) if at else "",
            "state_label": incident.status.replace("_", " ").capitalize(),
            "report": [(name, render_markdown(text)) for name, text in incident.report],
        },
        here="incident",
    )


def report_page(state: PageState, incident: IncidentView) -> bytes:
    """Return the page of the published post-mortem by itself."""
    return render_framed(
        "page/page-postmortem.html",
        state,
        path=f"/status/incidents/{incident.reference}/postmortem",
        title=f"Post-mortem: {incident.title}",
        description=f"What was learnt from {incident.title}",
        values={
            "incident": incident_article(incident, today=state.today),
            "report": [(name, render_markdown(text)) for name, text in incident.report],
        },
        here="postmortem",
    )


def window_page(state: PageState, window: WindowView) -> bytes:
    """Return a maintenance window's page."""
    article = window_article(window, today=state.today)
    return render_framed(
        "page/page-window.html",
        state,
        path=f"/status/maintenance/{window.reference}",
        title=window.title,
        description=f"Maintenance, {window.state}: {window.title}".replace("_", " "),
        values={"window": article},
        here="window",
    )
