"""The admin of incidents with what only this layer knows: regions, recipients, its own page."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from components.values.severity import Severity
from incidents.admin import IncidentAdmin, IncidentForm
from incidents.models import Impact, Incident, IncidentTemplate
from incidents.workflow import IncidentState
from statuspage.backoffice.audience import incident_recipients
from statuspage.backoffice.call_off import CallsOff
from statuspage.backoffice.evidence import measured_outages, measured_trouble
from statuspage.backoffice.incident_preview import forecast, forecast_of, requested_components
from statuspage.backoffice.regions import ChoosesRegions
from statuspage.backoffice.undo import INCIDENT, publications


class PlacedIncidentForm(ChoosesRegions, IncidentForm):
    resolve_anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance._state.adding and {"_draft", "_publish"} & self.data.keys():
            cleaned["published"] = "_publish" in self.data
        resolves = cleaned.get("status") == IncidentState.RESOLVED
        is_over = self.initial.get("status") == IncidentState.RESOLVED
        if self.instance.pk and resolves and not is_over and not cleaned.get("resolve_anyway"):
            ids = self.instance.impacts.values_list("component_id", flat=True)
            if warnings := measured_outages(ids):
                data: Any = self.data
                self.data = data.copy()
                self.data[self.add_prefix("resolve_anyway")] = "on"  # type: ignore[index]
                asked = "Save once more to resolve it anyway."
                raise ValidationError({"status": [*warnings, asked]})
        return cleaned


admin.site.unregister(Incident)


@admin.register(Incident)
class PlacedIncidentAdmin(CallsOff, IncidentAdmin):
    form = PlacedIncidentForm
    thread_name = "incident"
    list_display = [
        {"title": "page_link", "status": "shown_state"}.get(column, column)
        for column in map(str, IncidentAdmin.list_display)
    ]
    change_form_template = "admin/incidents/incident/change_form.html"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the form's initial values: of what is measured, unless a template is named."""
        initial = super().get_changeform_initial_data(request)
        found = measured_trouble(requested_components(request.GET))
        known = {"title": found.title, "severity": found.severity, "started_at": found.since}
        return {name: value for name, value in known.items() if value} | initial

    def measured_statuses(self, component_ids: Sequence[int]) -> dict[int, str]:
        found = measured_trouble(component_ids).statuses
        return {pk: status.value for pk, status in found.items()}

    def get_fieldsets(self, request: HttpRequest, obj: Incident | None = None) -> Any:
        """Return the form's parts: of a new one what it cannot do without, the rest closed."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        names = [name for _, part in fieldsets for name in part["fields"]]
        first = ["title", "status", "severity"]
        rest = [name for name in names if name not in first]
        more = {"classes": ["collapse"], "fields": rest}
        shown = ["title", ("status", "severity")]
        return [(None, {"fields": shown}), (gettext("More: dates, regions"), more)]

    def get_fields(self, request: HttpRequest, obj: Incident | None = None) -> Any:
        fields = super().get_fields(request, obj)
        return [*fields, "resolve_anyway"] if obj else fields

    def recipients_of(self, rows: Sequence[Incident]) -> str:
        return incident_recipients(rows)

    def evidence_against(self, incidents: Sequence[Incident]) -> list[str]:
        declared = Impact.objects.filter(incident__in=incidents)
        return measured_outages(declared.values_list("component_id", flat=True))

    def is_over(self, obj: Incident) -> bool:
        return obj.resolved_at is not None

    @admin.display(description="title", ordering="title")
    def page_link(self, obj: Incident) -> SafeString:
        """Return a link to the incident's page, with its title."""
        return format_html(
            '<a href="{}">{}</a>', reverse("incident-desk", args=[obj.pk]), obj.title
        )

    @admin.display(description="status", ordering="status")
    def shown_state(self, obj: Incident) -> SafeString:
        """Return the state with its mark; of a draft, that it is one."""
        if not obj.published:
            return format_html('<span class="status status-unknown">{}</span>', gettext("Draft"))
        mark = "operational" if obj.resolved_at else Severity(obj.severity).implied
        return format_html(
            '<span class="status status-{}">{}</span>', mark, gettext(obj.get_status_display())
        )

    def response_add(self, request: HttpRequest, obj: Incident, *args: Any, **kwargs: Any) -> Any:
        """Return the response to a new incident: on to its page, where updates are posted."""
        response = super().response_add(request, obj, *args, **kwargs)
        onwards = {"_continue", "_addanother", "_popup"} & set(request.POST)
        return response if onwards else redirect("incident-desk", pk=obj.pk)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show beside the form what is affected, how many are notified, and the templates."""
        incident = self.get_object(request, object_id) if object_id else None
        if incident is None:
            more = forecast_of(request.GET) | {
                "wordings": IncidentTemplate.objects.all(),
                "measured": measured_trouble(requested_components(request.GET)),
            }
        else:
            declared = incident.impacts.values_list("component_id", flat=True)
            more = forecast(declared, severity=incident.severity, incident_id=incident.pk)
            more["publications"] = publications(request, family=INCIDENT, subject_id=incident.pk)
        return super().changeform_view(
            request, object_id, form_url, {**more, **(extra_context or {})}
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show above the list what can still be undone."""
        more = {"publications": publications(request, family=INCIDENT)}
        return super().changelist_view(request, {**more, **(extra_context or {})})
