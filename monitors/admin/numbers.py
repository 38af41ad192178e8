"""The part of the monitors' admin that only the kind `number` has."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from monitors.admin.chart import number_day_chart
from monitors.admin.config_form import config_fields
from monitors.models import Monitor
from monitors.probers.number import NumberProber
from monitors.rules.thresholds import format_number

NUMBER_FIELDS = ("last_number_sent", "number_chart_of_a_day", "number_address")
_COMMAND = """\
curl -fsS -m 10 --retry 5 {address} \\
  -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\
  -d '{{"value": 42}}'"""


class NumberAdminMixin(admin.ModelAdmin[Monitor]):
    """The fields of monitors that numbers are sent to."""

    def number_fieldsets(self, obj: Monitor | None) -> Any:
        fieldsets = [
            (None, {"fields": ["name", "component", "enabled"]}),
            (gettext(NumberProber.label), {"fields": list(config_fields(NumberProber.kind))}),
        ]
        if obj is None:
            return fieldsets
        return [
            (
                gettext("Recent numbers"),
                {"fields": ["says", "last_number_sent", "number_chart_of_a_day", "results"]},
            ),
            (gettext("Where to send numbers"), {"fields": ["number_address"]}),
            *fieldsets,
        ]

    @admin.display(description="last number")
    def last_number_sent(self, obj: Monitor) -> str:
        if not (shown := newest_number(obj)):
            return gettext("Waiting for the first number.")
        at = datetime.fromtimestamp(obj.last_number.taken_at, UTC)
        return f"{shown} ({at:%Y-%m-%d %H:%M:%S} UTC)"

    @admin.display(description="last 24 hours")
    def number_chart_of_a_day(self, obj: Monitor) -> SafeString:
        return number_day_chart(obj, now=datetime.now(UTC))

    @admin.display(description="command")
    def number_address(self, obj: Monitor) -> SafeString:
        address = f"{settings.STATUSPAGE.site_url}/api/v1/monitors/{obj.pk}/numbers"
        return format_html(
            '<pre class="copy" tabindex="0">{}</pre>{}',
            _COMMAND.format(address=address),
            gettext("Replace TOKEN with the key of an API token that has the scope alerts:write."),
        )


def newest_number(monitor: Monitor) -> str:
    """Return the newest number that was sent to a monitor, with its unit; '' for none."""
    last = getattr(monitor, "last_number", None)
    return "" if last is None else format_number(last.value, str(monitor.config.get("unit", "")))
