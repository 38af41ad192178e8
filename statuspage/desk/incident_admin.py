"""The admin of incidents with what only this layer knows: which regions there are."""

from django.contrib import admin
from django.core.exceptions import ValidationError

from incidents.admin import IncidentAdmin, IncidentForm
from incidents.models import Incident
from monitors.models import Region


class PlacedIncidentForm(IncidentForm):
    def clean_regions(self) -> list[str]:
        codes: list[str] = self.cleaned_data["regions"]
        known = set(Region.objects.filter(code__in=codes).values_list("code", flat=True))
        # One that was deleted since may stay on the incident that names it.
        strange = [code for code in codes if code not in known | set(self.instance.regions)]
        if strange:
            raise ValidationError(f"There is no region {strange[0]}.")
        return codes


admin.site.unregister(Incident)


@admin.register(Incident)
class PlacedIncidentAdmin(IncidentAdmin):
    form = PlacedIncidentForm
