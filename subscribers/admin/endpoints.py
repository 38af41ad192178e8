"""Admin of webhooks' endpoints: secrets, tests, and suspensions."""

from datetime import UTC, datetime
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from components.backoffice.base import ReadOnlyAdmin, actor
from components.backoffice.question import Question, ask, count, is_answered
from subscribers.delivery import endpoint_health, ledger
from subscribers.enums import State
from subscribers.models import Delivery, Endpoint, Suspension
from subscribers.services import rows_of

M = TypeVar("M", bound=Model)


class _FoundByAddress(ReadOnlyAdmin[M]):
    """A list of what belongs to subscribers: found by a whole address, through its digest."""

    search_fields = ["subscriber"]
    search_help_text = "A full e-mail address or webhook URL. Addresses are stored encrypted."
    empty_url, empty_label = "admin:subscribers_subscriber_changelist", "View subscribers"
    empty_needs = "subscribers.view_subscriber"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        if not (term := search_term.strip()):
            return queryset, False
        return queryset.filter(subscriber__in=[row.pk for row in rows_of(term)]), False


@admin.register(Endpoint)
class EndpointAdmin(_FoundByAddress[Endpoint]):
    empty_text = "Each webhook that subscribes gets a secret here, which signs its messages."
    list_display = ["subscriber", "former_until"]
    list_select_related = ["subscriber"]
    fields = ["subscriber", "owner", "former_until"]
    actions = ["rotate", "send_test", "redeliver"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super(ReadOnlyAdmin, self).has_change_permission(request)

    @admin.action(description="Rotate signing secret", permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        for row in queryset.select_related("subscriber"):
            secret = endpoint_health.rotate(
                row.subscriber, now=datetime.now(UTC), actor=actor(request)
            )
            messages.warning(
                request,
                gettext(
                    "{subscriber}: {secret}. The previous secret stays valid for a day."
                ).format(subscriber=row.subscriber, secret=secret),
            )

    @admin.action(description="Send test message…", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> Any:
        if not is_answered(request):
            question = Question(
                title=gettext("Send a test message to {count}?").format(
                    count=count(queryset.count(), "webhook")
                ),
                button=gettext("Send test"),
            )
            return ask(self, request, "send_test", question)
        for row in queryset.select_related("subscriber"):
            ledger.send_test(row.subscriber, now=datetime.now(UTC))
        return messages.success(request, gettext("Test sent. See Deliveries for the result."))

    @admin.action(description="Resend failed messages…", permissions=["change"])
    def redeliver(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> Any:
        failed = Delivery.objects.filter(
            subscriber__in=queryset.values("subscriber"), state=State.FAILED
        )
        if not is_answered(request):
            hooks = count(queryset.count(), "webhook")
            question = Question(
                title=gettext("Send {count} again, to {hooks}?").format(
                    count=count(failed.count(), "message"), hooks=hooks
                ),
                button=gettext("Send again"),
            )
            return ask(self, request, "redeliver", question)
        number = ledger.redeliver(failed, now=datetime.now(UTC))
        return messages.success(
            request,
            gettext("{number} queued again with the same message IDs.").format(
                number=f"{number:,}"
            ),
        )


@admin.register(Suspension)
class SuspensionAdmin(_FoundByAddress[Suspension]):
    empty_text = "Subscribers whose messages keep failing stay here until you resume sending."
    list_display = ["subscriber", "since", "reason", "lifted_at"]
    list_select_related = ["subscriber"]
    actions = ["lift"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super(ReadOnlyAdmin, self).has_change_permission(request)

    @admin.action(description="Resume sending", permissions=["change"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Suspension]) -> None:
        now, who = datetime.now(UTC), actor(request)
        number = sum(
            endpoint_health.lift_suspensions(row.subscriber, now=now, actor=who)
            for row in queryset.filter(lifted_at=None).select_related("subscriber")
        )
        messages.success(
            request,
            gettext("{number} resumed. New messages are sent again.").format(number=f"{number:,}"),
        )
