"""The admin of readers: their state, heartbeats and metrics."""

import time
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.base import ReadOnlyAdmin
from components.backoffice.local_times import local_clock, local_time_seconds
from monitors.admin.table import table
from monitors.models import Gauge, Reader
from monitors.rules.reader_metrics import throughput
from monitors.rules.reader_state import MISSED_INTERVALS, ReaderState

MINUTES = 15
"""How many of the last minutes with figures a reader's page shows."""
_BADGES = {
    ReaderState.LIVE: "operational",
    ReaderState.LOADING: "maintenance",
    ReaderState.DEAD: "unknown",
}
_HEADS = (
    gettext_lazy("Minute"),
    gettext_lazy("CPU"),
    gettext_lazy("Memory"),
    gettext_lazy("Storage"),
    gettext_lazy("In"),
    gettext_lazy("Out"),
    gettext_lazy("Requests"),
    gettext_lazy("Failed"),
)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@admin.register(Reader)
class ReaderAdmin(ReadOnlyAdmin[Reader]):
    list_display = ["name", "is_now", "heard", "runs", "groups", "device", "processes"]
    search_fields = ["name", "model_name", "device"]
    empty_text = (
        "Readers are your own consumers of work. They report here by heartbeat, with a token "
        "of the scope readers:write."
    )
    empty_url, empty_label = "admin:statuspage_apitoken_add", "Add API token"
    empty_needs = "statuspage.add_apitoken"

    def get_fieldsets(self, request: HttpRequest, obj: Reader | None = None) -> Any:
        return [
            (None, {"fields": ["name", "is_now", "heard", "schedule", "known_since"]}),
            (gettext("Model and processes"), {"fields": ["runs", "groups", "device", "processes"]}),
            (gettext("Metrics"), {"fields": ["clusters", "figures"]}),
        ]

    @admin.display(description="state")
    def is_now(self, obj: Reader) -> SafeString:
        state = obj.state_at(time.time())
        return format_html(
            '<span class="status status-{}">{}</span>', _BADGES[state], gettext(state)
        )

    @admin.display(description="last seen", ordering="heartbeat")
    def heard(self, obj: Reader) -> str:
        return ago(time.time() - obj.heartbeat)

    @admin.display(description="next expected")
    def schedule(self, obj: Reader) -> str:
        return gettext("every {interval} s; dead after {value} s of silence").format(
            interval=f"{obj.interval:g}", value=f"{MISSED_INTERVALS * obj.interval:g}"
        )

    @admin.display(description="in this state since")
    def known_since(self, obj: Reader) -> str:
        return local_time_seconds(datetime.fromtimestamp(obj.since, UTC))

    @admin.display(description="runs", ordering="model_name")
    def runs(self, obj: Reader) -> str:
        return " · ".join(part for part in (obj.model_name, obj.model_type) if part)

    @admin.display(description="consumer groups")
    def groups(self, obj: Reader) -> str:
        return ", ".join(obj.consumer_groups)

    @admin.display(description="process ids")
    def processes(self, obj: Reader) -> str:
        return ", ".join(map(str, obj.pids))

    @admin.display(description="GPU clusters")
    def clusters(self, obj: Reader) -> str:
        gpu = (obj.metrics or {}).get("gpu")
        if not gpu:
            return gettext("none")
        return gettext(
            "{active} of {total} active, {utilization} % in use, {queue_length} waiting"
        ).format(
            active=gpu["active"],
            total=gpu["total"],
            utilization=f"{gpu['utilization']:g}",
            queue_length=gpu["queue_length"],
        )

    @admin.display(description="last minutes")
    def figures(self, obj: Reader) -> SafeString | str:
        rows = obj.gauges.order_by("-minute")[:MINUTES]
        if not rows:
            return gettext("No metrics reported.")
        return table(gettext("metrics by minute"), [*map(str, _HEADS)], map(_cells, rows))


def _cells(gauge: Gauge) -> tuple[str, ...]:
    return (
        local_clock(datetime.fromtimestamp(gauge.minute * 60, UTC)),
        *(_percent(each) for each in (gauge.cpu, gauge.memory, gauge.storage)),
        *(_rate(each) for each in (gauge.network_in, gauge.network_out)),
        f"{gauge.requests:,}" if gauge.requests else "",
        f"{gauge.failed:,}" if gauge.requests else "",
    )


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} %"


def _rate(value: float | None) -> str:
    return "" if value is None else throughput(value)


def ago(seconds: float) -> str:
    """Format an age: `4 s ago`, `12 min ago`, `3 h ago`, `2 d ago`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return gettext("{span} ago").format(span=f"{seconds // size:.0f} {unit}")
    return gettext("{span} ago").format(span=f"{max(0.0, seconds):.0f} s")
