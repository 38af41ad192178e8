"""The admin of remote agents: whether they report, what they probe and have delivered."""

import time
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from components.backoffice.base import ReadOnlyAdmin
from components.backoffice.sentences import localized
from monitors.admin.readers import ago
from monitors.admin.table import table
from monitors.agent_reports import REGION_CLAIM_SECONDS
from monitors.models import Agent, Check, ProberConnectivity, Reader

MAX_MONITORS = 200
"""How many monitors an agent's page names."""


@admin.register(Agent)
class AgentAdmin(ReadOnlyAdmin[Agent]):
    list_display = ["name", "region", "is_now", "heard", "probes", "delivered"]
    search_fields = ["name", "region"]
    empty_text = (
        "An agent checks from another region. Create a token with agents:write, then start "
        "manage.py agent there."
    )
    empty_url, empty_label = "admin:statuspage_apitoken_add", "Add API token"
    empty_needs = "statuspage.add_apitoken"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        """Return each with the number of its checks and whether it is blind: one query."""
        active = Check.objects.filter(region_id=OuterRef("region"), due__isnull=False)
        count = active.order_by().values("region_id").annotate(number=Count("pk")).values("number")
        connectivity = ProberConnectivity.objects.filter(
            region=OuterRef("region"), prober=OuterRef("name")
        )
        blind = connectivity.values("blind_since")
        agents = super().get_queryset(request)
        return agents.annotate(checks=Subquery(count), blind_since=Subquery(blind))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        more = {"agents_call": settings.STATUSPAGE.site_url}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def get_fieldsets(self, request: HttpRequest, obj: Agent | None = None) -> Any:
        return [
            (None, {"fields": ["name", "region", "is_now", "heard", "as_a_reader"]}),
            (gettext("Assigned monitors"), {"fields": ["assigned"]}),
            (gettext("Delivered results"), {"fields": ["delivered"]}),
        ]

    @admin.display(description="state")
    def is_now(self, obj: Any) -> SafeString:
        if time.time() - obj.seen > REGION_CLAIM_SECONDS:
            badge, word = "unknown", gettext("silent")
        elif obj.blind_since:
            badge, word = "unknown", gettext("without network")
        else:
            badge, word = "operational", gettext("live")
        return format_html('<span class="status status-{}">{}</span>', badge, word)

    @admin.display(description="last seen", ordering="seen")
    def heard(self, obj: Agent) -> str:
        return ago(time.time() - obj.seen)

    @admin.display(description="monitors")
    def probes(self, obj: Any) -> int:
        return obj.checks or 0

    @admin.display(description="delivered", ordering="sequence")
    def delivered(self, obj: Agent) -> str:
        return (
            gettext("{sequence} batches").format(sequence=f"{obj.sequence:,}")
            if obj.stream
            else gettext("nothing yet")
        )

    @admin.display(description="as a reader")
    def as_a_reader(self, obj: Agent) -> SafeString | str:
        if not Reader.objects.filter(pk=obj.name).exists():
            return gettext("not registered")
        page = reverse("admin:monitors_reader_change", args=[quote(obj.name)])
        return format_html('<a href="{}">processes and figures</a>', page)

    @admin.display(description="monitors")
    def assigned(self, obj: Agent) -> SafeString | str:
        checks = Check.objects.filter(region_id=obj.region, due__isnull=False)
        shown = checks.select_related("monitor").order_by("monitor__name")[:MAX_MONITORS]
        rows = [
            (
                _link(check.monitor_id, check.monitor.name),
                check.monitor.kind,
                f"{check.monitor.interval} s",
                gettext(check.verdict),
                localized(check.message),
            )
            for check in shown
        ]
        if not rows:
            return gettext("No monitor uses the region {region}.").format(region=obj.region)
        return table(
            gettext("assigned monitors"),
            (
                gettext("Monitor"),
                gettext("Kind"),
                gettext("Interval"),
                gettext("Status"),
                gettext("Reason"),
            ),
            rows,
        )


def _link(monitor_id: int, name: str) -> SafeString:
    page = reverse("admin:monitors_monitor_change", args=[monitor_id])
    return format_html('<a href="{}">{}</a>', page, name)
