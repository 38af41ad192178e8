"""The form that posts an update: state, message, component statuses, whether to notify."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.forms import BoundField
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.sentences import localized
from components.backoffice.versioned import CHANGED, Difference
from components.models import Component
from components.rollup import Evidence, component_status
from components.status import Status, status_choices
from incidents.models import Impact, Incident, IncidentTemplate
from incidents.placeholders import PlaceholderError, blanks
from incidents.template_text import placeholder_values, render_template
from incidents.workflow import IncidentState, state_choices
from statuspage.backoffice.evidence import measured_outages, measured_trouble
from statuspage.backoffice.incident_preview import MAX_DEPENDANTS, dependants
from statuspage.publishing.projector import gather_evidence

_NO_STATUS = ("", gettext_lazy("No change"))


@dataclass(frozen=True, slots=True)
class Row:
    """One component of the small table: what is measured beside what is said publicly."""

    component: Component
    affected: bool
    """It is part of the incident already; otherwise it depends on one that is."""
    measured: Status | None
    """None when it has no monitors."""
    reasons: tuple[str, ...]
    field: BoundField


class AnotherSelect(AutocompleteSelect):
    """The select of a component that the incident does not affect so far."""

    def build_attrs(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().build_attrs(*args, **kwargs),
            "data-placeholder": gettext("Another component"),
        }


class UpdateForm(forms.Form):
    """The form of an update; it knows which version of the incident its writer has seen."""

    status = forms.ChoiceField(
        choices=state_choices, widget=forms.RadioSelect, label=gettext_lazy("State")
    )
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
        label=gettext_lazy("Another component"),
        widget=AnotherSelect(Impact._meta.get_field("component"), admin.site),
    )
    another_status = forms.ChoiceField(
        choices=[_NO_STATUS, *status_choices()], required=False, label=gettext_lazy("Its status")
    )
    template = forms.ModelChoiceField(
        IncidentTemplate.objects.all(),
        required=False,
        empty_label=gettext_lazy("Choose a template"),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    resolve_anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)
    """Whether its writer was asked, for what is measured speaks against resolving."""
    differences: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()

    def __init__(
        self, data: Any = None, *, incident: Incident, undone: Mapping[str, Any] | None = None
    ) -> None:
        """Begin with what is stored, and with the text of what was just `undone`."""
        self.incident = incident
        self.declared = {each.component_id: Status(each.status) for each in incident.impacts.all()}
        self.components = _listed_components(self.declared)
        initial = {"status": incident.status, "seen_version": incident.version}
        if undone:
            initial |= {"status": undone.get("status", incident.status)}
            initial |= {"message": undone.get("message", "")}
        super().__init__(data, initial=initial)
        for component in self.components:
            declared = self.declared.get(component.pk)
            self.fields[_field_name(component)] = forms.ChoiceField(
                choices=status_choices() if declared else [_NO_STATUS, *status_choices()],
                initial=declared.value if declared else "",
                required=declared is not None,
                label=component.name,
            )

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the small table."""
        evidence = gather_evidence([each.pk for each in self.components])
        for component in self.components:
            votes = evidence[component.pk].votes
            derived = component_status(Evidence(votes=votes)) if votes else None
            yield Row(
                component,
                component.pk in self.declared,
                derived.status if derived else None,
                tuple(localized(reason.text) for reason in derived.reasons) if derived else (),
                self[_field_name(component)],
            )

    def impacts(self) -> dict[Component, Status]:
        """Return the statuses that the update declares: those of every row that says something."""
        statuses = {each: self.cleaned_data[_field_name(each)] for each in self.components}
        if self.cleaned_data["another"] and self.cleaned_data["another_status"]:
            statuses[self.cleaned_data["another"]] = self.cleaned_data["another_status"]
        return {each: Status(value) for each, value in statuses.items() if value}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        publishes = self.data.get("act") in ("update", "publish")
        if publishes and (left := blanks(cleaned.get("message", ""))):
            texts = ", ".join(f"{{{name}}}" for name in left)
            self.add_error("message", gettext("Replace or remove {texts}.").format(texts=texts))
        if cleaned.get("another") and not cleaned.get("another_status"):
            self.add_error("another_status", gettext("Choose its status."))
        return cleaned

    def asks_before_resolving(self) -> bool:
        """Return whether to ask first, once: it would resolve what is measured as down."""
        resolves = self.cleaned_data["status"] == IncidentState.RESOLVED
        is_over = self.incident.status == IncidentState.RESOLVED
        if not resolves or is_over or self.cleaned_data["resolve_anyway"]:
            return False
        self.warnings = tuple(measured_outages(each.pk for each in self.impacts()))
        if self.warnings:
            self._set("resolve_anyway", "on")
        return bool(self.warnings)

    def apply_template(self) -> None:
        """Replace the message by the chosen template's, with its placeholders filled."""
        template: IncidentTemplate | None = self.cleaned_data["template"]
        if template is None:
            self.add_error("template", gettext("Choose a template."))
            return
        incident = self.incident
        try:
            rendered = render_template(
                template,
                placeholder_values(
                    components=[each.name for each in self.impacts()],
                    regions=incident.regions,
                    severity=incident.severity,
                    status=self.cleaned_data["status"],
                    started_at=incident.started_at,
                    reason=measured_trouble(each.pk for each in self.impacts()).reason,
                ),
                keep_blanks=True,
            )
        except PlaceholderError as error:
            self.add_error("template", str(error))
            return
        self._set("message", rendered.message)

    def _set(self, name: str, value: str) -> None:
        data: Any = self.data
        data = data.copy()
        data[name] = value
        self.data = data

    def show_differences(self) -> None:
        """Show, instead of saving, how the form differs from what is stored by now (R17)."""
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
        self._set("seen_version", str(self.incident.version))


def _field_name(component: Component) -> str:
    return f"component_{component.pk}"


def _listed_components(declared: dict[int, Status]) -> list[Component]:
    """Return what the incident affects, then what depends on that, nearest first."""
    wanted = [*declared, *list(dependants(declared))[:MAX_DEPENDANTS]]
    rows = Component.objects.in_bulk(wanted)
    return [rows[pk] for pk in wanted if pk in rows]
