"""Request and response bodies of groups and components (contract M30–M37)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, TypedDict

from rest_framework import serializers

from components.dialect_words import STATUSES, CommonStatus
from components.models import AutoIncident, Component, Group
from components.rollup import DerivedStatus
from components.status import Status
from components.uptime.layers import Policy
from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from components.values.public_ids import public_id
from components.values.slugs import slug_of
from monitors.models import Monitor
from monitors.probers import registry
from statuspage.api.fields import MAX_ID, EnumField
from statuspage.api.serializers.enums import read_status
from statuspage.api.strict import StrictPart, StrictSerializer

_ENDPOINT_KINDS = frozenset({"endpoint", "tcp"})
"""What this dialect calls an endpoint: HTTP, and TCP (M11)."""
_MAX_ITEMS = 1_000
_ORDER_LIMIT = 2**31


def require_group(pk: int | None) -> int | None:
    """Return a group's id. Raises ValidationError when there is none of it."""
    if pk is not None and not Group.objects.filter(pk=pk).exists():
        raise serializers.ValidationError(f"There is no group {pk}.")
    return pk


class GroupBody(StrictSerializer):
    aliases = {"display_name": "name", "display_order": "sort_order"}

    name = serializers.CharField(max_length=100)
    slug = serializers.SlugField(max_length=60, required=False)
    description = serializers.CharField(max_length=300, allow_blank=True, required=False)
    sort_order = serializers.IntegerField(
        min_value=-_ORDER_LIMIT, max_value=_ORDER_LIMIT - 1, required=False
    )
    collapsed = serializers.BooleanField(required=False)
    open_when_wrong = serializers.BooleanField(required=False)
    visible = serializers.BooleanField(required=False)
    parent_id = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, allow_null=True, required=False
    )

    def validate_parent_id(self, pk: int | None) -> int | None:
        return require_group(pk)


class RetireBody(StrictSerializer):
    """With `notify` those who follow the component are told."""

    notify = serializers.BooleanField(default=True)


class MonitorReference(StrictPart):
    """A monitor by its kind and id."""

    type = serializers.CharField(max_length=40)
    id = serializers.IntegerField(min_value=1, max_value=MAX_ID)

    def validate_type(self, kind: str) -> str:
        return validate_kind(kind)


class ComponentBody(StrictSerializer):
    aliases = {"display_name": "name", "display_order": "sort_order"}

    group_id = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, allow_null=True, required=False
    )
    name = serializers.CharField(max_length=100)
    monitor_type = serializers.CharField(max_length=40, allow_null=True, required=False)
    monitor_id = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, allow_null=True, required=False
    )
    sort_order = serializers.IntegerField(
        min_value=-_ORDER_LIMIT, max_value=_ORDER_LIMIT - 1, required=False
    )
    slug = serializers.SlugField(max_length=60, required=False)
    description = serializers.CharField(max_length=300, allow_blank=True, required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=50, required=False
    )
    visible = serializers.BooleanField(required=False)
    only_when_wrong = serializers.BooleanField(required=False)
    critical = serializers.BooleanField(required=False)
    counts_for_overall = serializers.BooleanField(required=False)
    auto_incident = serializers.ChoiceField(
        choices=[choice.value for choice in AutoIncident], required=False
    )
    maintenance_counts = serializers.BooleanField(required=False)
    uptime_policy = serializers.ChoiceField(
        choices=[policy.value for policy in Policy], required=False
    )
    status_override = EnumField(read_status, allow_null=True, required=False)
    monitors = serializers.ListField(
        child=MonitorReference(), max_length=_MAX_ITEMS, required=False
    )
    depends_on = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID),
        max_length=_MAX_ITEMS,
        required=False,
    )

    def validate_group_id(self, pk: int | None) -> int | None:
        return require_group(pk)

    def validate_tags(self, tags: list[str]) -> str:
        if any("," in tag for tag in tags):
            raise serializers.ValidationError("Write one tag each, without commas.")
        return ", ".join(dict.fromkeys(tags))

    def validate_monitor_type(self, kind: str | None) -> str | None:
        return None if kind is None else validate_kind(kind)

    def validate(self, attrs: Any) -> Any:
        kind, pk = attrs.get("monitor_type"), attrs.get("monitor_id")
        if (kind is None) != (pk is None):
            missing = "monitor_id" if pk is None else "monitor_type"
            raise serializers.ValidationError({missing: "Write both, monitor_type and monitor_id."})
        if pk is not None and "monitors" in attrs:
            raise serializers.ValidationError({"monitors": "Write them or monitor_id, not both."})
        return attrs

    def apply(self, component: Component) -> Component:
        """Set the given fields of the component itself; return it."""
        for name, value in self.validated_data.items():
            if name == "status_override":
                component.status_override = value or ""
            elif name not in ("monitor_type", "monitor_id", "monitors", "depends_on"):
                setattr(component, name, value)
        if not component.slug:
            component.slug = free_slug(component.name)
        return component

    def selected_dependencies(self) -> list[Component] | None:
        """Return the components given as its dependencies; None when none were given."""
        ids = self.validated_data.get("depends_on")
        if ids is None:
            return None
        return _require_rows(Component.objects.in_bulk(ids), ids, "depends_on", "component")

    def selected_monitors(self) -> list[Monitor] | None:
        """Return the monitors given, each of the kind given with it; None when none were given.

        `monitor_id` null gives none either: a client that knows of no monitors takes none away.
        """
        data = self.validated_data
        if data.get("monitor_id") is not None:
            wanted, field = {data["monitor_id"]: data["monitor_type"]}, "monitor_id"
        elif "monitors" in data:
            wanted = {each["id"]: each["type"] for each in data["monitors"]}
            field = "monitors"
        else:
            return None
        monitors = _require_rows(Monitor.objects.in_bulk(list(wanted)), wanted, field, "monitor")
        for monitor in monitors:
            kind = wanted[monitor.pk]
            if monitor.kind != kind and not (
                kind == "endpoint" and monitor.kind in _ENDPOINT_KINDS
            ):
                kind_field = "monitor_type" if field == "monitor_id" else field
                raise serializers.ValidationError(
                    {kind_field: f"Monitor {monitor.pk} is of the kind {monitor.kind}."}
                )
        if field == "monitor_id" and self.instance is not None:
            # The short form names one of them and says nothing of the others.
            monitors += Monitor.objects.filter(component=self.instance).exclude(pk__in=wanted)
        return monitors


