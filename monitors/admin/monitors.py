"""Monitors, regions and results in the admin."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext

from components.backoffice.base import JournaledAdmin, actor
from components.backoffice.fields import CodeField
from components.backoffice.local_times import local_clock_seconds
from components.backoffice.sentences import localized
from components.backoffice.versioned import OptimisticLockAdmin
from components.journal import Event
from components.status import Verdict
from components.values.region_codes import MAX_CODE_LENGTH
from monitors import regions, services
from monitors.admin.chart import response_time_chart
from monitors.admin.check_now import CheckNowAdmin
from monitors.admin.config_form import PREFIX, form_for, show_settings
from monitors.admin.external import (
    ALERT_FIELDS,
    SENDER_FIELDS,
    ExternalAdminMixin,
)
from monitors.admin.heartbeats import ADDRESS_FIELDS, PING_FIELDS, HeartbeatAdminMixin
from monitors.admin.kinds import FIRST, SENTENCES
from monitors.admin.manual import STATE_ACTIONS, ManualAdminMixin
from monitors.admin.numbers import NUMBER_FIELDS, NumberAdminMixin, newest_number
from monitors.admin.table import table
from monitors.models import Check, Monitor, Region
from monitors.probers import registry
from monitors.probers.external import ExternalProber
from monitors.probers.manual import ManualProber
from monitors.probers.number import NumberProber
from monitors.probing.base import PassiveProber
from monitors.selectors import latest_results

DEFAULT_KIND = "endpoint"
"""The kind of a new monitor, unless another is asked for: most of them are of it."""

_BADGES = {
    Verdict.UP: "operational",
    Verdict.DEGRADED: "degraded",
    Verdict.DOWN: "major_outage",
    Verdict.UNKNOWN: "unknown",
}


class RegionForm(forms.ModelForm[Region]):
    code = CodeField(max_length=MAX_CODE_LENGTH, help_text=gettext_lazy("For example us-east-1."))


@admin.register(Region)
class RegionAdmin(OptimisticLockAdmin[Region], JournaledAdmin[Region]):
    form = RegionForm
    list_display = ["code", "name", "latitude", "longitude", "sort_order"]
    empty_text = "A region is where checks run: on this server, or on an agent elsewhere."
    search_fields = ["code", "name"]

    def journal_query(self, obj: Region) -> dict[str, Any]:
        # A region has a code and no number.
        return {"about": "region"}

    def events(self, request: HttpRequest, obj: Region, *, created: bool) -> Iterable[Event]:
        yield regions.region_changed(obj, actor=actor(request))

    def remove(self, obj: Region, *, actor: str) -> None:
        regions.delete_region(obj, actor=actor)


@admin.register(Monitor)
class MonitorAdmin(
    CheckNowAdmin,
    ExternalAdminMixin,
    HeartbeatAdminMixin,
    ManualAdminMixin,
    NumberAdminMixin,
    OptimisticLockAdmin[Monitor],
    JournaledAdmin[Monitor],
):
    change_form_template = "admin/monitors/monitor/change_form.html"
    list_display = ["name", "says", "component", "kind", "every", "enabled"]
    empty_text = "A monitor checks a component and decides its status."
    list_filter = ["kind", "enabled", "component"]
    list_select_related = ["component"]
    search_fields = ["name", "component__name"]
    autocomplete_fields = ["component", "regions"]
    readonly_fields = [
        "says", "last_day", "results", *ADDRESS_FIELDS, *PING_FIELDS, *SENDER_FIELDS, *ALERT_FIELDS,
        *NUMBER_FIELDS,
    ]  # fmt: skip
    actions = ["pause", "resume", "new_ping_address", "clear_open_alerts", *STATE_ACTIONS]

    def journal_query(self, obj: Monitor) -> dict[str, Any]:
        return {"monitor": obj.pk}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Monitor]:
        rows = super().get_queryset(request).select_related("last_number")
        return rows.prefetch_related("checks")

    def _kind(self, request: HttpRequest, obj: Monitor | None) -> str:
        """Return the kind whose fields the form has: the object's, else the requested one."""
        known = registry.probers()
        requested = obj.kind if obj else request.GET.get("kind", "")
        return requested if requested in known else DEFAULT_KIND

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        shown = self._kind(request, None)
        others = [
            (
                kind,
                gettext(prober.label),
                prober.missing_library(),
                gettext(SENTENCES.get(kind, "")),
            )
            for kind, prober in registry.probers().items()
            if kind != shown
        ]
        prober = registry.prober(shown)
        more = {
            "other_kinds": others, "kind_label": gettext(prober.label),
            "kind_sentence": gettext(SENTENCES.get(shown, "")), "lacking": prober.missing_library(),
        }  # fmt: skip
        return super().add_view(request, form_url, {**more, **(extra_context or {})})

    def get_form(
        self, request: HttpRequest, obj: Monitor | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = form_for(self._kind(request, obj))
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Monitor | None = None) -> Any:
        return self.with_version_field(request, obj, self._of_kind(request, obj))

    def _of_kind(self, request: HttpRequest, obj: Monitor | None) -> Any:
        kind = self._kind(request, obj)
        if obj is not None and not self.has_change_permission(request, obj):
            show_settings(obj, kind)
        if kind == ManualProber.kind:
            return self.manual_fieldsets(obj)
        if kind == ExternalProber.kind:
            return self.external_fieldsets(obj)
        if kind == NumberProber.kind:
            return self.number_fieldsets(obj)
        if isinstance(registry.prober(kind), PassiveProber):
            return self.heartbeat_fieldsets(request, obj, kind)
        tolerance = ["timeout", "confirm_down", "confirm_up", "retry_interval"]
        settings = registry.prober(kind).config_type.model_fields
        first = [
            PREFIX + name for name, info in settings.items() if info.is_required() or name in FIRST
        ]
        more = [PREFIX + name for name in settings if PREFIX + name not in first]
        fieldsets = [
            (None, {"fields": ["name", "component", "enabled"]}),
            (gettext(registry.prober(kind).label), {"fields": first}),
            (gettext("How often, from where"), {"fields": ["interval", "regions"]}),
            (
                gettext("Advanced"),
                {"classes": ["collapse"], "fields": [*more, *tolerance, "quorum"]},
            ),
        ]
        details = (
            [(gettext("Recent results"), {"fields": ["says", "last_day", "results"]})]
            if obj
            else []
        )
        return [*details, *[each for each in fieldsets if each[1]["fields"]]]

    @admin.display(description="interval", ordering="interval")
    def every(self, obj: Monitor) -> str:
        return "" if obj.calls_in else f"{obj.interval} s"

    @admin.display(description="status")
    def says(self, obj: Monitor) -> SafeString | str:
        checks = [check for check in obj.checks.all() if check.due is not None]
        return (
            format_html_join("", "<div>{} {}</div>", map(_status_cell, checks))
            if checks
            else gettext("paused: still has an example address")
            if obj.awaits_start and obj.placeholders
            else gettext("paused")
        )

    @admin.display(description="last 24 hours")
    def last_day(self, obj: Monitor) -> SafeString:
        return response_time_chart([check.pk for check in obj.checks.all()], now=datetime.now(UTC))

    @admin.display(description="last results")
    def results(self, obj: Monitor) -> SafeString:
        rows = [
            (local_clock_seconds(result.at), check.region_id, gettext(result.word),
             "" if result.latency_ms is None else f"{result.latency_ms:.0f} ms",
             "" if result.code is None else result.code, localized(result.message))
            for check in obj.checks.all()
            for result in latest_results(check)
        ]  # fmt: skip
        if not rows:
            return SafeString(escape(gettext("No results yet.")))
        heads = (
            gettext("Time"), gettext("Region"), gettext("Result"), gettext("Duration"),
            gettext("Code"), gettext("Reason"),
        )  # fmt: skip
        return table(gettext("last results"), heads, rows)

    def store(self, obj: Monitor, form: Any) -> None:
        services.store_monitor(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if hint := start_hint(form.instance):
            messages.warning(request, hint)

    def events(self, request: HttpRequest, obj: Monitor, *, created: bool) -> Iterable[Event]:
        return services.sync_checks(obj, actor=actor(request), now=time.time())

    def remove(self, obj: Monitor, *, actor: str) -> None:
        services.delete_monitor(obj, actor=actor)

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Monitor]) -> None:
        self._enable(request, queryset, enabled=False)

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Monitor]) -> None:
        self._enable(request, queryset, enabled=True)

    def _enable(self, request: HttpRequest, queryset: QuerySet[Monitor], *, enabled: bool) -> None:
        monitors = list(queryset.exclude(enabled=enabled))
        if enabled:
            monitors = _with_real_address(request, monitors)
        for monitor in monitors:
            monitor.enabled = enabled
            services.save_monitor(
                monitor, regions=list(monitor.regions.all()), actor=actor(request)
            )
        number = len(monitors)
        text = (
            ngettext("{number} monitor resumed.", "{number} monitors resumed.", number)
            if enabled
            else ngettext("{number} monitor paused.", "{number} monitors paused.", number)
        )
        messages.success(request, text.format(number=number))


