"""The admin's button that makes one check right now, and the page that shows all of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext, gettext_noop

from components.backoffice.sentences import localized, reasons
from monitors import on_demand
from monitors.models import Monitor
from monitors.worker.target_guard import configured_guard

_PHASES = {
    "name": gettext_noop("Look-up of the name"),
    "connect": gettext_noop("Connection"),
    "tls": gettext_noop("TLS handshake"),
    "first_byte": gettext_noop("First byte"),
    "write": gettext_noop("Write"),
    "read": gettext_noop("Read"),
    "delete": gettext_noop("Delete"),
    "total": gettext_noop("In all"),
}
_BADGES = {
    "up": "operational",
    "degraded": "degraded",
    "down": "major_outage",
    "inconclusive": "unknown",
}


class CheckNowAdmin(admin.ModelAdmin[Monitor]):
    """The action "test now": checks the settings as they are stored, even of a paused monitor."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.try_view)
        return [
            path("<int:pk>/test/", view, name="monitors_monitor_test"),
            *super().get_urls(),
        ]

    def try_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make one check and show it. POST only: it makes a request to another server."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        monitor = get_object_or_404(Monitor, pk=pk)
        if not self.has_change_permission(request, monitor):
            raise PermissionDenied
        try:
            report = on_demand.describe(on_demand.check_now(monitor, guard=configured_guard()))
        except (on_demand.BusyError, ValidationError) as error:
            messages.error(request, reasons(error))
            return redirect("admin:monitors_monitor_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": monitor,
            "title": gettext("Test of {name}").format(name=monitor.name),
            "report": {**report, "message": localized(report["message"])},
            "badge": _BADGES[report["result"]],
            "bars": _bars(report["phases"]),
        }
        return TemplateResponse(request, "admin/monitors/monitor/test.html", context)


def _bars(phases: dict[str, float]) -> list[dict[str, Any]]:
    """Return phases with their bars' start and width, in thousandths of the whole."""
    total = max(phases.get("total", 0.0), 0.1)
    elapsed = 0.0
    bars = []
    for name, took in phases.items():
        start = 0.0 if name == "total" else min(elapsed, total)
        width = min(took, total - start)
        bars.append(
            {
                "label": gettext(_PHASES.get(name, name)),
                "took": took,
                "start": round(start / total * 1000),
                "width": max(2, round(width / total * 1000)) if took else 0,
            }
        )
        elapsed += took
    return bars
