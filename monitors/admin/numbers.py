"""The part of the monitors' admin that only the kind `number` has."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from monitors.admin.config_form import config_fields
from monitors.models import LastNumber, Monitor
from monitors.probers.number import NumberProber
from monitors.rules.thresholds import format_number

NUMBER_FIELDS = ("last_number_sent", "number_address")
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
            (gettext("Recent numbers"), {"fields": ["says", "last_number_sent", "results"]}),
            (gettext("Where to send numbers"), {"fields": ["number_address"]}),
            *fieldsets,
        ]

    @admin.display(description="last number")
    def last_number_sent(self, obj: Monitor) -> str:
        last = LastNumber.objects.filter(monitor=obj).first()
        if last is None:
            return gettext("Waiting for the first number.")
        at = datetime.fromtimestamp(last.taken_at, UTC)
        shown = format_number(last.value, str(obj.config.get("unit", "")))
        return f"{shown} ({at:%Y-%m-%d %H:%M:%S} UTC)"

    @admin.display(description="command")
    def number_address(self, obj: Monitor) -> SafeString:
        address = f"{settings.STATUSPAGE.site_url}/api/v1/monitors/{obj.pk}/numbers"
        return format_html(
            '<pre class="copy" tabindex="0">{}</pre>{}',
            _COMMAND.format(address=address),
            gettext("Replace TOKEN with the key of an API token that has the scope alerts:write."),
        )