def _with_real_address(request: HttpRequest, monitors: Iterable[Monitor]) -> list[Monitor]:
    """Return those that may be resumed with others; name the rest, which would only alarm."""
    ready = []
    for monitor in monitors:
        if monitor.placeholders:
            messages.warning(
                request,
                gettext("{name} was not resumed: {missing}").format(
                    name=monitor.name, missing=_missing(monitor)
                ),
            )
        else:
            ready.append(monitor)
    return ready


def start_hint(monitor: Monitor) -> str:
    """Return what to do next with a monitor that was saved; '' when there is nothing."""
    if monitor.placeholders:
        return f"{monitor.name}: {_missing(monitor)}"
    if monitor.awaits_start:
        return gettext("{name} is still paused. Turn on Enabled and save to start it.").format(
            name=monitor.name
        )
    return ""


def _missing(monitor: Monitor) -> str:
    texts = ", ".join(monitor.placeholders.values())
    return gettext("{texts} is an example address. Enter the real one first.").format(texts=texts)


def _status_cell(check: Check) -> tuple[SafeString, str]:
    verdict = Verdict(check.verdict)
    badge = format_html(
        '<span class="status status-{}">{}</span>', _BADGES[verdict], gettext(verdict)
    )
    parts = [check.region_id, localized(check.message)]
    if check.response_ms is not None:
        parts.insert(1, f"{check.response_ms:.0f} ms")
    if sent := newest_number(check.monitor):
        parts.insert(1, sent)
    return badge, " · ".join(part for part in parts if part)
