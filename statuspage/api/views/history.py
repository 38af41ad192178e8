"""Views of `/api/v1/status/components/{id}/history`: what people declared, and its corrections."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.urls import path
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from components.history import corrections
from components.models import Component, DeclaredPeriod
from statuspage.api.authentication import caller
from statuspage.api.conditional import conditional_response, expected_version
from statuspage.api.fields import read_id
from statuspage.api.idempotency import idempotent
from statuspage.api.serializers.history import (
    DeclaredBody,
    DeclaredListJson,
    ReasonBody,
    declared_json,
)
from statuspage.api.views.base import ListQuery, StatusView, find, page_of

_ROOT = "api/v1/status/components/<str:pk>/history"


def _period(pk: str, number: str) -> DeclaredPeriod:
    """Return a declared period of a component. Raises NotFound."""
    component = find(Component.objects.all(), pk, name="component")
    period = corrections.declared_periods(component).filter(pk=read_id(number)).first()
    if period is None:
        raise NotFound(f"Component {component.pk} has no declared period {number}.")
    return period


def _response(request: Request, period: DeclaredPeriod, *, status: int = 200) -> Response:
    period.refresh_from_db()
    return conditional_response(
        request, declared_json(period), version=period.version, status=status
    )


class HistoryList(StatusView):
    def get(self, request: Request, pk: str) -> Response:
        component = find(Component.objects.all(), pk, name="component")
        query, rows = self.query_of(ListQuery), corrections.declared_periods(component)
        data: DeclaredListJson = {
            "periods": [declared_json(each) for each in page_of(rows, query)],
            "total": rows.count(),
        }
        return Response(data)

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        component = find(Component.objects.all(), pk, name="component")
        body = DeclaredBody(data=request.data)
        body.is_valid(raise_exception=True)
        period = corrections.add_correction(
            component, **body.validated_data, now=datetime.now(UTC), actor=caller(request)
        )
        response = _response(request, period, status=201)
        response["Location"] = f"/api/v1/status/components/{component.pk}/history/{period.pk}"
        return response


class HistoryDetail(StatusView):
    def get(self, request: Request, pk: str, number: str) -> Response:
        return _response(request, _period(pk, number))

    def put(self, request: Request, pk: str, number: str) -> Response:
        return self._change(request, pk, number, partial=False)

    def patch(self, request: Request, pk: str, number: str) -> Response:
        return self._change(request, pk, number, partial=True)

    def _change(self, request: Request, pk: str, number: str, *, partial: bool) -> Response:
        period = _period(pk, number)
        expected = expected_version(request, version=period.version)
        body = DeclaredBody(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        corrections.change_period(
            period,
            changes=body.changes(),
            # Each change says why: the last reason is not the reason of the next.
            note=body.validated_data.get("note", ""),
            now=datetime.now(UTC),
            seen_version=expected,
            actor=caller(request),
        )
        return _response(request, period)


class _Transition(StatusView):
    act: Callable[..., DeclaredPeriod]

    @idempotent
    def post(self, request: Request, pk: str, number: str) -> Response:
        period = _period(pk, number)
        expected = expected_version(request, version=period.version)
        body = ReasonBody(data=request.data)
        body.is_valid(raise_exception=True)
        type(self).act(
            period,
            note=body.validated_data["note"],
            now=datetime.now(UTC),
            seen_version=expected,
            actor=caller(request),
        )
        return _response(request, period)


class HistoryWithdraw(_Transition):
    act = staticmethod(corrections.withdraw_period)


class HistoryRestore(_Transition):
    act = staticmethod(corrections.restore_period)


routes = [
    path(_ROOT, HistoryList.as_view(), name="history"),
    path(f"{_ROOT}/<str:number>", HistoryDetail.as_view(), name="declared"),
    path(f"{_ROOT}/<str:number>/withdraw", HistoryWithdraw.as_view(), name="withdraw"),
    path(f"{_ROOT}/<str:number>/restore", HistoryRestore.as_view(), name="restore"),
]