def validate_kind(kind: str) -> str:
    """Return `kind`. Raises ValidationError when it is no kind of monitor."""
    kinds = registry.probers()
    if kind not in kinds:
        raise serializers.ValidationError(
            f"“{kind}” is not a kind of monitor; choose from {', '.join(sorted(kinds))}."
        )
    return kind


def free_slug(name: str) -> str:
    """Return a slug made of a name, with a number if it is taken.

    A name without letters that stand for sounds gets an id of its own, the same for it everywhere.
    """
    own = f"component-{public_id('name', name)[:6]}" if any(map(str.isalnum, name)) else "component"
    base = slug_of(name, longest=50) or own
    taken = set(Component.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


def _require_rows(rows: Mapping[int, Any], ids: Iterable[int], field: str, what: str) -> list[Any]:
    for pk in ids:
        if pk not in rows:
            raise serializers.ValidationError({field: f"There is no {what} {pk}."})
    return list(rows.values())


class GroupJson(TypedDict):
    """`slug` is what catalogue files call it; made of its first name unless it is written.
    `uptime_90d` is what the page shows of it; null while that is nothing."""

    id: int
    name: str
    slug: str | None
    description: str
    sort_order: int
    collapsed: bool
    open_when_wrong: bool
    visible: bool
    parent_id: int | None
    uptime_90d: float | None


class GroupListJson(TypedDict):
    groups: list[GroupJson]
    total: int


def group_json(group: Group, uptimes: Mapping[int, float]) -> GroupJson:
    """Return a group in the words of M; `uptimes` are those of groups, by their ids."""
    return {
        "id": group.pk,
        "name": group.name,
        "slug": group.slug,
        "description": group.description,
        "sort_order": group.sort_order,
        "collapsed": group.collapsed,
        "open_when_wrong": group.open_when_wrong,
        "visible": group.visible,
        "parent_id": group.parent_id,
        "uptime_90d": uptimes.get(group.pk),
    }


class MonitorNamedJson(TypedDict):
    type: str
    id: int


class ComponentJson(TypedDict):
    """`basis` is what its uptime follows: without monitors, what staff declare."""

    id: int
    group_id: int | None
    name: str
    monitor_type: str | None
    monitor_id: int | None
    sort_order: int
    slug: str
    description: str
    visible: bool
    critical: bool
    counts_for_overall: bool
    auto_incident: Annotated[str, OneOf(AutoIncident)]
    status_override: str | None
    monitors: list[MonitorNamedJson]
    depends_on: list[int]
    status: CommonStatus
    derived_status: CommonStatus
    created_at: Instant
    updated_at: Instant
    maintenance_counts: bool
    uptime_policy: Annotated[str, OneOf(Policy)]
    basis: Annotated[str, OneOf(Policy)]
    retired_at: Instant | None
    tags: list[str]
    only_when_wrong: bool


class ComponentListJson(TypedDict):
    components: list[ComponentJson]
    total: int


def component_json(
    component: Component, *, monitors: Collection[Monitor], derived: DerivedStatus
) -> ComponentJson:
    """Return a component in the words of M. `derived` is its status without an override."""
    first = min(monitors, key=lambda monitor: monitor.pk, default=None)
    override = component.status_override
    return {
        "id": component.pk,
        "group_id": component.group_id,
        "name": component.name,
        "monitor_type": first.kind if first else None,
        "monitor_id": first.pk if first else None,
        "sort_order": component.sort_order,
        "slug": component.slug,
        "description": component.description,
        "visible": component.visible,
        "critical": component.critical,
        "counts_for_overall": component.counts_for_overall,
        "auto_incident": component.auto_incident,
        "status_override": override or None,
        "monitors": [{"type": each.kind, "id": each.pk} for each in monitors],
        "depends_on": sorted(each.pk for each in component.depends_on.all()),
        "status": STATUSES[Status(component.status)].common,
        "derived_status": STATUSES[derived.status].common,
        "created_at": iso(component.created_at),
        "updated_at": iso(component.updated_at),
        "maintenance_counts": component.maintenance_counts,
        "uptime_policy": component.uptime_policy,
        "basis": component.uptime_policy if monitors else Policy.DECLARED.value,
        "retired_at": iso(component.retired_at) if component.retired_at else None,
        "tags": [tag.strip() for tag in component.tags.split(",") if tag.strip()],
        "only_when_wrong": component.only_when_wrong,
    }
