"""Subscribers in the admin."""

from django.contrib import admin

from components.versioned_admin import GuardedAdmin
from subscribers import (  # noqa: F401  (they register themselves)
    alert_admin,
    endpoint_admin,
    hold_admin,
    ledger_admin,
)
from subscribers.models import Subscriber


@admin.register(Subscriber)
class SubscriberAdmin(GuardedAdmin[Subscriber]):
    list_display = ["masked", "channel", "scope", "confirmed_at", "unsubscribed_at", "created_at"]
    list_filter = ["channel", "scope"]
    readonly_fields = ["masked", "confirmed_at", "unsubscribed_at", "created_at"]
    fields = [
        "masked", "scope", "components", "kinds", "min_severity", "confirmed_at",
        "unsubscribed_at", "created_at",
    ]  # fmt: skip
    autocomplete_fields = ["components"]
    show_full_result_count = False

    def has_add_permission(self, request: object) -> bool:
        return False
