"""The admin of components with what only this layer knows: retiring, and what a deletion takes."""

import time
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.core.exceptions import PermissionDenied
from django.db.models import Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from components.admin import ComponentAdmin, status_badge
from components.backoffice.base import actor
from components.backoffice.managed import explanation, file_of
from components.models import Component, DeclaredPeriod, StatusPeriod
from components.status import Verdict
from incidents.models import Impact, Incident
from maintenance.models import Window
from monitors.models import Monitor
from statuspage.backoffice.undo import COMPONENT, publications
from statuspage.catalogue_files.components import restore, retire
from subscribers.delivery import fanout
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.models import Subscriber

admin.site.unregister(Component)
_MAX_INCIDENTS = 5


def _days_of_history(components: list[int], now: datetime) -> int:
    """Return over how many days, today's among them, something is known of any of them."""
    firsts = [
        kept.objects.filter(component__in=components).aggregate(first=Min("started_at"))["first"]
        for kept in (StatusPeriod, DeclaredPeriod)
    ]
    known = [first for first in firsts if first]
    return (now.date() - min(known).astimezone(UTC).date()).days + 1 if known else 0


def _weight(*components: Component) -> dict[str, int]:
    """Return how much hangs on some components; each incident, say, is counted once."""
    some = [each.pk for each in components]
    followers = Subscriber.objects.filter(components__in=some, unsubscribed_at=None)
    return {
        "days": _days_of_history(some, datetime.now(UTC)),
        "monitors": Monitor.objects.filter(component__in=some).count(),
        "incidents": Incident.objects.filter(impacts__component__in=some).distinct().count(),
        "windows": Window.objects.filter(components__in=some).distinct().count(),
        "followers": followers.filter(confirmed_at__isnull=False).distinct().count(),
    }


def _told_of_retiring(component: Component) -> int:
    """Return how many would be told: followers that are suspended are not."""
    ids = frozenset({component.pk})
    audience = Audience(Kind.STATUS, component_ids=ids, followers_only=True)
    return sum(fanout.count_recipients(audience).values())


_BADGES = {
    Verdict.DOWN: "major_outage", Verdict.DEGRADED: "degraded", Verdict.UNKNOWN: "unknown",
    Verdict.UP: "operational",
}  # fmt: skip
"""Worst first."""


def _around(component: Component) -> dict[str, Any]:
    """Return what a component's page lists beside its form: monitors, and the last incidents."""
    monitors = Monitor.objects.filter(component=component).prefetch_related("checks")
    rows = []
    for monitor in monitors.order_by("name"):
        found = {each.verdict for each in monitor.checks.all() if each.due is not None}
        worst = next((each for each in _BADGES if each in found), None)
        rows.append((monitor, worst or "paused", _BADGES[worst] if worst else "unknown"))
    declared = Impact.objects.filter(component=component).select_related("incident")
    newest = declared.order_by("-incident__started_at")[:_MAX_INCIDENTS]
    return {"watched_by": rows, "recent_incidents": [each.incident for each in newest]}


@admin.register(Component)
class RetiringComponentAdmin(ComponentAdmin):
    list_filter = [*ComponentAdmin.list_filter, ("retired_at", admin.EmptyFieldListFilter)]
    delete_confirmation_template = "admin/components/component/delete_confirmation.html"
    delete_selected_confirmation_template = "admin/components/component/delete_selected.html"

    @admin.display(description="status", ordering="status")
    def shown_status(self, obj: Component) -> SafeString | str:
        return gettext("Retired") if obj.retired_at else status_badge(obj.status)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show above the form what can still be undone of it."""
        component = self.get_object(request, object_id) if object_id else None
        shown = (
            publications(request, family=COMPONENT, subject_id=component.pk) if component else []
        )
        more: dict[str, Any] = {"publications": shown}
        if component:
            more |= _around(component)
        return super().changeform_view(
            request, object_id, form_url, {**more, **(extra_context or {})}
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show above the list what can still be undone."""
        more = {"publications": publications(request, family=COMPONENT)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Component], search_term: str
    ) -> tuple[QuerySet[Component], bool]:
        """Find components; a form that asks for one is offered none that is retired."""
        rows, may_repeat = super().get_search_results(request, queryset, search_term)
        is_choice = request.path == reverse("admin:autocomplete")
        return (rows.filter(retired_at=None) if is_choice else rows), may_repeat

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.retire_view)
        return [path("<int:pk>/retire/", view, name="component-retire"), *super().get_urls()]

    def retire_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask whether to retire a component, or to bring it back; POST does it."""
        component = Component.objects.select_related("group__parent").filter(pk=pk).first()
        if component is None:
            raise Http404
        if not self.has_change_permission(request, component):
            raise PermissionDenied
        if file := file_of(component):
            messages.error(request, explanation(file))
            return redirect("admin:components_component_change", pk)
        if request.method == "POST":
            self._switch(request, component)
            return redirect("admin:components_component_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": (
                gettext("Restore {component}")
                if component.retired_at
                else gettext("Retire {component}")
            ).format(component=component),
            "opts": self.opts,
            "component": component,
            "weight": _weight(component),
            "recipients": _told_of_retiring(component),
            "open_incidents": Impact.objects.filter(
                Q(component=component), incident__resolved_at=None
            ).count(),
        }
        return TemplateResponse(request, "admin/components/component/retire.html", context)

    def _switch(self, request: HttpRequest, component: Component) -> None:
        now, who = time.time(), actor(request)
        if "restore" in request.POST:
            restore(component, actor=who, now=now)
            messages.success(
                request, gettext("{component} has been restored.").format(component=component)
            )
        else:
            retire(component, notify="notify" in request.POST, actor=who, now=now)
            messages.success(
                request,
                gettext("{component} has been retired. Its history and incidents are kept.").format(
                    component=component
                ),
            )

    def get_actions(self, request: HttpRequest) -> Any:
        actions: dict[str, Any] = super().get_actions(request)
        if "delete_selected" in actions:
            actions["delete_selected"] = (_ask_with_weight, *actions["delete_selected"][1:])
        return actions

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        component = context["object"]
        more = {"weight": _weight(component), "may_retire": component.retired_at is None}
        return super().render_delete_form(request, {**context, **more})


def _ask_with_weight(
    modeladmin: ComponentAdmin, request: HttpRequest, queryset: QuerySet[Component]
) -> Any:
    """Delete what is selected; the question says in words what goes."""
    answer = delete_selected(modeladmin, request, queryset)
    if isinstance(answer, TemplateResponse) and answer.context_data is not None:
        answer.context_data["weight"] = _weight(*queryset)
    return answer
