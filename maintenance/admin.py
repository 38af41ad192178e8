"""Maintenance windows in the admin."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from components.journal import Event
from components.journaled_admin import JournaledAdmin, actor
from maintenance import kinds, services
from maintenance.errors import WrongStateError
from maintenance.events import window_event
from maintenance.lifecycle import WindowState
from maintenance.models import Window


@admin.register(Window)
class WindowAdmin(JournaledAdmin[Window]):
    list_display = ["title", "state", "starts_at", "ends_at", "blocks_api"]
    list_filter = ["state"]
    search_fields = ["title"]
    autocomplete_fields = ["components"]
    readonly_fields = ["state"]
    actions = ["complete", "cancel"]

    def events(self, request: HttpRequest, obj: Window, *, created: bool) -> Iterable[Event]:
        kind = kinds.WINDOW_SCHEDULED if created else kinds.WINDOW_UPDATED
        yield window_event(kind, obj, actor=actor(request))

    def remove(self, obj: Window, *, actor: str) -> None:
        services.delete_window(obj, actor=actor)

    @admin.action(description="Complete now", permissions=["change"])
    def complete(self, request: HttpRequest, queryset: QuerySet[Window]) -> None:
        self._move(request, queryset, WindowState.COMPLETED)

    @admin.action(description="Cancel", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Window]) -> None:
        self._move(request, queryset, WindowState.CANCELLED)

    def _move(self, request: HttpRequest, queryset: QuerySet[Window], to: WindowState) -> None:
        for window in queryset:
            try:
                services.move(window, to=to, actor=actor(request), at=timezone.now())
            except WrongStateError as error:
                messages.error(request, str(error))
