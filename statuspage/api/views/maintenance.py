"""Views of `/api/v1/status/maintenance`: windows, their states and updates (M24, M41)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import services
from maintenance.corrections import edit_update
from maintenance.errors import WrongStateError
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.selectors import overlapping
from maintenance.series import change_series, start_series
from statuspage.api.authentication import caller
from statuspage.api.conditional import conditional_response, expected_version, require_match
from statuspage.api.filter_words import WINDOW_WORDS, WordField
from statuspage.api.idempotency import idempotent
from statuspage.api.serializers.incidents import TextBody
from statuspage.api.serializers.maintenance import (
    SERIES_MEMBERS,
    MoveBody,
    NoteBody,
    WindowBody,
    WindowChange,
    WindowListJson,
    update_json,
    window_json,
)
from statuspage.api.views.base import DeletionQuery, ListQuery, StatusView, find, page_of
from statuspage.catalogue.protection import kept_as_described

_ROOT = "api/v1/status/maintenance"
ACTION_STATES = {
    "start": WindowState.IN_PROGRESS,
    "complete": WindowState.COMPLETED,
    "cancel": WindowState.CANCELLED,
}


class Filters(ListQuery):
    status = WordField(WINDOW_WORDS, required=False)


class WrongStateConflictError(APIException):
    status_code = 409
    default_code = "wrong_state"


class MaintenanceView(StatusView):
    """A view of maintenance windows; a wrong state is a conflict.

    A token of one page sees what touches it, and changes what touches nothing else.
    """

    takes_page_tokens = True

    def rows(self) -> QuerySet[Window]:
        """Return the windows that the caller may see."""
        condition = self.reach.touching("components")
        # By ids: a join would tell a window once for each component.
        return _rows().filter(pk__in=Window.objects.filter(condition)) if condition else _rows()

    def find(self, pk: str, *, to_change: bool = False) -> Window:
        """Return the window in an address. Raises NotFound, or PermissionDenied."""
        window = find(self.rows(), pk, name="maintenance window")
        if to_change:
            covered = [component.pk for component in window.components.all()]
            self.reach.require_all(covered, what="maintenance window")
        return window

    def answer_stored(self, pk: int, *, status: int = 200) -> Response:
        """Return the response with a window as it is stored by now."""
        return self.answer(_rows().get(pk=pk), status=status)

    def answer(self, window: Window, *, status: int = 200) -> Response:
        """Return the response with a window, its tag and what it overlaps with."""
        covered = self.reach.seen(component.pk for component in window.components.all())
        overlaps = overlapping(window, component_ids=covered)
        if overlaps and not self.reach.is_everything:
            seen = set(self.rows().filter(pk__in=[each.pk for each in overlaps]).values_list(
                "pk", flat=True
            ))  # fmt: skip
            overlaps = [each for each in overlaps if each.pk in seen]
        data = window_json(window, overlaps, reach=self.reach)
        series = window.series
        tag = window.version if series is None else f"{window.version}.{series.version}"
        response = conditional_response(self.request, data, version=tag, status=status)
        if status == 201:
            response["Location"] = f"/{_ROOT}/{window.pk}"
        return response

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(
            WrongStateConflictError(str(exc)) if isinstance(exc, WrongStateError) else exc
        )


def _rows() -> QuerySet[Window]:
    """Return windows to come first, nearest first; then those that are over, newest first."""
    return (
        Window.objects.select_related("series")
        .prefetch_related("components", "updates")
        .order_by(F("closed_at").desc(nulls_first=True), "starts_at", "id")
    )


def _now() -> datetime:
    return datetime.now(UTC)


class WindowList(MaintenanceView):
    def get(self, request: Request) -> Response:
        query = self.query_of(Filters)
        rows = self.rows().filter(query.get("status", Q()))
        data: WindowListJson = {
            "maintenance": [window_json(each, reach=self.reach) for each in page_of(rows, query)],
            "total": rows.count(),
        }
        return Response(data)

    @idempotent
    def post(self, request: Request) -> Response:
        body = WindowBody(data=request.data)
        body.is_valid(raise_exception=True)
        components, actor = body.selected_components() or [], caller(request)
        self.reach.require_some([each.pk for each in components])
        if "recurrence" in body.validated_data:
            with _series_errors_by_member():
                windows = start_series(
                    body.series(), components=components, actor=actor,
                    notify=body.validated_data["notify"],
                    hold_seconds=body.validated_data["hold_seconds"], at=_now(),
                )  # fmt: skip
            return self.answer_stored(windows[0].pk, status=201)
        body.check_publish_at(
            is_draft=body.is_draft, ends_at=body.validated_data["ends_at"], now=_now()
        )
        window = services.schedule(
            Window(**body.window_values()),
            components=components,
            actor=actor,
            notify=body.validated_data["notify"],
            hold_seconds=body.validated_data["hold_seconds"],
            draft=body.is_draft,
            at=_now(),
        )
        return self.answer_stored(window.pk, status=201)


class WindowDetail(MaintenanceView):
    def get(self, request: Request, pk: str) -> Response:
        return self.answer(self.find(pk))

    def put(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        window = self.find(pk, to_change=True)
        body = WindowChange(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        if (components := body.selected_components()) is not None:
            self.reach.require_some([each.pk for each in components])
        if body.of_series:
            self._change_series(request, window, body)
            return self.answer_stored(window.pk)
        published = body.validated_data.get("published")
        if published is False and window.state != WindowState.DRAFT:
            message = "It was announced: cancel or delete it, which notifies the same people."
            raise serializers.ValidationError({"published": message})
        body.check_publish_at(
            is_draft=window.state == WindowState.DRAFT and not published,
            ends_at=body.validated_data.get("ends_at", window.ends_at),
            now=_now(),
        )
        self._change_one(request, window, body, publish=bool(published))
        return self.answer_stored(window.pk)

    @transaction.atomic
    def _change_one(
        self, request: Request, window: Window, body: WindowChange, *, publish: bool
    ) -> None:
        notify = body.validated_data.get("notify", True)
        hold = body.validated_data.get("hold_seconds", 0)
        changed = services.change(
            window,
            values=body.window_values(),
            components=body.selected_components(),
            actor=caller(request),
            notify=notify,
            hold_seconds=hold,
            version=expected_version(request, version=window.version),
            at=_now(),
        )
        if publish and changed.state == WindowState.DRAFT:
            services.publish(
                changed, actor=caller(request), notify=notify, hold_seconds=hold, at=_now()
            )

    def _change_series(self, request: Request, window: Window, body: WindowChange) -> None:
        series: Series | None = window.series
        if series is None:
            raise serializers.ValidationError({"apply_to": "This window does not repeat."})
        require_match(request, version=series.version, of_owner=True)
        with _series_errors_by_member(), kept_as_described(series):
            change_series(
                series,
                values=body.series_values(window, series),
                components=body.selected_components(),
                actor=caller(request),
                hold_seconds=body.validated_data.get("hold_seconds", 0),
                version=series.version if "If-Match" in request.headers else None,
                at=_now(),
            )

    def delete(self, request: Request, pk: str) -> Response:
        window = self.find(pk, to_change=True)
        query = self.query_of(DeletionQuery)
        services.delete_window(
            window,
            notify=query["notify"],
            hold_seconds=query["hold_seconds"],
            actor=caller(request),
            version=expected_version(request, version=window.version),
        )
        return Response(status=204)


class WindowTransition(MaintenanceView):
    """A transition: start now, complete early or cancel; which of them is in the address."""

    to: WindowState = WindowState.CANCELLED

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        window = self.find(pk, to_change=True)
        body = MoveBody(data=request.data)
        body.is_valid(raise_exception=True)
        services.transition(
            window,
            to=self.to,
            at=_now(),
            actor=caller(request),
            message=body.validated_data["message"],
            messages=body.validated_data.get("messages"),
            notify=body.validated_data["notify"],
            hold_seconds=body.validated_data["hold_seconds"],
            version=expected_version(request, version=window.version),
        )
        return self.answer_stored(window.pk)


class WindowUpdates(MaintenanceView):
    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        window = self.find(pk, to_change=True)
        body = NoteBody(data=request.data)
        body.is_valid(raise_exception=True)
        update = services.post_update(
            window,
            message=body.validated_data["message"],
            messages=body.validated_data.get("messages"),
            notify=body.validated_data["notify"],
            hold_seconds=body.validated_data["hold_seconds"],
            at=_now(),
            actor=caller(request),
            version=expected_version(request, version=window.version),
        )
        return Response(update_json(update), status=201)


class WindowUpdateDetail(MaintenanceView):
    def patch(self, request: Request, pk: str, number: str) -> Response:
        window = self.find(pk, to_change=True)
        expected = expected_version(request, version=window.version)
        row = find(window.updates.select_related("window"), number, name="update")
        body = TextBody(data=request.data)
        body.is_valid(raise_exception=True)
        edit_update(row, **body.validated_data, at=_now(), version=expected, actor=caller(request))
        return Response(update_json(row))


@contextmanager
def _series_errors_by_member() -> Iterator[None]:
    """Name the errors of a series by the members of the body that its fields come from."""
    try:
        yield
    except ValidationError as error:
        errors = {
            SERIES_MEMBERS.get(name, name): words for name, words in error.message_dict.items()
        }
        raise serializers.ValidationError(errors) from None


routes = [
    path(_ROOT, WindowList.as_view(), name="windows"),
    path(f"{_ROOT}/<str:pk>", WindowDetail.as_view(), name="window"),
    path(f"{_ROOT}/<str:pk>/updates", WindowUpdates.as_view(), name="window-updates"),
    path(
        f"{_ROOT}/<str:pk>/updates/<str:number>",
        WindowUpdateDetail.as_view(),
        name="window-update",
    ),
    *(
        path(f"{_ROOT}/<str:pk>/{action}", WindowTransition.as_view(to=to), name=f"window-{action}")
        for action, to in ACTION_STATES.items()
    ),
]
