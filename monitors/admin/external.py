"""The part of the monitors' admin that only kinds which receive alerts have."""

import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from components.backoffice.base import actor
from components.backoffice.local_times import local_time_seconds
from components.backoffice.sentences import localized, reasons
from monitors.admin.config_form import config_fields
from monitors.admin.table import table
from monitors.external_alerts.intake import clear_alerts
from monitors.models import AlertSource, Monitor
from monitors.probers.external import ExternalProber
from monitors.rules.alert_lanes import MAX_LANES

SENDER_FIELDS = ("alert_address", "alertmanager_example")
ALERT_FIELDS = ("open_alerts",)
MAX_ROWS = 50
_SNIPPET = """\
route:
  receiver: statuspage
  repeat_interval: {repeat}s
receivers:
  - name: statuspage
    webhook_configs:
      - url: {address}
        send_resolved: true
        http_config:
          authorization:
            credentials: TOKEN
"""


class ExternalAdminMixin(admin.ModelAdmin[Monitor]):
    """The fields and the action of monitors that receive alerts."""

    def external_fieldsets(self, obj: Monitor | None) -> Any:
        kind = ExternalProber.kind
        fieldsets = [
            (None, {"fields": ["name", "component", "enabled"]}),
            (gettext(ExternalProber.label), {"fields": list(config_fields(kind))}),
        ]
        if obj is None:
            return fieldsets
        return [
            (gettext("Open alerts"), {"fields": ["says", *ALERT_FIELDS]}),
            (gettext("Where to send alerts"), {"fields": list(SENDER_FIELDS)}),
            *fieldsets,
        ]

    @admin.display(description="address")
    def alert_address(self, obj: Monitor) -> SafeString:
        return format_html(
            '<code class="copy">{}</code><br>{}',
            address_of(obj, "alertmanager"),
            gettext("With an API token that has the scope alerts:write."),
        )

    @admin.display(description="Alertmanager")
    def alertmanager_example(self, obj: Monitor) -> SafeString:
        repeat = obj.config.get("repeat_interval", _default("repeat_interval"))
        text = _SNIPPET.format(repeat=repeat, address=address_of(obj, "alertmanager"))
        return format_html(
            '<pre class="copy" tabindex="0">{}</pre>{}',
            text,
            gettext("Replace TOKEN with the key of the API token."),
        )

    @admin.display(description="alerts")
    def open_alerts(self, obj: Monitor) -> SafeString | str:
        source = AlertSource.objects.filter(monitor=obj).first()
        if source is None or source.heard_at is None:
            return gettext("Waiting for the first message.")
        rows = [
            (_instant(lane.opened_at), gettext(lane.verdict), localized(lane.reason))
            for lane in obj.alert_lanes.filter(cleared_at=None).order_by("opened_at")[:MAX_ROWS]
        ]
        heard = gettext("Last message: {at}.").format(at=_instant(source.heard_at))
        if source.left_out:
            heard += " " + gettext("{number} alerts were left out: {most} can be open.").format(
                number=f"{source.left_out:,}", most=f"{MAX_LANES:,}"
            )
        if not rows:
            return gettext("No open alerts.") + f" {heard}"
        return format_html(
            "{}<p>{}</p>",
            table(
                gettext("open alerts"),
                (gettext("Since"), gettext("Status"), gettext("Reason")),
                rows,
            ),
            heard,
        )

    @admin.action(description="Clear open alerts", permissions=["change"])
    def clear_open_alerts(self, request: HttpRequest, queryset: QuerySet[Monitor]) -> None:
        external = [each for each in queryset if each.takes_alerts]
        cleared = 0
        for monitor in external:
            try:
                cleared += clear_alerts(monitor, actor=actor(request), now=time.time())
            except ValidationError as error:
                messages.error(request, f"{monitor}: {reasons(error)}")
        if external:
            text = ngettext(
                "{number} open alert cleared.", "{number} open alerts cleared.", cleared
            )
            messages.success(request, text.format(number=f"{cleared:,}"))
        else:
            messages.warning(request, gettext("None of the selected monitors receives alerts."))


def address_of(monitor: Monitor, name: str) -> str:
    """Return the address to which alerts of a format are sent."""
    return f"{settings.STATUSPAGE.site_url}/api/v1/monitors/{monitor.pk}/alerts/{name}"


def _default(name: str) -> Any:
    return ExternalProber.config_type.model_fields[name].default


def _instant(at: float) -> str:
    return local_time_seconds(datetime.fromtimestamp(at, UTC))
