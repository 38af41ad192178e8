"""The page behind *Acknowledge* in an alert: GET shows it, POST acknowledges, without log-in.

The link is signed for one alert and one channel; the journal names the channel. As on the other
pages of links there is no session and no cookie, so nothing that a forged request could borrow.
"""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from statuspage.signup.pages import page
from statuspage.signup.views import bounded
from subscribers.alerting.service import acknowledge as acknowledge_alert
from subscribers.channels.formats.alert import alert_details
from subscribers.message import Facts
from subscribers.models import Alert
from subscribers.tokens import find_alert


@bounded
def acknowledge(request: HttpRequest, key: str) -> HttpResponseBase:
    """Show an alert with the button, or how it stands; POST acknowledges it."""
    now = datetime.now(UTC)
    found = find_alert(key, now=now)
    if found is None:
        return page("done", status=404, title="This link is not valid", icon="info",
                    text="It may have expired, or its channel is turned off. Sign in to the admin"
                    " to acknowledge the alert.")  # fmt: skip
    alert, channel = found
    if request.method == "POST":
        acknowledge_alert(alert, by=f"channel {channel.name}", now=now)
        alert.refresh_from_db()
    return _page(alert)


def _page(alert: Alert) -> HttpResponse:
    facts = Facts.from_json(alert.facts)
    shown: dict[str, Any] = {
        "title": facts.headline, "text": facts.message, "details": alert_details(facts),
    }  # fmt: skip
    if alert.resolved_at is not None:
        until = f"{alert.resolved_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return page("alert", **shown, done=f"Recovered at {until}. There is nothing left to do.")
    if alert.acknowledged_at is not None:
        at = f"{alert.acknowledged_at.astimezone(UTC):%H:%M} UTC"
        done = f"Acknowledged by {alert.acknowledged_by} at {at}. Escalation has stopped."
        return page("alert", **shown, done=done)
    return page("alert", **shown)
