"""Admin of the ledger: each copy of each message, its state, and the actions."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from components.backoffice.base import ReadOnlyAdmin
from components.backoffice.paging import CappedPaginator
from components.backoffice.question import Question, ask, count, is_answered
from components.backoffice.sentences import localized
from components.status import Status
from subscribers.delivery import ledger
from subscribers.enums import State
from subscribers.models import Delivery
from subscribers.services import rows_of

_MARKS = {
    State.SENT: Status.OPERATIONAL, State.RETRYING: Status.DEGRADED,
    State.FAILED: Status.MAJOR_OUTAGE, State.BOUNCED: Status.MAJOR_OUTAGE,
}  # fmt: skip


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    list_display = ["shown_state", "about", "message", "recipient", "channel", "why", "created_at",
                    "ended_at"]  # fmt: skip
    list_display_links = ["about"]
    empty_text = "Each message to a subscriber or an alert channel is listed here with its result."
    empty_url, empty_label = "admin:subscribers_subscriber_changelist", "View subscribers"
    empty_needs = "subscribers.view_subscriber"
    list_filter = ["state", "channel", "notice__kind"]
    list_select_related = ["notice", "subscriber", "alert_channel"]
    search_fields = ["message_id"]
    paginator = CappedPaginator
    search_help_text = (
        "A full e-mail address or URL, incident-7, maintenance-2, alert-9 or a message ID."
    )
    ordering = ["-id"]
    columns = ["about", "message", "recipient", "channel", "state", "why", "attempts", "last_code",
              "last_response", "message_id", "created_at", "ended_at"]  # fmt: skip
    actions = ["send_again", "download"]
    change_list_template = "admin/subscribers/delivery/change_list.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Asked by the list for its actions; nothing of a delivery can be edited.
        return obj is None and super(ReadOnlyAdmin, self).has_change_permission(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        term = search_term.strip()
        # A message id has an "@", too; no address has a host of ours behind it.
        if ("@" in term or "://" in term) and (rows := rows_of(term)):
            return queryset.filter(subscriber__in=[row.pk for row in rows]), False
        return (queryset.filter(ledger.search_filter(term)) if term else queryset), False

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        if request.GET.get("q", "").strip():
            return [ledger.newest_of_event()]
        return list(self.ordering)

    @admin.display(description="state", ordering="state")
    def shown_state(self, obj: Delivery) -> SafeString:
        """Return the state with the mark of what it means: arrived, under way, lost."""
        return format_html(
            '<span class="status status-{}">{}</span>',
            _MARKS.get(State(obj.state), Status.UNKNOWN), gettext(obj.get_state_display()),
        )  # fmt: skip

    @admin.display(description="about")
    def about(self, obj: Delivery) -> str:
        return str(obj.notice.facts["headline"])

    @admin.display(description="message")
    def message(self, obj: Delivery) -> str:
        """Return which message of its event it is: `New incident`, `Resolved`."""
        return gettext(ledger.message_label(obj))

    @admin.display(description="recipient")
    def recipient(self, obj: Delivery) -> str:
        return localized(ledger.recipient(obj, openly=False))

    @admin.display(description="recipient")
    def open_recipient(self, obj: Delivery) -> str:
        return localized(ledger.recipient(obj, openly=True))

    def get_list_display(self, request: HttpRequest) -> Any:
        return self._visible_columns(request, list(self.list_display))

    def get_fields(self, request: HttpRequest, obj: Delivery | None = None) -> Any:
        return self._visible_columns(request, self.columns)

    def get_readonly_fields(self, request: HttpRequest, obj: Delivery | None = None) -> list[str]:
        return [*self.columns, "open_recipient"]

    def _visible_columns(self, request: HttpRequest, names: list[Any]) -> list[Any]:
        """Return the columns: with addresses for those who may see them, else with masks."""
        openly = request.user.has_perm(ledger.SEE_ADDRESSES)
        # Not called `address`: Django's admin would show the column of that name, which is sealed.
        return ["open_recipient" if name == "recipient" and openly else name for name in names]

    @admin.display(description="why")
    def why(self, obj: Delivery) -> str:
        return localized(obj.reason) or obj.last_response[:80]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        listed = getattr(response, "context_data", None) or {}
        # Of what was searched for, an event's or a message's: not of all that was ever sent.
        if "cl" in listed and listed["cl"].query:
            listed["states"] = ledger.count_by_state(listed["cl"].queryset)
        return response

    @admin.action(description="Send again…", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> Any:
        if not is_answered(request):
            number = ledger.redeliverable(queryset).count()
            question = Question(
                title=gettext("Send {count} again?").format(count=count(number, 'message')),
                button=gettext("Send again"),
                text=gettext(
                    "Message IDs stay the same. Messages still being sent, and suppressed "
                    "ones, are skipped."
                ),
            )  # fmt: skip
            return ask(self, request, "send_again", question)
        number = ledger.redeliver(queryset, now=datetime.now(UTC))
        return messages.success(
            request,
            gettext("{number} queued again with the same message IDs.").format(
                number=f"{number:,}"
            ),
        )

    @admin.action(description="Export CSV", permissions=["view"])
    def download(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponseBase:
        openly = request.user.has_perm(ledger.SEE_ADDRESSES)
        rows = queryset.select_related("notice", "subscriber", "alert_channel").order_by("id")
        return StreamingHttpResponse(
            ledger.as_csv(rows.iterator(chunk_size=1000), openly=openly),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="deliveries.csv"'},
        )
