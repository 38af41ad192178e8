"""Base of the API's views: scopes, query parameters, pages of lists, finding one row."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from statuspage.api.fields import read_id
from statuspage.api.strict import StrictSerializer

M = TypeVar("M", bound=Model)


class ListQuery(StrictSerializer):
    """The query parameters of a list; any other is refused by name.

    Not DRF's pagination: what is out of bounds is refused here, never put right in silence, and
    a response has a `total` and no links.
    """

    limit = serializers.IntegerField(min_value=1, max_value=500, default=100)
    offset = serializers.IntegerField(min_value=0, max_value=10**9, default=0)


class DeletionQuery(StrictSerializer):
    """The query parameters of the deletion of what subscribers may have been told of."""

    notify = serializers.BooleanField(default=True)


Handler = Callable[..., Response]


def _answered_within(handler: Handler) -> Handler:
    """Return a view's method whose change is undone when its answer cannot be written.

    Who is answered 500 is told that nothing was changed, and has to be able to rely on it.
    """

    @wraps(handler)
    def guarded(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            response = handler(view, request, *args, **kwargs)
            JSONRenderer().render(response.data)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response

    return guarded


class ApiView(APIView):
    """A view for callers with a token; what writes is one transaction with its answer."""

    scopes: ClassVar[Mapping[str, str]]
    """What a token needs to `read`, and to `write`."""
    is_transaction: ClassVar[bool] = True
    """Whether its methods that write are; not of what waits for the network."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        for name in ("post", "put", "patch", "delete"):
            if cls.is_transaction and name in vars(cls):
                setattr(cls, name, _answered_within(vars(cls)[name]))

    def query_of(self, parameters: type[StrictSerializer]) -> dict[str, Any]:
        """Return the query parameters. Raises ValidationError naming those that will not do."""
        checked = parameters(data=self.request.query_params.dict())
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)


class StatusView(ApiView):
    """A view of the status administration API (contract M)."""

    scopes = {"read": "status:read", "write": "status:write"}
    has_error_object = True


class MonitorsView(ApiView):
    """A view of monitors."""

    scopes = {"read": "monitors:read", "write": "monitors:write"}


class SubscribersView(ApiView):
    """A view of subscribers, deliveries or alerts."""

    scopes = {"read": "subscribers:read", "write": "subscribers:write"}


class AgentView(ApiView):
    """A view for remote agents and readers."""

    scopes = {"read": "agents:write", "write": "agents:write"}


def page_of(rows: QuerySet[M], query: Mapping[str, Any]) -> QuerySet[M]:
    """Return the rows that the `limit` and `offset` of a `ListQuery` select."""
    start: int = query["offset"]
    return rows[start : start + query["limit"]]


def find(rows: QuerySet[M], text: str, *, name: str) -> M:
    """Return the row with the id in an address. Raises NotFound, naming it by `name`."""
    pk = read_id(text)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound(f"There is no {name} {pk}.")
    return row
