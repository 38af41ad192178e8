"""What the status administration API tells (contract M)."""

from rest_framework import serializers

from components.models import AutoIncident
from incidents.workflow import IncidentState
from maintenance.lifecycle import Impact, WindowState
from statuspage.openapi.shapes.base import (
    COMMON,
    SEVERITY_WORDS,
    Shape,
    ids,
    instant,
    one_of,
    several,
    text,
    texts,
)

_STATES = [state.value for state in IncidentState]
_WINDOW_STATES = [state.value for state in WindowState]


def _statuses() -> serializers.DictField:
    return serializers.DictField(child=one_of(COMMON))


class Group(Shape):
    id = serializers.IntegerField()
    name = text()
    description = text()
    sort_order = serializers.IntegerField()
    collapsed = serializers.BooleanField()
    open_when_wrong = serializers.BooleanField()
    visible = serializers.BooleanField()


class GroupList(Shape):
    groups = Group(many=True)
    total = serializers.IntegerField()


class MonitorNamed(Shape):
    type = text()
    id = serializers.IntegerField()


class Component(Shape):
    id = serializers.IntegerField()
    group_id = serializers.IntegerField(allow_null=True)
    name = text()
    monitor_type = text(allow_null=True)
    monitor_id = serializers.IntegerField(allow_null=True)
    sort_order = serializers.IntegerField()
    slug = text()
    description = text()
    visible = serializers.BooleanField()
    critical = serializers.BooleanField()
    counts_for_overall = serializers.BooleanField()
    auto_incident = one_of([choice.value for choice in AutoIncident])
    status_override = text(allow_null=True)
    monitors = MonitorNamed(many=True)
    depends_on = ids()
    status = one_of(COMMON)
    derived_status = one_of(COMMON)
    created_at = instant()
    updated_at = instant()


class ComponentList(Shape):
    components = Component(many=True)
    total = serializers.IntegerField()


class IncidentUpdate(Shape):
    id = serializers.IntegerField()
    status = one_of(_STATES)
    message = text()
    component_statuses = _statuses()
    notify = serializers.BooleanField()
    created_at = instant()


class Incident(Shape):
    id = serializers.IntegerField()
    reference = text()
    title = text()
    severity = one_of(SEVERITY_WORDS["admin"])
    status = one_of(_STATES)
    published = serializers.BooleanField()
    components = ids()
    component_statuses = _statuses()
    regions = texts()
    started_at = instant()
    resolved_at = instant(allow_null=True)
    created_at = instant()
    updated_at = instant()
    updates = IncidentUpdate(many=True)


class IncidentList(Shape):
    incidents = Incident(many=True)
    total = serializers.IntegerField()


class WindowSeries(Shape):
    """The series that a recurring window is an occurrence of."""

    id = serializers.IntegerField()
    recurrence = text()
    timezone = text()
    first_local = text()
    occurrence = text(allow_null=True)
    touched = serializers.BooleanField()
    ended = serializers.BooleanField()


class WindowUpdate(Shape):
    id = serializers.IntegerField()
    status = one_of(_WINDOW_STATES)
    message = text()
    created_at = instant()


class OverlappingWindow(Shape):
    id = serializers.IntegerField()
    reference = text()
    title = text()
    starts_at = instant()
    ends_at = instant()


class Window(Shape):
    """A maintenance window. A list leaves `overlaps` and `warnings` out."""

    id = serializers.IntegerField()
    reference = text()
    title = text()
    message = text()
    status = one_of(_WINDOW_STATES)
    impact = one_of([impact.value for impact in Impact])
    starts_at = instant()
    ends_at = instant()
    components = ids()
    regions = texts()
    blocks_api = serializers.BooleanField()
    remind_before = serializers.IntegerField()
    reminded_at = instant(allow_null=True)
    closed_at = instant(allow_null=True)
    series = WindowSeries(allow_null=True)
    updates = WindowUpdate(many=True)
    created_at = instant()
    updated_at = instant()
    overlaps = several(OverlappingWindow(), required=False)
    warnings = several(text(), required=False)


class WindowList(Shape):
    maintenance = Window(many=True)
    total = serializers.IntegerField()


class Subscriber(Shape):
    """`address` is masked unless the token has the scope `subscribers:write`."""

    id = serializers.IntegerField()
    channel = text()
    address = text()
    confirmed = serializers.BooleanField()
    components = ids()
    created_at = instant()


class SubscriberList(Shape):
    subscribers = Subscriber(many=True)
    total = serializers.IntegerField()
    confirmed = serializers.IntegerField()


class RefusedRow(Shape):
    row = serializers.IntegerField()
    field = text()
    message = text()


class ImportReport(Shape):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = RefusedRow(many=True)
    ids = ids()
