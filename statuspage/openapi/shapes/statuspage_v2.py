"""The JSON that existing status-page tools read (contract S)."""

from rest_framework import serializers

from components.dialect_words import STATUSES
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from statuspage.openapi.shapes.base import SEVERITY_WORDS, Shape, instant, one_of, text

_WORDS = list(dict.fromkeys(words.statuspage for words in STATUSES.values()))
_INCIDENT_STATES = [*(state.value for state in IncidentState), "postmortem"]
_WINDOW_STATES = [state.value for state in WindowState if state != WindowState.CANCELLED]


class V2Page(Shape):
    id = text()
    name = text()
    url = text()
    time_zone = text()
    updated_at = instant()


class V2Status(Shape):
    indicator = one_of(list(dict.fromkeys(words.indicator for words in STATUSES.values())))
    description = text()


class V2Component(Shape):
    """A group is one with `group: true`, and names its members in `components`."""

    id = text()
    name = text()
    status = one_of(_WORDS)
    created_at = instant()
    updated_at = instant()
    position = serializers.IntegerField()
    description = text(allow_null=True)
    showcase = serializers.BooleanField()
    start_date = serializers.DateField(allow_null=True)
    group_id = text(allow_null=True)
    page_id = text()
    group = serializers.BooleanField()
    only_show_if_degraded = serializers.BooleanField()
    components = serializers.ListField(child=text(), required=False)


class V2Affected(Shape):
    code = text()
    name = text()
    old_status = one_of(_WORDS)
    new_status = one_of(_WORDS)


class _Update(Shape):
    id = text()
    body = text()
    incident_id = text()
    created_at = instant()
    updated_at = instant()
    display_at = instant()
    affected_components = serializers.ListField(child=V2Affected(), allow_null=True)
    deliver_notifications = serializers.BooleanField()
    custom_tweet = text(allow_null=True)
    tweet_id = text(allow_null=True)


class V2IncidentUpdate(_Update):
    status = one_of(_INCIDENT_STATES)


class V2WindowUpdate(_Update):
    status = one_of([state.value for state in WindowState])


class _Told(Shape):
    id = text()
    name = text()
    created_at = instant()
    updated_at = instant()
    monitoring_at = instant(allow_null=True)
    resolved_at = instant(allow_null=True)
    shortlink = text()
    started_at = instant()
    page_id = text()
    components = V2Component(many=True)


class V2Incident(_Told):
    status = one_of(_INCIDENT_STATES)
    impact = one_of(SEVERITY_WORDS["statuspage"])
    incident_updates = V2IncidentUpdate(many=True)


class V2Window(_Told):
    status = one_of([*_WINDOW_STATES, "verifying"])
    impact = one_of(["maintenance"])
    incident_updates = V2WindowUpdate(many=True)
    scheduled_for = instant()
    scheduled_until = instant()


class V2Summary(Shape):
    page = V2Page()
    components = V2Component(many=True)
    incidents = V2Incident(many=True)
    scheduled_maintenances = V2Window(many=True)
    status = V2Status()


class V2PageStatus(Shape):
    page = V2Page()
    status = V2Status()


class V2Components(Shape):
    page = V2Page()
    components = V2Component(many=True)


class V2Incidents(Shape):
    page = V2Page()
    incidents = V2Incident(many=True)


class V2Windows(Shape):
    page = V2Page()
    scheduled_maintenances = V2Window(many=True)
