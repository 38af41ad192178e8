"""Admin of subscribers."""

from datetime import UTC, datetime

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from components.backoffice.versioned import OptimisticLockAdmin
from subscribers.delivery import ledger
from subscribers.models import Subscriber


@admin.register(Subscriber)
class SubscriberAdmin(OptimisticLockAdmin[Subscriber]):
    list_display = ["masked", "channel", "scope", "confirmed_at", "unsubscribed_at", "created_at"]
    list_filter = ["channel", "scope"]
    readonly_fields = ["masked", "confirmed_at", "unsubscribed_at", "created_at"]
    fields = [
        "masked", "scope", "components", "kinds", "min_severity", "confirmed_at",
        "unsubscribed_at", "created_at",
    ]  # fmt: skip
    autocomplete_fields = ["components"]
    show_full_result_count = False
    change_list_template = "admin/subscribers/subscriber/change_list.html"
    actions = ["send_test"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        return super().get_queryset(request).filter(merged_into=None)

    @admin.action(description="Send a test message", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        for row in queryset:
            ledger.send_test(row, now=datetime.now(UTC))
        messages.success(request, "On its way; the deliveries tell what came of it.")

    def has_add_permission(self, request: object) -> bool:
        return False
