"""The desk's rows of alerts: operators' own that nobody has acknowledged, and those from elsewhere
that could not be followed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext

from components.status import Status
from components.values.severity import Severity
from monitors.models import AlertSource, UnmatchedAlert
from monitors.rules.alert_lanes import MAX_LANES
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


def unmatched_alerts(now: datetime) -> Iterator[Row]:
    """Yield how many alerts of the last day no rule matched, if any; one query."""
    count = UnmatchedAlert.objects.filter(received_at__gt=now - timedelta(days=1)).count()
    if count:
        yield Row(
            Status.UNKNOWN,
            gettext("Unmatched alerts: {number}").format(number=f"{count:,}"),
            gettext(
                "Received in the last 24 hours. No rule matches them, and they change no status."
            ),
            url=reverse("admin:monitors_unmatchedalert_changelist"),
            action=gettext("View"),
        )


def left_out_alerts() -> Iterator[Row]:
    """Yield monitors of which alerts were left out of the last message; one query."""
    full = AlertSource.objects.filter(left_out__gt=0).select_related("monitor__component")
    for source in full.order_by("monitor_id")[:MAX_ROWS]:
        monitor = source.monitor
        yield Row(
            Status.DEGRADED,
            f"{monitor.component.name}: {monitor.name}",
            gettext(
                "Alerts of the last message that were left out: {number}. {most} are open, and no"
                " more can be. Group them at the sender, or clear the open alerts."
            ).format(number=f"{source.left_out:,}", most=f"{MAX_LANES:,}"),
            url=reverse("admin:monitors_monitor_change", args=[monitor.pk]),
            action=gettext("View"),
        )
