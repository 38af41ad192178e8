"""What an operator is told of the deployment (contract K)."""

from rest_framework import serializers

from statuspage.api.views.management import CONFIG
from statuspage.openapi.shapes.base import Shape, number, text, texts

_TRUE_OR_FALSE = ("allow_remote_images", "echo", "enable_metrics")
_WORDS = ("repository_path", "reserved_consumers")


class Config(Shape):
    """The settings in force."""

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]  # of any type
        return {name: _field(name) for name in CONFIG}


def _field(name: str) -> serializers.Field:  # type: ignore[type-arg]  # of any type
    if name in _TRUE_OR_FALSE:
        return serializers.BooleanField()
    return text() if name in _WORDS else serializers.IntegerField()


class Reader(Shape):
    consumer_name = text()
    consumer_groups = texts()
    device = text()
    model_name = text()
    model_type = text()
    pids = serializers.ListField(child=serializers.IntegerField())


class LastHeartbeat(Shape):
    heartbeat_timestamp = number()
    heartbeat_wait_interval = number()


class Readers(Shape):
    live_readers = serializers.DictField(child=Reader())
    loading_readers = serializers.DictField(child=Reader())
    dead_readers = serializers.DictField(child=Reader())
    last_heartbeat = serializers.DictField(child=LastHeartbeat())
    reserved_consumers = texts()


class ManagementStatus(Shape):
    """`status` is null until the first reader registers."""

    config = Config()
    status = Readers(allow_null=True)
