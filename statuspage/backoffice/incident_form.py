"""The form that posts an update: state, message, component statuses, whether people are told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.forms import BoundField

from components.backoffice.versioned import CHANGED, Difference
from components.models import Component
from components.rollup import Evidence, component_status
from components.status import Status, status_choices
from incidents.models import Impact, Incident, IncidentTemplate
from incidents.placeholders import PlaceholderError
from incidents.template_text import placeholder_values, render_template
from incidents.workflow import IncidentState, state_choices
from statuspage.backoffice.incident_preview import MOST_DEPENDANTS, dependants
from statuspage.publishing.projector import gather_evidence

_NOTHING_SAID = ("", "Say nothing")


@dataclass(frozen=True, slots=True)
class Row:
    """One component of the small table: what is measured beside what is said publicly."""

    component: Component
    affected: bool
    """It is part of the incident already; otherwise it depends on one that is."""
    measured: Status | None
    """None when it has no monitors."""
    why: tuple[str, ...]
    field: BoundField


class AnotherSelect(AutocompleteSelect):
    def build_attrs(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().build_attrs(*args, **kwargs), "data-placeholder": "Another component"}


class UpdateForm(forms.Form):
    """What is said next; it knows which version of the incident its writer has seen."""

    status = forms.ChoiceField(choices=state_choices, widget=forms.RadioSelect, label="State")
    message = forms.CharField(
        max_length=10_000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "aria-describedby": "keys"}),
    )
    notify = forms.BooleanField(required=False, initial=True)
    another = forms.ModelChoiceField(
        Component.objects.all(),
        required=False,
        label="Another component",
        widget=AnotherSelect(Impact._meta.get_field("component"), admin.site),
    )
    another_status = forms.ChoiceField(
        choices=[_NOTHING_SAID, *status_choices()], required=False, label="Its status"
    )
    template = forms.ModelChoiceField(
        IncidentTemplate.objects.all(), required=False, empty_label="Choose a wording"
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    differences: tuple[Difference, ...] = ()

    def __init__(self, data: Any = None, *, incident: Incident) -> None:
        self.incident = incident
        self.declared = {each.component_id: Status(each.status) for each in incident.impacts.all()}
        self.components = _concerned(self.declared)
        initial = {"status": incident.status, "seen_version": incident.version}
        super().__init__(data, initial=initial)
        for component in self.components:
            said = self.declared.get(component.pk)
            self.fields[_name(component)] = forms.ChoiceField(
                choices=status_choices() if said else [_NOTHING_SAID, *status_choices()],
                initial=said.value if said else "",
                required=said is not None,
                label=component.name,
            )

    def rows(self) -> Iterator[Row]:
        evidence = gather_evidence([each.pk for each in self.components])
        for component in self.components:
            seen = evidence[component.pk].votes
            derived = component_status(Evidence(votes=seen)) if seen else None
            yield Row(
                component,
                component.pk in self.declared,
                derived.status if derived else None,
                tuple(reason.text for reason in derived.reasons) if derived else (),
                self[_name(component)],
            )

    def impacts(self) -> dict[Component, Status]:
        """What the update declares: every row that says something."""
        said = {each: self.cleaned_data[_name(each)] for each in self.components}
        if self.cleaned_data["another"] and self.cleaned_data["another_status"]:
            said[self.cleaned_data["another"]] = self.cleaned_data["another_status"]
        return {each: Status(word) for each, word in said.items() if word}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("another") and not cleaned.get("another_status"):
            self.add_error("another_status", "Say what it is.")
        return cleaned

    def fill_in(self) -> None:
        """Put the chosen wording, its blanks filled with what is known, where the message is."""
        template: IncidentTemplate | None = self.cleaned_data["template"]
        if template is None:
            self.add_error("template", "Choose one.")
            return
        incident = self.incident
        try:
            wording = render_template(
                template,
                placeholder_values(
                    components=[each.name for each in self.impacts()],
                    regions=incident.regions,
                    severity=incident.severity,
                    status=self.cleaned_data["status"],
                    started_at=incident.started_at,
                ),
            )
        except PlaceholderError as error:
            self.add_error("template", str(error))
            return
        self._put("message", wording.message)

    def _put(self, name: str, value: str) -> None:
        again: Any = self.data
        again = again.copy()
        again[name] = value
        self.data = again

    def compare(self) -> None:
        """Tell, instead of saving, how the form differs from what is stored by now (R17)."""
        newest = self.incident.updates.first()
        pairs = [
            (
                "State",
                self.incident.get_status_display(),
                IncidentState(self.cleaned_data["status"]).label,
            ),
            ("Message", newest.message if newest else "", self.cleaned_data["message"]),
            *(
                (each.name, stored.label, typed.label)
                for each, typed in self.impacts().items()
                if (stored := self.declared.get(each.pk)) is not None
            ),
        ]
        self.differences = tuple(
            Difference(label, stored, typed) for label, stored, typed in pairs if stored != typed
        )
        self.add_error(None, forms.ValidationError(CHANGED, code="conflict"))
        self._put("seen_version", str(self.incident.version))


def _name(component: Component) -> str:
    return f"component_{component.pk}"


def _concerned(declared: dict[int, Status]) -> list[Component]:
    """What the incident affects, then what depends on that, nearest first."""
    wanted = [*declared, *list(dependants(declared))[:MOST_DEPENDANTS]]
    rows = Component.objects.in_bulk(wanted)
    return [rows[pk] for pk in wanted if pk in rows]
