"""Examples made of shapes: a field of a name has the same example wherever it stands."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

_AT, _LATER = "2026-11-21T14:00:00Z", "2026-11-21T15:00:00Z"
_TEXTS: dict[str, Any] = {
    **dict.fromkeys(
        ("created_at", "started_at", "startedAt", "startTime", "starts_at", "began_at", "start",
         "scheduled_for", "from", "valid_from", "lastIncident", "raised_at"),
        _AT,
    ),
    **dict.fromkeys(
        ("updated_at", "updatedAt", "endTime", "ends_at", "scheduled_until", "to", "checked_at",
         "display_at", "lastUpdated", "valid_until", "ended_at"),
        _LATER,
    ),
    **dict.fromkeys(
        ("resolved_at", "closed_at", "reminded_at", "monitoring_at", "acknowledged_at",
         "tweet_id", "custom_tweet", "status_override", "group_id", "retry_interval", "quorum",
         "series", "affected_components"),
        None,
    ),
    "address": "a…n@example.org",
    "body": "We are looking into it.",
    "config": {"url": "https://api.example.com/health"},
    "component": "api",
    "component_statuses": {"1": "partial_outage"},
    "counts": {"sent": 1},
    "date": "2026-11-21",
    "description": "Requests of programs",
    "detail": "title: This field is required.",
    "device": "cuda:0",
    "event": "incident.updated",
    "first_local": "2026-11-21T15:00:00",
    "global_message": "Partial Outage",
    "id": "k2m8x0q4p7ra",
    "kind": "endpoint",
    "label": "Partial Outage",
    "message": "We are looking into it.",
    "monitor_type": "endpoint",
    "name": "API",
    "overall_label": "Partial Outage",
    "phases": {"connect": 12.5},
    "ping_url": "https://status.example.com/ping/6b5d9c1e-0000-4000-8000-2f1c4a7d9e3b",
    "recurrence": "FREQ=WEEKLY;BYDAY=SA",
    "reference": "INC-2026-001",
    "region": "eu-west-1",
    "regions": ["eu-west-1"],
    "start_date": "2026-01-01",
    "time_zone": "Etc/UTC",
    "timezone": "Europe/Berlin",
    "title": "API answers slowly",
    "type": "about:blank",
    "url": "https://status.example.com",
    "warnings": [],
    "overlaps": [],
}  # fmt: skip
_FIGURES = {"uptime": 99.98, "uptime_90d": 99.98, "interval": 60, "timeout": 10.0, "days": 90,
            "latency": 81.5, "latency_ms": 81.5}  # fmt: skip
_TRUE = ("visible", "published", "notify", "confirmed", "enabled", "ok")


def example_of(shape: Any) -> Any:
    """What an answer of this shape may look like."""
    field = shape() if isinstance(shape, type) else shape
    if isinstance(field, serializers.ListSerializer):
        return [example_of(field.child)]
    if isinstance(field, serializers.Serializer):
        return {name: _of(name, each) for name, each in field.fields.items()}
    return _of("", field)


def _of(name: str, field: Any) -> Any:
    if isinstance(field, serializers.BaseSerializer):
        return None if _TEXTS.get(name, "") is None else example_of(field)
    for kind, example in _BY_KIND.items():
        if isinstance(field, kind):
            return example(name, field)
    return _TEXTS.get(name, name.replace("_", " "))


_BY_KIND: dict[Any, Callable[[str, Any], Any]] = {
    serializers.ChoiceField: lambda name, field: [*field.choices, *field.choices][1],
    serializers.BooleanField: lambda name, field: name in _TRUE,
    serializers.IntegerField: lambda name, field: (
        _TEXTS.get(name) if field.allow_null else _FIGURES.get(name, 1)
    ),
    serializers.FloatField: lambda name, field: _FIGURES.get(name, 12.5),
    serializers.ListField: lambda name, field: (
        _TEXTS[name] if name in _TEXTS else [_of(name, field.child)]
    ),
    serializers.DictField: lambda name, field: (
        _TEXTS[name] if name in _TEXTS else {"worker-1": _of(name, field.child)}
    ),
}
