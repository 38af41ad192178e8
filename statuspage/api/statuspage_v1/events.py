"""Views of `/v1/pages/{id}/incidents`: incidents and scheduled maintenance, in one list."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.models import Incident
from incidents.notes import edit_update as edit_incident_update
from incidents.selectors import published
from incidents.services import delete_incident
from incidents.workflow import IncidentState
from maintenance import corrections, services
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from statuspage.api.authentication import caller
from statuspage.api.idempotency import idempotent
from statuspage.api.statuspage_v1 import incident_changes, window_changes
from statuspage.api.statuspage_v1.bodies import errors_by_names, unwrapped
from statuspage.api.statuspage_v1.event_bodies import IncidentBody, UpdateBody
from statuspage.api.statuspage_v1.objects import (
    ANNOUNCEMENT,
    Json,
    Writer,
    component_ids,
    update_id,
)
from statuspage.api.statuspage_v1.page import AddressedPage, DialectView, find_row

Event = Incident | Window
Chosen = Callable[[AddressedPage], QuerySet[Any]]
_UNTOLD = (WindowState.DRAFT, WindowState.CANCELLED)
"""States that this dialect has no words for."""
_MAX_SEARCHED = 200


def incidents_on(page: AddressedPage) -> QuerySet[Incident]:
    """Return the published incidents that a page tells of."""
    touching = page.reach.touching("impacts__component")
    rows = published()
    # By ids: a join would tell an incident once for each component.
    return rows.filter(pk__in=Incident.objects.filter(touching).values("pk")) if touching else rows


def windows_on(page: AddressedPage) -> QuerySet[Window]:
    """Return the announced windows that a page tells of."""
    touching = page.reach.touching("components")
    rows = Window.objects.exclude(state__in=[state.value for state in _UNTOLD])
    rows = rows.select_related("series").prefetch_related("components", "updates")
    return rows.filter(pk__in=Window.objects.filter(touching).values("pk")) if touching else rows


def find_event(page: AddressedPage, text: str) -> Event:
    """Return the incident or the window with the id in an address. Raises NotFound."""
    incident = find_row(incidents_on(page), "incident", text)
    found = incident or find_row(windows_on(page), "window", text)
    if found is None:
        raise NotFound(f"There is no incident {text[:40]}.")
    return found


def read_incident(data: Any, *, partial: bool = False) -> IncidentBody:
    """Return the body of a request. Raises ParseError, ValidationError."""
    body = IncidentBody(data=unwrapped(data, "incident"), partial=partial)
    body.is_valid(raise_exception=True)
    # A change in part says nothing of it by itself.
    body.validated_data.setdefault("deliver_notifications", True)
    return body


class IncidentList(DialectView):
    def get(self, request: Request, page_id: str) -> Response:
        page, part = self.page_of(page_id), self.paging().part()
        searched = request.query_params.get("q", "").strip()[:_MAX_SEARCHED]
        incidents, windows = incidents_on(page), windows_on(page)
        if searched:
            found = Q(title__icontains=searched) | Q(updates__message__icontains=searched)
            incidents = incidents.filter(
                pk__in=Incident.objects.filter(found | Q(status=searched)).values("pk")
            )
            found |= Q(message__icontains=searched)
            windows = windows.filter(
                pk__in=Window.objects.filter(found | Q(state=searched)).values("pk")
            )
        return Response(Writer(page).events(_newest(incidents, windows, part)))

    @idempotent
    def post(self, request: Request, page_id: str) -> Response:
        page, body = self.page_of(page_id), read_incident(request.data)
        made: Event
        if body.is_past:
            made = incident_changes.write_down_past(body, page, actor=caller(request))
        elif body.is_scheduled:
            made = window_changes.schedule(body, page, actor=caller(request))
        else:
            made = incident_changes.open_realtime(body, page, actor=caller(request))
        return Response(_told(page, made), status=201)


class IncidentFilter(DialectView):
    """A part of the list, which is in the address."""

    chosen: Chosen = staticmethod(incidents_on)

    def get(self, request: Request, page_id: str) -> Response:
        page, part = self.page_of(page_id), self.paging().part()
        return Response(Writer(page).events(self.chosen(page)[part]))


def unresolved(page: AddressedPage) -> QuerySet[Incident]:
    """Return the incidents that are not over, newest first."""
    return incidents_on(page).exclude(status=IncidentState.RESOLVED.value)


def scheduled(page: AddressedPage) -> QuerySet[Window]:
    """Return all maintenance, newest first."""
    return windows_on(page).order_by("-starts_at", "-pk")


def upcoming(page: AddressedPage) -> QuerySet[Window]:
    """Return the maintenance that has not begun, nearest first."""
    rows = windows_on(page).filter(state=WindowState.SCHEDULED.value)
    return rows.order_by("starts_at", "pk")


def active(page: AddressedPage) -> QuerySet[Window]:
    """Return the maintenance that is in progress."""
    rows = windows_on(page).filter(state=WindowState.IN_PROGRESS.value)
    return rows.order_by("starts_at", "pk")


FILTERS: dict[str, Chosen] = {
    "unresolved": unresolved,
    "scheduled": scheduled,
    "upcoming": upcoming,
    "active_maintenance": active,
}
"""By the last part of the address."""


class IncidentDetail(DialectView):
    def get(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        return Response(Writer(page).event(find_event(page, pk)))

    def put(self, request: Request, page_id: str, pk: str) -> Response:
        return self.patch(request, page_id, pk)

    def patch(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        found = find_event(page, pk)
        body = read_incident(request.data, partial=True)
        if isinstance(found, Incident):
            incident_changes.change_incident(found, body, page, actor=caller(request))
        else:
            window_changes.change_window(found, body, page, actor=caller(request))
        return Response(_told(page, found))

    def delete(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        found = find_event(page, pk)
        page.require_own(component_ids(found))
        told = Writer(page).event(found)
        if isinstance(found, Incident):
            delete_incident(found, actor=caller(request))
        else:
            services.delete_window(found, actor=caller(request))
        return Response(told)


class IncidentUpdate(DialectView):
    """One update: its text can be corrected. Nobody is told of that."""

    def put(self, request: Request, page_id: str, pk: str, number: str) -> Response:
        return self.patch(request, page_id, pk, number)

    def patch(self, request: Request, page_id: str, pk: str, number: str) -> Response:
        page = self.page_of(page_id)
        found = find_event(page, pk)
        page.require_own(component_ids(found))
        body = UpdateBody(data=unwrapped(request.data, "incident_update"), partial=True)
        body.is_valid(raise_exception=True)
        changed = _find_update(found, pk, number)
        if "body" in body.validated_data:
            with errors_by_names({"message": "body"}):
                _correct(found, changed, body.validated_data["body"], actor=caller(request))
        told = _told(page, found)["incident_updates"]
        return Response(next(each for each in told if each["id"] == update_id(pk, changed)))


def _find_update(found: Event, parent: str, text: str) -> int:
    """Return the number of the update with the id in an address. Raises NotFound."""
    numbers = [each.pk for each in found.updates.all()]
    if isinstance(found, Window):
        numbers.append(ANNOUNCEMENT)
    number = next((each for each in numbers if update_id(parent, each) == text), None)
    if number is None:
        raise NotFound(f"There is no incident update {text[:40]}.")
    return number


def _correct(found: Event, number: int, text: str, *, actor: str) -> None:
    now = datetime.now(UTC)
    if isinstance(found, Incident):
        row = found.updates.select_related("incident").get(pk=number)
        edit_incident_update(row, message=text, actor=actor)
    elif number == ANNOUNCEMENT:
        services.change(found, values={"message": text}, notify=False, actor=actor, at=now)
    else:
        update = found.updates.select_related("window").get(pk=number)
        corrections.edit_update(update, message=text, actor=actor, at=now)


def _told(page: AddressedPage, event: Event) -> Json:
    """Return an event as it is stored by now."""
    stored: Event
    if isinstance(event, Incident):
        stored = published().get(pk=event.pk)
    else:
        stored = Window.objects.prefetch_related("components", "updates").get(pk=event.pk)
    return Writer(page).event(stored)


def _newest(incidents: QuerySet[Incident], windows: QuerySet[Window], part: slice) -> list[Event]:
    """Return a part of both together, by when they were made, the newest first."""
    keys = [
        (at, kind, pk)
        for kind, rows in (("incident", incidents), ("window", windows))
        for at, pk in rows.order_by("-created_at", "-pk").values_list("created_at", "pk")[
            : part.stop
        ]
    ]
    chosen = sorted(keys, reverse=True)[part]
    found: dict[tuple[str, int], Event] = {}
    for row in incidents.filter(pk__in=[pk for _, kind, pk in chosen if kind == "incident"]):
        found["incident", row.pk] = row
    for window in windows.filter(pk__in=[pk for _, kind, pk in chosen if kind == "window"]):
        found["window", window.pk] = window
    return [found[kind, pk] for _, kind, pk in chosen if (kind, pk) in found]
