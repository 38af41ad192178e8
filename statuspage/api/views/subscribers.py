"""Views of `/api/v1/status/subscribers`: the list, import and erasure of subscribers (M28)."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypedDict

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from statuspage.api.authentication import caller
from statuspage.api.idempotency import idempotent
from statuspage.api.page_scope import EVERYTHING, PageReach
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import ListQuery, SubscribersView, find, page_of
from subscribers.delivery.endpoint_health import lift_suspensions, suspension_of
from subscribers.enums import BounceKind
from subscribers.import_export import import_subscribers
from subscribers.models import Subscriber
from subscribers.services import erase

_MAX_BOUNCES = 50


class Filters(ListQuery):
    confirmed = serializers.BooleanField(required=False, allow_null=True, default=None)


class ImportBody(StrictSerializer):
    """Either one subscriber's fields, or `subscribers` with many."""

    subscribers = serializers.ListField(child=serializers.DictField(), max_length=10_000)
    dry_run = serializers.BooleanField(default=False)


class SubscriberJson(TypedDict):
    """`address` is masked unless the token has the scope `subscribers:write`."""

    id: int
    channel: str
    address: str
    confirmed: bool
    components: list[int]
    created_at: Instant


class BounceOfSubscriberJson(TypedDict):
    at: Instant
    delivery_id: int
    kind: Annotated[str, OneOf(BounceKind)]
    status: str
    diagnostic: str


class SubscriberDetailJson(SubscriberJson):
    """One subscriber, with what came back of what was sent to it, newest first."""

    language: str
    """The tag of the language of its messages; '' for that of its page."""
    suspended: bool
    """Whether it is sent nothing, because what was sent came back or kept failing."""
    suspension_reason: str
    bounces: list[BounceOfSubscriberJson]


class SubscriberListJson(TypedDict):
    subscribers: list[SubscriberJson]
    total: int
    confirmed: int


class RefusedRowJson(TypedDict):
    row: int
    field: str
    message: str


class ImportReportJson(TypedDict):
    created: int
    updated: int
    unchanged: int
    refused: list[RefusedRowJson]
    ids: list[int]


class _SubscriberView(SubscribersView):
    """A token of one page sees and erases its subscribers, and imports none."""

    has_error_object = True
    takes_page_tokens = True

    def rows(self) -> QuerySet[Subscriber]:
        """Return the subscribers that the caller may see."""
        rows = Subscriber.objects.all()
        return rows.filter(page=self.reach.slug) if self.reach.slug else rows


class SubscriberList(_SubscriberView):
    def get(self, request: Request) -> Response:
        query = self.query_of(Filters)
        rows = self.rows().filter(merged_into=None).order_by("id")
        rows = rows.prefetch_related("components")
        if query["confirmed"] is not None:
            rows = rows.filter(confirmed_at__isnull=not query["confirmed"])
        token: Any = request.auth
        reveal_addresses = "subscribers:write" in token.scopes
        data: SubscriberListJson = {
            "subscribers": [
                subscriber_json(each, openly=reveal_addresses, reach=self.reach)
                for each in page_of(rows, query)
            ],
            "total": rows.count(),
            "confirmed": self.rows()
            .filter(confirmed_at__isnull=False, unsubscribed_at=None)
            .count(),
        }
        return Response(data, headers={"Cache-Control": "no-store"})

    @idempotent
    def post(self, request: Request) -> Response:
        if self.reach.slug:
            raise PermissionDenied(f"A token of the page {self.reach.slug} imports no subscribers.")
        has_list = isinstance(request.data, dict) and "subscribers" in request.data
        body = ImportBody(data=request.data if has_list else {"subscribers": [request.data]})
        body.is_valid(raise_exception=True)
        values = body.validated_data
        report = import_subscribers(
            values["subscribers"], now=datetime.now(UTC), dry_run=values["dry_run"],
            actor=caller(request),
        )  # fmt: skip
        if report.refused and not has_list:
            only = report.refused[0]
            raise serializers.ValidationError({only.field: [only.message]})
        data: ImportReportJson = {
            "created": report.created,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "refused": [
                {"row": each.row, "field": each.field, "message": each.message}
                for each in report.refused
            ],
            "ids": [] if values["dry_run"] else report.ids,
        }
        return Response(data, status=201 if report.created and not values["dry_run"] else 200)


class SubscriberDetail(_SubscriberView):
    def get(self, request: Request, pk: str) -> Response:
        row = find(self.rows().filter(merged_into=None), pk, name="subscriber")
        token: Any = request.auth
        suspension = suspension_of(row)
        data: SubscriberDetailJson = {
            **subscriber_json(row, openly="subscribers:write" in token.scopes, reach=self.reach),
            "language": row.language,
            "suspended": suspension is not None,
            "suspension_reason": suspension.reason if suspension else "",
            "bounces": [
                {
                    "at": iso(each.at),
                    "delivery_id": each.delivery_id,
                    "kind": each.kind,
                    "status": each.status,
                    "diagnostic": each.diagnostic,
                }
                for each in row.bounces.order_by("-id")[:_MAX_BOUNCES]
            ],
        }
        return Response(data, headers={"Cache-Control": "no-store"})

    def delete(self, request: Request, pk: str) -> Response:
        row = find(self.rows(), pk, name="subscriber")
        erase([row], now=datetime.now(UTC), actor=caller(request))
        return Response(status=204)


class SubscriberSuspension(_SubscriberView):
    """The suspension of a subscriber; deleting it is lifting it."""

    def delete(self, request: Request, pk: str) -> Response:
        row = find(self.rows().filter(merged_into=None), pk, name="subscriber")
        lift_suspensions(row, now=datetime.now(UTC), actor=caller(request))
        return Response(status=204)


def subscriber_json(
    row: Subscriber, *, openly: bool, reach: PageReach = EVERYTHING
) -> SubscriberJson:
    """Return a subscriber as the API shows it; `openly` with the address in clear."""
    return {
        "id": row.pk,
        "channel": row.channel,
        "address": row.address.reveal() if openly and row.address else row.masked,
        "confirmed": row.is_active,
        "components": reach.seen(component.pk for component in row.components.all()),
        "created_at": iso(row.created_at),
    }
