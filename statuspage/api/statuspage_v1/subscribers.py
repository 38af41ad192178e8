"""Views of `/v1/pages/{id}/subscribers`."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from components.secrets import SecretError
from components.values.instants import iso
from components.values.public_ids import public_id
from statuspage.api.authentication import caller
from statuspage.api.idempotency import idempotent
from statuspage.api.statuspage_v1.bodies import DialectBody, IdsField, errors_by_names, unwrapped
from statuspage.api.statuspage_v1.objects import Json
from statuspage.api.statuspage_v1.page import AddressedPage, DialectView, require_row
from subscribers.addresses import digest, normalise
from subscribers.channels.base import EMAIL
from subscribers.endpoints import create_endpoint
from subscribers.invitations import invite
from subscribers.models import Subscriber, Suspension
from subscribers.services import change_preferences, unsubscribe

WEBHOOK = "webhook"
FORMAT = "statuspage"
"""What is sent to a webhook that was made here: what its receiver knows."""
NO_STORE = {"Cache-Control": "no-store"}
_MODES = ("email", "sms", "webhook", "slack", "teams")
_QUARANTINED = Q(Exists(Suspension.objects.filter(subscriber=OuterRef("pk"), lifted_at=None)))
_STATES: Mapping[str, Q] = {
    "active": Q(confirmed_at__isnull=False) & ~_QUARANTINED,
    "unconfirmed": Q(confirmed_at=None),
    "pending": Q(confirmed_at=None),
    "quarantined": _QUARANTINED,
    "all": Q(),
}
_NAMES = {"address": "email", "url": "endpoint", "owner": "email", "components": "component_ids"}


class SubscriberBody(DialectBody):
    """Somebody to be told: by mail, or at an `endpoint`, whose keeper is `email`."""

    nothing_if_blank = ("email", "endpoint", "phone_number", "skip_confirmation_notification")
    without_effect = frozenset({
        "phone_country", "page_access_user", "id", "mode", "created_at", "quarantined_at",
        "purge_at", "display_phone_number", "obfuscated_channel_name", "workspace_name",
        "page_access_user_id", "components",
    })  # fmt: skip

    email = serializers.CharField(max_length=320, required=False)
    endpoint = serializers.CharField(max_length=2_000, required=False)
    phone_number = serializers.CharField(max_length=40, required=False)
    component_ids = IdsField(required=False)
    skip_confirmation_notification = serializers.BooleanField(default=False)

    def validate_phone_number(self, number: str) -> str:
        raise serializers.ValidationError("SMS is not available: send an email or endpoint.")


class SubscribersView(DialectView):
    """A view of the subscribers of one page."""

    scopes = {"read": "subscribers:read", "write": "subscribers:write"}

    def rows(self, page: AddressedPage) -> QuerySet[Subscriber]:
        """Return those who have not left, and follow no single incident."""
        rows = Subscriber.objects.filter(
            page=page.subscribed, merged_into=None, unsubscribed_at=None, incident_id=0
        )
        return rows.prefetch_related("components", "suspensions")

    def told(self, row: Subscriber) -> Json:
        """Return a subscriber; its address in clear to those only who may change it."""
        token: Any = self.request.auth
        return subscriber_json(row, openly="subscribers:write" in token.scopes)

    def chosen(self, page: AddressedPage) -> QuerySet[Subscriber]:
        """Return those that the query asks for. Raises ValidationError."""
        query = self.request.query_params
        state, mode, text = (query.get(name, "").strip() for name in ("state", "type", "q"))
        if (state or "active") not in _STATES:
            raise serializers.ValidationError({"state": f"Write one of {', '.join(_STATES)}."})
        rows = self.rows(page).filter(_STATES[state or "active"])
        if mode:
            rows = rows.filter(channel=mode[:40])
        return rows.filter(_with_address(text, page)) if text else rows


class SubscriberList(SubscribersView):
    def get(self, request: Request, page_id: str) -> Response:
        page = self.page_of(page_id)
        # Here the first page is 0.
        number = request.query_params.get("page", "")
        part = self.paging().part(first=0 if number else 1)
        rows = self.chosen(page).order_by("pk")[part]
        return Response([self.told(row) for row in rows], headers=NO_STORE)

    @idempotent
    def post(self, request: Request, page_id: str) -> Response:
        page = self.page_of(page_id)
        body = SubscriberBody(data=unwrapped(request.data, "subscriber"))
        body.is_valid(raise_exception=True)
        with errors_by_names(_NAMES):
            row = self._add(body.validated_data, page)
        return Response(self.told(self.rows(page).get(pk=row.pk)), status=201, headers=NO_STORE)

    def _add(self, data: Mapping[str, Any], page: AddressedPage) -> Subscriber:
        actor, now = caller(self.request), datetime.now(UTC)
        chosen = page.chosen(data.get("component_ids", ())).values()
        pks = [each.pk for each in chosen]
        if "endpoint" in data:
            page.require_main("Webhooks receive what is on all pages")
            settings = {"components": pks, "format": FORMAT}
            row, _ = create_endpoint(
                channel=WEBHOOK, url=data["endpoint"], chosen=settings,
                owner=data.get("email", ""), now=now, actor=actor,
            )  # fmt: skip
            return row
        if "email" not in data:
            raise serializers.ValidationError({"email": "Send an email or an endpoint."})
        token: Any = self.request.auth
        agreed = data["skip_confirmation_notification"]
        if agreed and token.page:
            raise PermissionDenied(
                f"A token of the page {token.page} cannot say that somebody has agreed: leave out"
                " skip_confirmation_notification, and they are asked."
            )
        return invite(
            data["email"], component_ids=pks, page=page.subscribed, agreed=agreed, now=now,
            actor=actor,
        )  # fmt: skip


class SubscriberCount(SubscribersView):
    def get(self, request: Request, page_id: str) -> Response:
        page = self.page_of(page_id)
        counts = Counter(self.chosen(page).values_list("channel", flat=True))
        return Response({**dict.fromkeys(_MODES, 0), **counts})


class SubscriberDetail(SubscribersView):
    def get(self, request: Request, page_id: str, pk: str) -> Response:
        return Response(self.told(self._find(self.page_of(page_id), pk)), headers=NO_STORE)

    def patch(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        row = self._find(page, pk)
        body = SubscriberBody(data=unwrapped(request.data, "subscriber"), partial=True)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        for name in ("email", "endpoint"):
            if name in data:
                raise serializers.ValidationError({name: "It stays: add another subscriber."})
        if "component_ids" in data:
            components = list(page.chosen(data["component_ids"]).values())
            kept = ("kinds", "min_severity", "format", "language")
            change_preferences(
                row,
                chosen={
                    **{name: getattr(row, name) for name in kept}, "components": components,
                },
                now=datetime.now(UTC),
                actor=caller(request),
            )  # fmt: skip
        return Response(self.told(self._find(page, pk)), headers=NO_STORE)

    def delete(self, request: Request, page_id: str, pk: str) -> Response:
        row = self._find(self.page_of(page_id), pk)
        told = self.told(row)
        unsubscribe(row, now=datetime.now(UTC), actor=caller(request))
        return Response(told, headers=NO_STORE)

    def _find(self, page: AddressedPage, pk: str) -> Subscriber:
        return require_row(self.rows(page), "subscriber", pk, name="subscriber")


def _with_address(text: str, page: AddressedPage) -> Q:
    """Return the condition on rows with this address, whole: addresses are stored sealed."""
    keys = []
    for channel in (EMAIL, WEBHOOK):
        try:
            keys.append(digest(channel, normalise(channel, text[:2_000]), page.subscribed))
        except ValidationError:
            continue
    return Q(address_digest__in=keys)


def subscriber_json(row: Subscriber, *, openly: bool) -> Json:
    """Return a subscriber in the words of this dialect; `openly` with the address in clear."""
    address = row.masked
    if openly and row.address:
        try:
            address = row.address.reveal()
        except SecretError:
            openly = False
    suspended = next((each.since for each in row.suspensions.all() if not each.lifted_at), None)
    is_mail = row.channel == EMAIL
    return {
        "id": public_id("subscriber", row.pk),
        "mode": row.channel,
        "email": address if is_mail else None,
        "endpoint": None if is_mail else address,
        "phone_number": None,
        "phone_country": None,
        "display_phone_number": None,
        "obfuscated_channel_name": None,
        "workspace_name": None,
        "components": sorted(public_id("component", each.pk) for each in row.components.all()),
        "skip_confirmation_notification": row.asked_at is None,
        "page_access_user_id": None,
        "created_at": iso(row.created_at, precision="milliseconds"),
        "quarantined_at": iso(suspended, precision="milliseconds") if suspended else None,
        "purge_at": None,
    }
