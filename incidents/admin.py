"""Incidents in the admin."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest

from components.journal import Event
from components.journaled_admin import JournaledAdmin, actor
from incidents import kinds, services
from incidents.models import Impact, Incident, Update
from incidents.workflow import IncidentState


class ImpactInline(admin.TabularInline[Impact, Incident]):
    model = Impact
    extra = 1
    autocomplete_fields = ["component"]


class UpdateInline(admin.StackedInline[Update, Incident]):
    model = Update
    extra = 1


@admin.register(Incident)
class IncidentAdmin(JournaledAdmin[Incident]):
    list_display = ["title", "status", "severity", "published", "started_at", "resolved_at"]
    list_filter = ["status", "severity", "published"]
    search_fields = ["title"]
    readonly_fields = ["resolved_at"]
    inlines = [ImpactInline, UpdateInline]

    def store(self, obj: Incident, form: object) -> None:
        services.settle_resolution(obj)
        obj.save()

    def events(self, request: HttpRequest, obj: Incident, *, created: bool) -> Iterable[Event]:
        newest = obj.updates.first()
        resolved = obj.status == IncidentState.RESOLVED
        kind = (
            kinds.INCIDENT_CREATED
            if created
            else kinds.INCIDENT_RESOLVED
            if resolved
            else kinds.INCIDENT_UPDATED
        )
        message = newest.message if newest else ""
        yield services.event_for(kind, obj, message, actor=actor(request))

    def remove(self, obj: Incident, *, actor: str) -> None:
        services.delete_incident(obj, actor=actor)
