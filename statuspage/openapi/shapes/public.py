"""What the public JSON tells: `/status` (contract X) and `/status/api` (M40)."""

from rest_framework import serializers

from components.values.severity import Severity
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from statuspage.openapi.shapes.base import (
    COMMON,
    SEVERITY_WORDS,
    Shape,
    instant,
    number,
    one_of,
    text,
    texts,
)

_STATES = [state.value for state in IncidentState]


class PublicService(Shape):
    """`uptime_90d` is null until something is known."""

    id = text()
    name = text()
    status = one_of(COMMON)
    label = text()  # type: ignore[assignment]  # a member here
    group = text(allow_null=True)
    description = text()
    uptime_90d = number(allow_null=True)
    updated_at = instant()
    checked_at = instant(allow_null=True)


class PublicWindow(Shape):
    id = serializers.IntegerField()
    title = text()
    message = text()
    state = one_of([state.value for state in WindowState])
    starts_at = instant()
    ends_at = instant()
    components = texts()
    blocks_api = serializers.BooleanField()


class PublicUpdate(Shape):
    status = one_of(_STATES)
    message = text()
    created_at = instant()


class PublicIncident(Shape):
    id = serializers.IntegerField()
    title = text()
    severity = one_of([severity.value for severity in Severity])
    status = one_of(_STATES)
    components = texts()
    started_at = instant()
    updates = PublicUpdate(many=True)


class PublicStatus(Shape):
    overall = one_of(COMMON)
    overall_label = text()
    updated_at = instant()
    checked_at = instant(allow_null=True)
    services = PublicService(many=True)
    maintenance_windows = PublicWindow(many=True)
    incidents = PublicIncident(many=True)
    demo = serializers.BooleanField(required=False)


class SnapshotComponent(Shape):
    id = serializers.IntegerField()
    name = text()
    status = one_of(COMMON)


class SnapshotIncident(Shape):
    id = serializers.IntegerField()
    title = text()
    severity = one_of(SEVERITY_WORDS["admin"])
    status = one_of(_STATES)
    components = texts()
    created_at = instant()
    latest_update = PublicUpdate(allow_null=True)


class SnapshotWindow(Shape):
    id = serializers.IntegerField()
    title = text()
    starts_at = instant()
    ends_at = instant()
    components = texts()


class StatusSnapshot(Shape):
    """What `/status/api` answers, and the stream begins with."""

    global_status = one_of(COMMON)
    global_message = text()
    updated_at = instant()
    components = SnapshotComponent(many=True)
    active_incidents = SnapshotIncident(many=True)
    upcoming_maintenance = SnapshotWindow(many=True)
