"""Admin of operators' alerts: the list, and one alert with its action."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from components.backoffice.autocomplete import could_be
from components.backoffice.base import ReadOnlyAdmin, actor
from components.backoffice.local_times import local_clock
from components.backoffice.paging import CappedPaginator
from components.status import Status
from components.values.severity import Severity
from subscribers.alerting import search
from subscribers.alerting.service import acknowledge
from subscribers.channels.formats.alert import alert_details
from subscribers.delivery import ledger
from subscribers.enums import AlertStage
from subscribers.message import Facts
from subscribers.models import Alert, Delivery


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin[Alert]):
    list_display = ["shown_stage", "name", "severity", "began_at", "acknowledger", "resolved_at"]
    list_display_links = ["name"]
    list_filter = ["stage", "severity"]
    empty_text = "Alerts appear here when a monitor reports a problem; routes send them."
    empty_url, empty_label = "admin:subscribers_alertroute_add", "Add alert route"
    empty_needs = "subscribers.add_alertroute"
    search_fields = ["name"]
    paginator = CappedPaginator
    show_full_result_count = False
    actions = ["acknowledge_selected"]
    change_form_template = "admin/subscribers/alert/change_form.html"
    fields = [
        "name", "stage", "severity", "why", "began_at", "raised_at", "seen_from", "last_good",
        "public_status", "acknowledger", "acknowledged_at", "resolved_at", "sent",
    ]  # fmt: skip
    readonly_fields = ["why", "seen_from", "last_good", "public_status", "acknowledger", "sent"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Alert], search_term: str
    ) -> tuple[QuerySet[Alert], bool]:
        if not search_term.strip():
            return queryset, False
        found = search.named(search_term)
        return (queryset.none() if found is None else queryset.filter(found)), False

    @admin.display(description="stage", ordering="stage")
    def shown_stage(self, obj: Alert) -> SafeString:
        """Return the stage with the mark of how bad it is."""
        raised = obj.stage == AlertStage.RAISED
        mark = Severity(obj.severity).implied if raised else Status.UNKNOWN
        if obj.stage == AlertStage.RESOLVED:
            mark = Status.OPERATIONAL
        return format_html(
            '<span class="status status-{}">{}</span>', mark, gettext(obj.get_stage_display())
        )

    @admin.display(description="acknowledged by")
    def acknowledger(self, obj: Alert) -> str:
        return obj.acknowledged_by or "–"

    @admin.display(description="why")
    def why(self, obj: Alert) -> str:
        return str(obj.facts.get("message", "")) or "–"

    @admin.display(description="seen from")
    def seen_from(self, obj: Alert) -> str:
        return _detail(obj, "Seen from")

    @admin.display(description="last good answer")
    def last_good(self, obj: Alert) -> str:
        return _detail(obj, "Last good")

    @admin.display(description="public status")
    def public_status(self, obj: Alert) -> str:
        return _detail(obj, "Public status")

    @admin.display(description="sent to")
    def sent(self, obj: Alert) -> SafeString:
        rows = Delivery.objects.filter(ledger.of_thread(obj.thread), alert_channel__isnull=False)
        lines = (
            (row.alert_channel, row.notice.facts["headline"], row.state,
             local_clock(row.created_at), (row.context or {}).get("route", ""))
            for row in rows.select_related("notice", "alert_channel").order_by(
                ledger.newest_of_event()
            )[:50]
        )  # fmt: skip
        return format_html(
            "<ul>{}</ul>", format_html_join("", "<li>{}: {} ({}, {}, route {})</li>", lines)
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Asked by the list for its actions; nothing of an alert can be edited.
        return obj is None and super(ReadOnlyAdmin, self).has_change_permission(request)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.acknowledge_view)
        return [path("<int:pk>/acknowledge/", view, name="alert-acknowledge"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        known = could_be(object_id, Alert._meta.pk)
        alert = Alert.objects.filter(pk=object_id).first() if known else None
        links = alert.facts.get("more", {}).get("links", []) if alert else []
        can = alert is not None and alert.resolved_at is None and alert.acknowledged_at is None
        more = {
            "links": links, "title": alert.facts.get("headline", "") if alert else "",
            "may_acknowledge": can and self.has_change_permission(request),
        }  # fmt: skip
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def acknowledge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Acknowledge an alert, from its page or from the desk."""
        alert = get_object_or_404(Alert, pk=pk)
        if request.method != "POST" or not self.has_change_permission(request):
            raise PermissionDenied
        if acknowledge(alert, by=actor(request), now=datetime.now(UTC)):
            messages.success(
                request,
                gettext("{name}: acknowledged. Escalation has stopped.").format(name=alert.name),
            )
        else:
            messages.info(
                request,
                gettext("{name}: already acknowledged or resolved.").format(name=alert.name),
            )
        to_desk = request.POST.get("next") == "desk"
        here = reverse("admin:subscribers_alert_change", args=[pk])
        return HttpResponseRedirect(reverse("admin:index") if to_desk else here)

    @admin.action(description="Acknowledge", permissions=["change"])
    def acknowledge_selected(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        now = datetime.now(UTC)
        done = sum(acknowledge(alert, by=actor(request), now=now) for alert in queryset)
        messages.success(
            request, gettext("{done} acknowledged. Escalation has stopped.").format(done=done)
        )


def _detail(obj: Alert, name: str) -> str:
    facts = Facts.from_json(obj.facts)
    return dict(alert_details(facts)).get(name, "–")
