"""The part of the monitors' admin that only heartbeats have: their address and pings."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from components.backoffice.base import actor
from components.backoffice.local_times import local_time_seconds
from components.secrets import SecretError
from monitors import ping_keys
from monitors.admin.config_form import config_fields
from monitors.admin.table import table
from monitors.heartbeats.ingest import rotate_key
from monitors.models import Monitor, Ping
from monitors.probers import registry
from monitors.selectors import latest_pings

ADDRESS_FIELDS = ("ping_address", "how_to_ping")
PING_FIELDS = ("pings",)


class HeartbeatAdminMixin(admin.ModelAdmin[Monitor]):
    """The fields and actions of heartbeats, mixed into the admin of monitors."""

    def heartbeat_fieldsets(self, request: HttpRequest, obj: Monitor | None, kind: str) -> Any:
        fieldsets = [
            (None, {"fields": ["name", "component", "enabled"]}),
            (gettext(registry.prober(kind).label), {"fields": list(config_fields(kind))}),
        ]
        if obj is None:
            return fieldsets
        details = [(gettext("Recent pings"), {"fields": ["says", *PING_FIELDS]})]
        # The address is a key: who may only look is not shown it.
        if self.has_change_permission(request, obj):
            details.insert(0, (gettext("Ping address"), {"fields": list(ADDRESS_FIELDS)}))
        return [*details, *fieldsets]

    def response_add(
        self, request: HttpRequest, obj: Monitor, post_url_continue: str | None = None
    ) -> HttpResponse:
        answer = super().response_add(request, obj, post_url_continue)
        has_address = ping_keys.has_address(obj) or obj.takes_alerts or obj.takes_numbers
        if not has_address or {"_addanother", "_popup"} & request.POST.keys():
            return answer
        # What it is for is its address, which stands on its own page.
        return HttpResponseRedirect(reverse("admin:monitors_monitor_change", args=[obj.pk]))

    @admin.display(description="ping address")
    def ping_address(self, obj: Monitor) -> SafeString | str:
        try:
            return format_html('<code class="copy">{}</code>', ping_keys.address_of(obj))
        except SecretError as error:
            return gettext(
                "The address cannot be read: {error}. Rotate it to get a new one."
            ).format(error=error)

    @admin.display(description="examples")
    def how_to_ping(self, obj: Monitor) -> SafeString | str:
        try:
            address = ping_keys.address_of(obj)
        except SecretError:
            return "–"
        push = address.replace("/ping/", "/api/push/")
        examples = (
            (gettext("From cron"), f"30 2 * * * backup.sh && curl -fsS -m 10 --retry 5 {address}"),
            (gettext("With its exit code"), f"backup.sh; curl -fsS -m 10 --retry 5 {address}/$?"),
            (gettext("As a push agent"), f"{push}?status=up&msg=OK&ping="),
        )
        return format_html_join("", '<p>{}<br><code class="copy">{}</code></p>', examples)

    @admin.display(description="last pings")
    def pings(self, obj: Monitor) -> SafeString | str:
        rows = [_row(ping) for ping in latest_pings(obj)]
        if not rows:
            return gettext("Waiting for the first ping.")
        return table(
            gettext("last pings"),
            (
                gettext("Time"),
                gettext("Result"),
                gettext("Exit code"),
                gettext("Duration"),
                gettext("Output"),
            ),
            rows,
        )

    @admin.action(description="Rotate ping address", permissions=["change"])
    def new_ping_address(self, request: HttpRequest, queryset: QuerySet[Monitor]) -> None:
        heartbeats = [each for each in queryset if ping_keys.has_address(each)]
        for monitor in heartbeats:
            rotate_key(monitor, actor=actor(request))
        if heartbeats:
            text = ngettext(
                "{number} heartbeat has a new ping address. The old one is void.",
                "{number} heartbeats have new ping addresses. The old ones are void.",
                len(heartbeats),
            ).format(number=len(heartbeats))
            messages.success(request, text)
        else:
            messages.warning(request, gettext("None of the selected monitors is a heartbeat."))


def _row(ping: Ping) -> tuple[str, str, str, str, SafeString | str]:
    return (
        local_time_seconds(ping.came_at),
        f"{ping.word}: {ping.message}" if ping.message else ping.word,
        "" if ping.code is None else str(ping.code),
        _duration(ping.took_ms),
        _body(ping.body),
    )


def _duration(milliseconds: float | None) -> str:
    if milliseconds is None:
        return ""
    if milliseconds < 10_000:
        return f"{milliseconds:.0f} ms"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _body(body: str) -> SafeString | str:
    if not body:
        return ""
    return format_html(
        '<details><summary>{} characters</summary><pre class="sent">{}</pre></details>',
        len(body),
        body,
    )
