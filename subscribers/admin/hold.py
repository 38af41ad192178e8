"""Deliveries that are held after a restore, and the two buttons that end it."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from components.backoffice.base import ReadOnlyAdmin, actor
from components.backoffice.question import Question, ask, count, is_answered
from subscribers.delivery import holds
from subscribers.models import Hold


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin[Hold]):
    list_display = ["since", "reason", "waiting", "ended_at", "ended_by", "released"]
    search_fields = ["reason"]
    empty_text = "After a restore, deliveries pause here until you send or discard them."
    empty_url, empty_label = "admin:subscribers_delivery_changelist", "View deliveries"
    empty_needs = "subscribers.view_delivery"
    actions = ["release", "discard"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Asked by the list for its actions; nothing of a hold can be edited.
        return obj is None and super(ReadOnlyAdmin, self).has_change_permission(request)

    @admin.display(description="waiting")
    def waiting(self, obj: Hold) -> str:
        return f"{holds.count_held():,}" if obj.ended_at is None else "–"

    @admin.action(description="Send waiting messages…", permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Hold]) -> Any:
        return self._end(request, queryset, "release", send=True)

    @admin.action(description="Discard waiting messages…", permissions=["change"])
    def discard(self, request: HttpRequest, queryset: QuerySet[Hold]) -> Any:
        return self._end(request, queryset, "discard", send=False)

    def _end(
        self, request: HttpRequest, queryset: QuerySet[Hold], action: str, *, send: bool
    ) -> Any:
        if not queryset.filter(ended_at=None).exists():
            return messages.warning(request, gettext("Deliveries are no longer paused."))
        if not is_answered(request):
            question = Question(
                title=(gettext("Send {count}?") if send else gettext("Discard {count}?")).format(
                    count=count(holds.count_held(), "waiting message")
                ),
                button=gettext("Send") if send else gettext("Discard"),
                text=gettext("Some may have been sent before the backup was restored.")
                if send
                else "",
            )  # fmt: skip
            return ask(self, request, action, question)
        number = holds.end_hold(send=send, now=datetime.now(UTC), by=actor(request))
        done = (
            gettext("{number} will be sent. New messages are sent again.")
            if send
            else gettext("{number} discarded. New messages are sent again.")
        )
        return messages.success(request, done.format(number=f"{number or 0:,}"))
