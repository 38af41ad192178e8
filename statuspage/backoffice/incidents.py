"""The admin of incidents with what only this layer knows: the regions, and whom it tells."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from incidents.admin import IncidentAdmin, IncidentForm
from incidents.models import Incident, IncidentTemplate
from statuspage.backoffice.incident_preview import forecast, forecast_of
from statuspage.backoffice.regions import reject_unknown


class PlacedIncidentForm(IncidentForm):
    def clean_regions(self) -> list[str]:
        return reject_unknown(self.cleaned_data["regions"], kept=self.instance.regions)


admin.site.unregister(Incident)


@admin.register(Incident)
class PlacedIncidentAdmin(IncidentAdmin):
    form = PlacedIncidentForm
    change_form_template = "admin/incidents/incident/change_form.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Beside the form: who is affected by whom, how many can be told, the kept wordings."""
        incident = self.get_object(request, object_id) if object_id else None
        if incident is None:
            more = forecast_of(request.GET) | {"wordings": IncidentTemplate.objects.all()}
        else:
            declared = incident.impacts.values_list("component_id", flat=True)
            more = forecast(declared, severity=incident.severity, incident_id=incident.pk)
        return super().changeform_view(
            request, object_id, form_url, {**more, **(extra_context or {})}
        )
