"""Base of the API's views: scopes, query parameters, pages of lists, finding one row."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from statuspage.api.authentication import HasScope
from statuspage.api.fields import HoldField, read_id
from statuspage.api.page_scope import PageReach, reach_of
from statuspage.api.strict import MAX_NAMED_FIELDS, StrictSerializer
from statuspage.models import AGENTS_WRITE

M = TypeVar("M", bound=Model)


class ListQuery(StrictSerializer):
    """The query parameters of a list; any other is refused by name.

    Not DRF's pagination: what is out of bounds is refused here, never put right in silence, and
    a response has a `total` and no links.
    """

    limit = serializers.IntegerField(min_value=1, max_value=500, default=100)
    offset = serializers.IntegerField(min_value=0, max_value=10**9, default=0)


class Page(ListQuery):
    """The query parameters of a list that is short as a rule: most of it comes at once."""

    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=500)


class DeletionQuery(StrictSerializer):
    """The query parameters of the deletion of what subscribers may have been told of."""

    notify = serializers.BooleanField(default=True)
    hold_seconds = HoldField()


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
    takes_page_tokens: ClassVar[bool] = False
    """Whether it narrows what it tells and changes to the page that a token is bound to."""
    takes_monitor_tokens: ClassVar[bool] = False
    """Whether it lets a token that is bound to a monitor do nothing but to that one."""
    is_transaction: ClassVar[bool] = True
    """Whether its methods that write are; not of what waits for the network."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        for name in ("post", "put", "patch", "delete"):
            if cls.is_transaction and name in vars(cls):
                setattr(cls, name, _answered_within(vars(cls)[name]))

    @property
    def reach(self) -> PageReach:
        """What the caller's token reaches."""
        return reach_of(self.request)

    def query_of(self, parameters: type[StrictSerializer]) -> dict[str, Any]:
        """Return the query parameters. Raises ValidationError naming those that will not do."""
        checked = parameters(data=self.request.query_params.dict())
        known = {*checked.fields, *parameters.aliases}
        if unknown := sorted(set(checked.initial_data) - known)[:MAX_NAMED_FIELDS]:
            text = f"There is no such parameter; write {', '.join(checked.fields)}."
            raise serializers.ValidationError({name: [text] for name in unknown})
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
    """A view for remote agents: each token is for one agent in one region, and for no other."""

    scopes = {"read": AGENTS_WRITE, "write": AGENTS_WRITE}

    def require_seat(self, *, agent: str, region: str) -> None:
        """Raise PermissionDenied unless the caller's token is for this agent in this region."""
        token: Any = self.request.auth
        if token.lacks_seat:
            raise PermissionDenied(
                f"The token {token.name} is for no agent. On the server: manage.py token"
                f" '{token.name}' --bind --agent '{agent}' --region {region}"
            )
        if (token.agent, token.region) != (agent, region):
            raise PermissionDenied(
                f"The token {token.name} is for the agent {token.agent} in {token.region}."
            )


class HasReaderScope(HasScope):
    """A check that the caller may report as a reader.

    Tokens of the scope `agents:write` may: those of agents as themselves, and those without an
    agent, which were made when it was the readers' scope too.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        token: Any = request.auth
        if token is not None and AGENTS_WRITE in token.scopes:
            return True
        return super().has_permission(request, view)


class ReaderView(ApiView):
    """A view for readers."""

    scopes = {"read": "readers:write", "write": "readers:write"}
    permission_classes = (HasReaderScope,)

    def require_reader(self, name: str) -> None:
        """Raise PermissionDenied when the caller's token is for an agent of another name."""
        token: Any = self.request.auth
        if "readers:write" not in token.scopes and token.agent not in ("", name):
            raise PermissionDenied(f"The token {token.name} is for the agent {token.agent}.")


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
