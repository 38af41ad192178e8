"""The page behind *Acknowledge* in an alert: GET shows it, POST acknowledges, without log-in.

The link is signed for one alert and one channel; the journal names the channel. As on the other
pages of links there is no session and no cookie, so nothing that a forged request could borrow.
"""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from components.languages.words import Words, msg
from statuspage.pages.face import Face
from statuspage.signup.pages import page, words_of_request
from statuspage.signup.views import bounded, face_of
from subscribers.alerting.service import acknowledge as acknowledge_alert
from subscribers.channels.formats.alert import alert_details
from subscribers.message import Facts
from subscribers.models import Alert
from subscribers.tokens import find_alert

_NOT_KNOWN = msg(
    "It may have expired, or its channel is turned off. Sign in to the admin to acknowledge the"
    " alert."
)
_OVER = msg("Recovered at {time}. There is nothing left to do.")
_ACKNOWLEDGED = msg("Acknowledged by {name} at {time}. Escalation has stopped.")


@bounded
def acknowledge(request: HttpRequest, key: str) -> HttpResponseBase:
    """Show an alert with the button, or how it stands; POST acknowledges it."""
    now = datetime.now(UTC)
    face = face_of(request)
    words = words_of_request(request, face)
    found = find_alert(key, now=now)
    if found is None:
        return page("done", face=face, words=words, status=404, icon="info",
                    title=words("This link is not valid"), text=words(_NOT_KNOWN))  # fmt: skip
    alert, channel = found
    if request.method == "POST":
        acknowledge_alert(alert, by=f"channel {channel.name}", now=now)
        alert.refresh_from_db()
    return _page(alert, face, words)


def _page(alert: Alert, face: Face, words: Words) -> HttpResponse:
    facts = Facts.from_json(alert.facts)
    shown: dict[str, Any] = {
        "face": face, "words": words, "title": facts.headline, "text": facts.message,
        "details": alert_details(facts),
    }  # fmt: skip
    if alert.resolved_at is not None:
        until = f"{alert.resolved_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return page("alert", **shown, done=words(_OVER, time=until))
    if alert.acknowledged_at is not None:
        at = f"{alert.acknowledged_at.astimezone(UTC):%H:%M} UTC"
        done = words(_ACKNOWLEDGED, name=alert.acknowledged_by, time=at)
        return page("alert", **shown, done=done)
    return page("alert", **shown)
