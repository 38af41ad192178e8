"""What the APIs of monitors, of agents and readers, and of deliveries tell."""

from rest_framework import serializers

from monitors.rules.reader_state import ReaderState
from monitors.rules.rollups import Resolution
from statuspage.openapi.shapes.base import VERDICTS, Shape, instant, number, one_of, text, texts
from subscribers.channels.registry import channels
from subscribers.enums import alert_stage_choices, state_choices


class RegionState(Shape):
    """What one region says of a monitor."""

    region = text()
    verdict = one_of(VERDICTS)
    checked_at = instant(allow_null=True)
    latency_ms = number(allow_null=True)
    message = text()


class Monitor(Shape):
    """`config` holds the settings of its kind; a secret among them is told as `{"set": true}`."""

    id = serializers.IntegerField()
    name = text()
    component = text()
    kind = text()
    config = serializers.DictField()
    enabled = serializers.BooleanField()
    interval = serializers.IntegerField()
    timeout = number()
    retry_interval = serializers.IntegerField(allow_null=True)
    confirm_down = serializers.IntegerField()
    confirm_up = serializers.IntegerField()
    regions = texts()
    quorum = serializers.IntegerField(allow_null=True)
    state = RegionState(many=True)
    created_at = instant()
    updated_at = instant()


class MonitorList(Shape):
    monitors = Monitor(many=True)
    total = serializers.IntegerField()


class PingAddress(Shape):
    """Told this once: only a digest of the key is kept."""

    ping_url = text()


class Assertion(Shape):
    assertion = text()
    passed = serializers.BooleanField()
    found = text()


class SeenCertificate(Shape):
    subject = text()
    issuer = text()
    names = texts()
    valid_from = instant()
    valid_until = instant()
    days_left = serializers.IntegerField()


class Trial(Shape):
    """One check, in full."""

    result = text()
    message = text()
    code = serializers.IntegerField(allow_null=True)
    latency_ms = number(allow_null=True)
    phases = serializers.DictField(child=number(allow_null=True))
    started_at = instant()
    took_ms = number()
    address = text(allow_null=True)
    protocol = text(allow_null=True)
    assertions = Assertion(many=True)
    certificates = SeenCertificate(many=True)


class Result(Shape):
    started_at = instant()
    region = text()
    result = text()
    latency_ms = number(allow_null=True)
    code = serializers.IntegerField(allow_null=True)
    late_ms = number(allow_null=True)
    message = text()
    phases = serializers.DictField(child=number(allow_null=True))


class ResultList(Shape):
    results = Result(many=True)


class Latencies(Shape):
    """Milliseconds."""

    min = number(allow_null=True)
    avg = number(allow_null=True)
    p50 = number(allow_null=True)
    p95 = number(allow_null=True)
    p99 = number(allow_null=True)
    max = number(allow_null=True)


class Rollup(Shape):
    start = instant()
    count = serializers.IntegerField()
    failures = serializers.IntegerField()
    degraded = serializers.IntegerField()
    inconclusive = serializers.IntegerField()
    latency_ms = Latencies()


class RollupList(Shape):
    resolution = one_of([each.name.lower() for each in Resolution])
    to = instant()
    rows = Rollup(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]  # of any type
        # A word of Python's own, so it cannot be written as the others are.
        return {**super().get_fields(), "from": instant()}


class HeartbeatTaken(Shape):
    consumer_name = text()
    state = one_of([ReaderState.LOADING.value, ReaderState.LIVE.value])
    server_time = number()


class ReportTaken(Shape):
    sequence = serializers.IntegerField()
    replayed = serializers.BooleanField()


class Delivery(Shape):
    """One copy of a message, to one recipient."""

    id = serializers.IntegerField()
    event = text()
    about = text()
    recipient = text()
    channel = one_of(list(channels()))
    state = one_of([word for word, _ in state_choices()])
    reason = text()
    attempts = serializers.IntegerField()
    code = serializers.JSONField()
    answer = text()
    message_id = text()
    created_at = instant()
    ended_at = text()


class DeliveryList(Shape):
    """`counts`, by state, are told when an event is asked for."""

    deliveries = Delivery(many=True)
    counts = serializers.DictField(child=serializers.IntegerField(), required=False)


class Redelivery(Shape):
    id = serializers.IntegerField()
    state = text()


class Alert(Shape):
    id = serializers.IntegerField()
    component_id = serializers.IntegerField(allow_null=True)
    name = text()
    stage = one_of([word for word, _ in alert_stage_choices()])
    severity = text()
    began_at = instant()
    raised_at = instant(allow_null=True)
    acknowledged_at = instant(allow_null=True)
    acknowledged_by = text()
    resolved_at = instant(allow_null=True)


class AlertList(Shape):
    alerts = Alert(many=True)
