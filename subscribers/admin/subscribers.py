"""Admin of subscribers."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from components.backoffice.base import JournaledAdmin, actor
from components.backoffice.dependents import DependentsMixin
from components.backoffice.local_times import local_date, local_time
from components.backoffice.question import Question, ask, count, is_answered
from components.backoffice.sentences import localized
from components.backoffice.versioned import OptimisticLockAdmin
from components.journal import Event
from subscribers import event_types
from subscribers.delivery import ledger
from subscribers.delivery.endpoint_health import lift_suspensions, suspension_of
from subscribers.models import Bounce, Endpoint, Subscriber, Suspension
from subscribers.services import erase, rows_of

_MAX_BOUNCES = 10


class SuspendedFilter(admin.SimpleListFilter):
    """Those that are sent nothing, because what was sent came back or kept failing."""

    title = "suspension"
    parameter_name = "suspended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", gettext("Suspended")), ("no", gettext("Not suspended"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Subscriber]
    ) -> QuerySet[Subscriber]:
        open_ones = Suspension.objects.filter(lifted_at=None).values("subscriber")
        if self.value() == "yes":
            return queryset.filter(pk__in=open_ones)
        return queryset.exclude(pk__in=open_ones) if self.value() == "no" else queryset


@admin.register(Subscriber)
class SubscriberAdmin(
    DependentsMixin[Subscriber], OptimisticLockAdmin[Subscriber], JournaledAdmin[Subscriber]
):
    journal_family = "subscriber"
    dependents = (Bounce, Endpoint, Suspension)
    list_display = ["shown_address", "channel", "page", "scope", "suspended", "confirmed_at",
                    "unsubscribed_at", "created_at"]  # fmt: skip
    list_filter = ["channel", "scope", "language", SuspendedFilter]
    readonly_fields = ["shown_address", "page", "confirmed_at", "unsubscribed_at", "suspended",
                       "bounced", "created_at"]  # fmt: skip
    fields = [
        "shown_address", "page", "scope", "components", "kinds", "min_severity", "language",
        "confirmed_at", "unsubscribed_at", "suspended", "bounced", "created_at",
    ]  # fmt: skip
    autocomplete_fields = ["components"]
    search_fields = ["channel"]
    search_help_text = "A full e-mail address or webhook URL. Addresses are stored encrypted."
    empty_text = "People subscribe on the status page; you can also import a list."
    empty_url, empty_label = "subscribers-import", "Import subscribers"
    empty_needs = "subscribers.see_addresses"
    show_full_result_count = False
    list_per_page = 50
    # As they came; by their date, which has no index, all would be read and sorted.
    ordering = ["-id"]
    change_list_template = "admin/subscribers/subscriber/change_list.html"
    actions = ["send_test", "lift_suspension"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        return (
            super().get_queryset(request).filter(merged_into=None).prefetch_related("suspensions")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Subscriber], search_term: str
    ) -> tuple[QuerySet[Subscriber], bool]:
        """Find by the whole address: its keyed hash is all that can be compared."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(pk__in=[row.pk for row in rows_of(term)]), False

    @admin.display(description="address")
    def shown_address(self, obj: Subscriber) -> str:
        return obj.masked

    @admin.display(description="suspended")
    def suspended(self, obj: Subscriber) -> str:
        suspension = suspension_of(obj)
        return (
            f"{localized(suspension.reason)} ({local_date(suspension.since)})"
            if suspension
            else "–"
        )

    @admin.display(description="last bounce")
    def bounced(self, obj: Subscriber) -> str:
        lines = [
            f"{local_time(each.at)}: {each.status} ({each.kind}) {each.diagnostic}".strip()
            for each in obj.bounces.order_by("-id")[:_MAX_BOUNCES]
        ]
        return "\n".join(lines) or "–"

    @admin.action(description="Resume sending", permissions=["change"])
    def lift_suspension(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        now, who = datetime.now(UTC), actor(request)
        number = sum(lift_suspensions(row, now=now, actor=who) for row in queryset)
        messages.success(
            request,
            gettext("{number} resumed. New messages are sent again.").format(number=f"{number:,}"),
        )

    @admin.action(description="Send test message…", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> Any:
        if not is_answered(request):
            question = Question(
                title=gettext("Send a test message to {count}?").format(
                    count=count(queryset.count(), "subscriber")
                ),
                button=gettext("Send test"),
            )
            return ask(self, request, "send_test", question)
        for row in queryset:
            ledger.send_test(row, now=datetime.now(UTC))
        return messages.success(request, gettext("Test sent. See Deliveries for the result."))

    def has_add_permission(self, request: object) -> bool:
        return False

    def events(self, request: HttpRequest, obj: Subscriber, *, created: bool) -> Iterable[Event]:
        data = {"subscriber_id": obj.pk, "channel": obj.channel}
        kind = event_types.SUBSCRIBER_CHANGED
        yield Event(kind, data, subject_id=obj.pk, actor=actor(request))

    def remove(self, obj: Subscriber, *, actor: str) -> None:
        erase([obj], now=datetime.now(UTC), actor=actor)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        erase(list(queryset), now=datetime.now(UTC), actor=actor(request))
