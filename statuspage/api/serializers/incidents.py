"""Request and response bodies of incidents (contract M22, M23)."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypedDict

from rest_framework import serializers

from components.dialect_words import SEVERITIES, STATUSES, AdminSeverity, CommonStatus
from components.models import Component
from components.status import Status
from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from components.values.severity import Severity
from incidents.models import Incident, IncidentTemplate, Update
from incidents.placeholders import PlaceholderError
from incidents.template_text import placeholder_values, render_template
from incidents.workflow import IncidentState
from statuspage.api.fields import (
    EnumField,
    HoldField,
    IdsField,
    InstantField,
    RegionCodesField,
    TranslationsField,
    is_id,
    resolve_components_alias,
)
from statuspage.api.page_scope import EVERYTHING, PageReach
from statuspage.api.serializers.enums import read_severity, read_state, read_status
from statuspage.api.strict import StrictSerializer


class StatusesField(serializers.DictField):
    """`{component id: status}`, as `{int: Status}`."""

    child = EnumField(read_status)

    def to_internal_value(self, data: Any) -> dict[int, Status]:
        statuses = super().to_internal_value(data)
        invalid = [key for key in statuses if not is_id(key)]
        if invalid:
            raise serializers.ValidationError({invalid[0][:40]: ["Component ids are integers."]})
        return {int(key): status for key, status in statuses.items()}


class UpdateBody(StrictSerializer):
    """The body of M23; `messages` are the message in other languages, by their tags."""

    status = EnumField(read_state)
    message = serializers.CharField(max_length=10_000, trim_whitespace=False)
    messages = TranslationsField(max_length=10_000)
    component_statuses = StatusesField(required=False)
    notify = serializers.BooleanField(default=True)
    hold_seconds = HoldField()

    def impacts(self) -> dict[Component, Status]:
        """Return what the update declares of components."""
        return impacts((), self.validated_data.get("component_statuses", {}), Severity.MINOR)


class TextBody(StrictSerializer):
    """The body of the correction of an update: what is left out stays."""

    message = serializers.CharField(max_length=10_000, trim_whitespace=False, required=False)
    messages = TranslationsField(max_length=10_000)

    def validate(self, attrs: Any) -> Any:
        if not attrs:
            raise serializers.ValidationError({"message": "Write `message`, `messages` or both."})
        return attrs


class IncidentBody(StrictSerializer):
    """The body of M22, and of a change to it; `component_ids` is an alias (decision C4).

    `titles` and `messages` are title and message in other languages, by their tags.
    """

    title = serializers.CharField(max_length=200)
    severity = EnumField(read_severity)
    message = serializers.CharField(max_length=10_000, trim_whitespace=False)
    titles = TranslationsField(max_length=200)
    messages = TranslationsField(max_length=10_000)
    status = EnumField(read_state, required=False)
    published = serializers.BooleanField(required=False)
    publish_at = InstantField(required=False, allow_null=True)
    components = IdsField(required=False)
    component_ids = IdsField(required=False)
    component_statuses = StatusesField(required=False)
    regions = RegionCodesField(required=False)
    started_at = InstantField(required=False)
    resolved_at = InstantField(required=False)
    notify = serializers.BooleanField(default=True)
    hold_seconds = HoldField()
    template = serializers.CharField(max_length=100, required=False)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and data.get("template") is not None:
            # The template stands in for whatever of these is not said.
            for name in ("title", "severity", "message"):
                self.fields[name].required = False
        return super().to_internal_value(data)

    def validate(self, attrs: Any) -> Any:
        resolve_components_alias(attrs)
        return attrs

    def service_arguments(self) -> dict[str, Any]:
        """Return the arguments of `open_incident`."""
        values: dict[str, Any] = dict(self.validated_data)
        named, stated = values.pop("components", []), values.pop("component_statuses", {})
        template = values.pop("template", None)
        if values.get("publish_at") is not None:
            # Until then it is a draft.
            values.setdefault("published", False)
        if template is not None:
            rendered = _render_template(template, values, components_by_id([*named, *stated]))
            values = {**rendered, **values}
        return {**values, "impacts": impacts(named, stated, values["severity"])}


class ChangeBody(IncidentBody):
    """The body of PUT and PATCH: corrections.

    With `notify` (default true), those who were told of the incident are told when this resolves,
    reopens or withdraws it, and all subscribers when it publishes a draft; never of anything else.
    """

    message = None  # type: ignore[assignment]  # said with an update (M23)
    messages = None  # type: ignore[assignment]
    template = None  # type: ignore[assignment]
    resolved_at = None  # type: ignore[assignment]  # follows from the state

    def impacts(self, incident: Incident) -> dict[Component, Status] | None:
        """Return all that it affects from now on; None when the body does not say."""
        named = self.validated_data.get("components")
        stated = self.validated_data.get("component_statuses")
        if named is None and stated is None:
            return None
        present = {each.component_id: Status(each.status) for each in incident.impacts.all()}
        retained = present if named is None else {pk: present[pk] for pk in named if pk in present}
        severity = self.validated_data.get("severity", Severity(incident.severity))
        return impacts(named or (), {**retained, **(stated or {})}, severity)


def components_by_id(ids: Iterable[int]) -> dict[int, Component]:
    """Return components by id, in the order given. Raises ValidationError naming a missing one."""
    wanted = list(dict.fromkeys(ids))
    existing = Component.objects.in_bulk(wanted)
    missing = [pk for pk in wanted if pk not in existing]
    if missing:
        raise serializers.ValidationError({"components": f"There is no component {missing[0]}."})
    return {pk: existing[pk] for pk in wanted}


def impacts(
    named: Iterable[int], stated: Mapping[int, Status], severity: Severity
) -> dict[Component, Status]:
    """Return the status declared of each component: as stated, else what the severity implies."""
    components = components_by_id([*named, *stated])
    return {each: stated.get(pk, severity.implied) for pk, each in components.items()}


def _render_template(
    template: str, values: Mapping[str, Any], components: Mapping[int, Component]
) -> dict[str, Any]:
    row = IncidentTemplate.objects.filter(name=template).first()
    if row is None:
        raise serializers.ValidationError({"template": f"There is no template “{template}”."})
    try:
        rendered = render_template(
            row,
            placeholder_values(
                components=[component.name for component in components.values()],
                regions=values.get("regions", ()),
                severity=values.get("severity", ""),
                status=values.get("status", ""),
                started_at=values.get("started_at"),
            ),
        )
    except PlaceholderError as error:
        raise serializers.ValidationError({"template": str(error)}) from None
    return {
        "title": rendered.title,
        "message": rendered.message,
        "severity": rendered.severity,
        "status": rendered.status,
    }


class IncidentUpdateJson(TypedDict):
    id: int
    status: Annotated[str, OneOf(IncidentState)]
    message: str
    messages: dict[str, str]
    component_statuses: dict[str, CommonStatus]
    notify: bool
    created_at: Instant


class IncidentJson(TypedDict):
    id: int
    reference: str
    title: str
    titles: dict[str, str]
    severity: AdminSeverity
    status: Annotated[str, OneOf(IncidentState)]
    published: bool
    publish_at: Instant | None
    components: list[int]
    component_statuses: dict[str, CommonStatus]
    regions: list[str]
    started_at: Instant
    resolved_at: Instant | None
    created_at: Instant
    updated_at: Instant
    updates: list[IncidentUpdateJson]


class IncidentListJson(TypedDict):
    incidents: list[IncidentJson]
    total: int


def incident_json(incident: Incident, *, reach: PageReach = EVERYTHING) -> IncidentJson:
    """Return an incident in the words of M, without the notes for staff, and without the
    components that `reach` does not see."""
    affected = sorted(
        (each for each in incident.impacts.all() if reach.sees(each.component_id)),
        key=lambda each: each.component_id,
    )
    return {
        "id": incident.pk,
        "reference": incident.reference,
        "title": incident.title,
        "titles": incident.titles,
        "severity": SEVERITIES[incident.severity].admin,
        "status": incident.status,
        "published": incident.published,
        "publish_at": iso(incident.publish_at) if incident.publish_at else None,
        "components": [each.component_id for each in affected],
        "component_statuses": {
            str(each.component_id): STATUSES[Status(each.status)].common for each in affected
        },
        "regions": incident.regions,
        "started_at": iso(incident.started_at),
        "resolved_at": iso(incident.resolved_at) if incident.resolved_at else None,
        "created_at": iso(incident.created_at),
        "updated_at": iso(incident.updated_at),
        "updates": [update_json(update, reach=reach) for update in incident.updates.all()],
    }


def update_json(update: Update, *, reach: PageReach = EVERYTHING) -> IncidentUpdateJson:
    """Return an update in the words of M."""
    return {
        "id": update.pk,
        "status": IncidentState(update.status).value,
        "message": update.message,
        "messages": update.messages,
        "component_statuses": {
            str(pk): STATUSES[status].common
            for pk, status in update.declared().items()
            if reach.sees(pk)
        },
        "notify": update.notify,
        "created_at": iso(update.created_at),
    }
