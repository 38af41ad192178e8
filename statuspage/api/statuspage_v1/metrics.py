"""Views of a page's `metrics` and `metrics_providers`.

A metric is a monitor: of the kind `number`, which takes what is sent here and judges it by its
thresholds, or one that measures response times itself, which can be read here and not written.
There is one provider, of the type Self.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from components.journal import collect, record
from components.values.instants import iso
from components.values.public_ids import public_id
from monitors.models import LastNumber, Monitor
from monitors.probers import registry
from monitors.probers.number import NumberProber
from monitors.probing.base import PassiveProber, RecordProber
from statuspage.api.authentication import caller
from statuspage.api.duplicates import duplicates_as_conflicts
from statuspage.api.idempotency import idempotent
from statuspage.api.statuspage_v1.bodies import unwrapped
from statuspage.api.statuspage_v1.metric_bodies import (
    SELF,
    MetricBody,
    PointBody,
    ProviderBody,
    points_of,
)
from statuspage.api.statuspage_v1.metric_changes import (
    add_points,
    change_metric,
    create_metric,
    delete_metric,
    metric_id,
    reset_metric,
)
from statuspage.api.statuspage_v1.objects import Json
from statuspage.api.statuspage_v1.page import AddressedPage, DialectView, find_row
from statuspage.metric_models import StatuspageMetric

_MEASURED = (
    "Its numbers are measured by a monitor: change that at the desk or at /api/v1/monitors. Numbers"
    " of your own need a metric of your own."
)
_KEPT: Json = {
    "display": True, "tooltip_description": "", "metric_identifier": "", "y_axis_min": None,
    "y_axis_max": None, "y_axis_hidden": False, "decimal_places": 0,
}  # fmt: skip
"""What a metric says that nobody described here."""


def metrics_on(page: AddressedPage) -> QuerySet[Monitor]:
    """Return the monitors of a page that have numbers: sent ones, or response times."""
    kinds = [
        kind
        for kind, prober in registry.probers().items()
        if kind == NumberProber.kind or not isinstance(prober, PassiveProber | RecordProber)
    ]
    rows = Monitor.objects.filter(
        page.reach.where("component"), kind__in=kinds, builtin=None, component__retired_at=None
    )
    return rows.select_related("component").prefetch_related("checks").order_by("pk")


def _metrics_json(rows: Iterable[Monitor], page: AddressedPage) -> list[Json]:
    """Return metrics as they are answered, in two queries for all of them."""
    monitors = list(rows)
    ids = [each.pk for each in monitors]
    kept = StatuspageMetric.objects.in_bulk(ids)
    last = LastNumber.objects.in_bulk(ids)
    return [_metric_json(each, page, kept.get(each.pk), last.get(each.pk)) for each in monitors]


def _metric_json(
    row: Monitor, page: AddressedPage, kept: StatuspageMetric | None, last: LastNumber | None
) -> Json:
    told = {**_KEPT, **(kept.described if kept else {})}
    told.pop("transform", None)  # it is written and never answered
    checked = max((each.checked or 0 for each in row.checks.all()), default=0)
    recent = (last.taken_at if last else None) if row.takes_numbers else checked or None
    at = iso(datetime.fromtimestamp(recent, UTC), precision="milliseconds") if recent else None
    return {
        "id": metric_id(row),
        "metrics_provider_id": _provider_id(page),
        "metrics_display_id": metric_id(row),
        "name": row.name,
        **told,
        "suffix": str(row.config.get("unit", "")) if row.takes_numbers else "ms",
        "backfilled": False,
        "reference_name": row.component.slug,
        "most_recent_data_at": at,
        "last_fetched_at": at,
        "created_at": iso(row.created_at, precision="milliseconds"),
        "updated_at": iso(row.updated_at, precision="milliseconds"),
    }


class _MetricsView(DialectView):
    def told(self, row: Monitor, page: AddressedPage) -> Json:
        """Return one metric as it is stored now."""
        return _metrics_json(metrics_on(page).filter(pk=row.pk), page)[0]

    def find(self, page: AddressedPage, pk: str) -> Monitor:
        """Return a metric by its id. Raises NotFound."""
        row = find_row(metrics_on(page), "metric", pk)
        if row is None:
            raise NotFound(f"There is no metric {pk[:40]}.")
        return row

    def writable(self, page: AddressedPage, pk: str) -> Monitor:
        """Return one that is written here. Raises NotFound, ValidationError."""
        row = self.find(page, pk)
        if not row.takes_numbers:
            raise serializers.ValidationError({"metric_id": _MEASURED})
        return row

    def listed(self, request: Request, page: AddressedPage) -> Response:
        rows = metrics_on(page)[self.paging().part()]
        return Response(_metrics_json(rows, page))


class MetricList(_MetricsView):
    def get(self, request: Request, page_id: str) -> Response:
        return self.listed(request, self.page_of(page_id))


class MetricDetail(_MetricsView):
    def get(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        return Response(self.told(self.find(page, pk), page))

    def put(self, request: Request, page_id: str, pk: str) -> Response:
        return self.patch(request, page_id, pk)

    def patch(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        row = self.writable(page, pk)
        body = MetricBody(data=unwrapped(request.data, "metric"), partial=True)
        body.is_valid(raise_exception=True)
        change_metric(row, body, actor=caller(request))
        return Response(self.told(row, page))

    def delete(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        row = self.writable(page, pk)
        told = self.told(row, page)
        delete_metric(row, actor=caller(request))
        return Response(told)


class MetricData(_MetricsView):
    """The numbers of one metric."""

    def post(self, request: Request, page_id: str, pk: str) -> Response:
        row = self.writable(self.page_of(page_id), pk)
        body = PointBody(data=unwrapped(request.data, "data"))
        body.is_valid(raise_exception=True)
        add_points(row, [body.validated_data])
        return Response({"data": _point_json(body)}, status=201)

    def delete(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        row = self.writable(page, pk)
        reset_metric(row, actor=caller(request))
        return Response(self.told(row, page))


class MetricsData(_MetricsView):
    """Numbers of several metrics at once: all of them, or none when one is refused."""

    is_transaction = True

    def post(self, request: Request, page_id: str) -> Response:
        page = self.page_of(page_id)
        found = {
            pk: (self.writable(page, pk), each) for pk, each in points_of(request.data).items()
        }
        with collect() as events:
            # In the order in which all others lock them.
            for row, points in sorted(found.values(), key=lambda each: each[0].pk):
                add_points(row, [each.validated_data for each in points])
        record(*events)
        told = {pk: [_point_json(each) for each in points] for pk, (_, points) in found.items()}
        return Response(told, status=202)


def _point_json(body: PointBody) -> Json:
    data = body.validated_data
    return {"timestamp": int(data["timestamp"]), "value": data["value"]}


def _provider_id(page: AddressedPage) -> str:
    return public_id("metrics_provider", page.row.slug)


def _provider_json(page: AddressedPage) -> Json:
    return {
        "id": _provider_id(page),
        "type": SELF,
        "disabled": False,
        "metric_base_uri": None,
        "last_revalidated_at": None,
        "created_at": None,
        "updated_at": None,
    }


class _ProvidersView(_MetricsView):
    def provided(self, page_id: str, pk: str) -> AddressedPage:
        """Return the page whose provider this is. Raises NotFound."""
        page = self.page_of(page_id)
        if pk != _provider_id(page):
            raise NotFound(f"There is no metrics provider {pk[:40]}.")
        return page


class ProviderList(_ProvidersView):
    def get(self, request: Request, page_id: str) -> Response:
        return Response([_provider_json(self.page_of(page_id))])

    def post(self, request: Request, page_id: str) -> Response:
        """Answer with the provider there is: it has no settings of its own."""
        page = self.page_of(page_id)
        ProviderBody(data=unwrapped(request.data, "metrics_provider", also="metric_provider")
                     ).is_valid(raise_exception=True)  # fmt: skip
        return Response(_provider_json(page), status=201)


class ProviderDetail(_ProvidersView):
    def get(self, request: Request, page_id: str, pk: str) -> Response:
        return Response(_provider_json(self.provided(page_id, pk)))

    def put(self, request: Request, page_id: str, pk: str) -> Response:
        return self.patch(request, page_id, pk)

    def patch(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.provided(page_id, pk)
        data = unwrapped(request.data, "metrics_provider", also="metric_provider")
        ProviderBody(data=data, partial=True).is_valid(raise_exception=True)
        return Response(_provider_json(page))

    def delete(self, request: Request, page_id: str, pk: str) -> Response:
        """Answer that it is gone; the next who asks finds it, and its metrics stay."""
        return Response(_provider_json(self.provided(page_id, pk)))


class ProviderMetrics(_ProvidersView):
    def get(self, request: Request, page_id: str, pk: str) -> Response:
        return self.listed(request, self.provided(page_id, pk))

    @idempotent
    def post(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.provided(page_id, pk)
        body = MetricBody(data=unwrapped(request.data, "metric"))
        body.is_valid(raise_exception=True)
        with duplicates_as_conflicts():
            row = create_metric(body, page, actor=caller(request))
        return Response(self.told(row, page), status=201)
