"""The desk's rows of operators' alerts that nobody has acknowledged."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from components.values.severity import Severity
from statuspage.backoffice.rows import Row
from statuspage.renderers.html.times import duration
from subscribers.enums import AlertStage
from subscribers.models import Alert

MAX_ROWS = 12
MAX_WHY = 200
"""Characters of the reason; the whole of it is on the alert's page."""


def alert_rows(now: datetime) -> Iterator[Row]:
    """Yield each alert that waits for an acknowledgement, the oldest first; one query."""
    waiting = Alert.objects.filter(
        stage=AlertStage.RAISED, acknowledged_at=None, resolved_at=None
    ).order_by("raised_at", "pk")
    for alert in waiting[:MAX_ROWS]:
        since = duration((now - alert.began_at).total_seconds())
        why = str(alert.facts.get("message", ""))[:MAX_WHY]
        yield Row(
            Severity(alert.severity).implied,
            str(alert.facts.get("headline", alert.name)),
            " ".join(filter(None, [why, f"· for {since} · not acknowledged"])),
            url=reverse("admin:subscribers_alert_change", args=[alert.pk]),
            post=reverse("admin:alert-acknowledge", args=[alert.pk]),
            action=gettext("Acknowledge"),
        )
