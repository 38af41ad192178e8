"""Examples built from schemas: a member of a name has the same example wherever it stands."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_EARLIER, _LATER = "2026-11-21T14:00:00Z", "2026-11-21T15:00:00Z"
_VALUES: dict[str, Any] = {
    **dict.fromkeys(
        ("created_at", "started_at", "startedAt", "startTime", "starts_at", "began_at", "start",
         "scheduled_for", "from", "valid_from", "lastIncident", "raised_at"),
        _EARLIER,
    ),
    **dict.fromkeys(
        ("updated_at", "updatedAt", "endTime", "ends_at", "scheduled_until", "to", "checked_at",
         "display_at", "lastUpdated", "valid_until", "ended_at"),
        _LATER,
    ),
    **dict.fromkeys(
        ("resolved_at", "closed_at", "retired_at", "reminded_at", "monitoring_at",
         "acknowledged_at",
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
    "exceptions": ["2026-11-28T15:00:00"],
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
_NUMBERS = {"uptime": 99.98, "uptime_90d": 99.98, "interval": 60, "timeout": 10.0, "days": 90,
            "latency": 81.5, "latency_ms": 81.5}  # fmt: skip
_NULL_NAMES = [name for name, example in _VALUES.items() if example is None]
_TRUE_NAMES = ("visible", "published", "notify", "confirmed", "enabled", "ok")


def example_of(schema: Schema, components: Schema, *, name: str = "") -> Any:
    """Return an example of JSON of this schema, as the member `name` of an object or by itself.

    `components` are the schemas that it refers to.
    """
    if "oneOf" in schema:  # an object, or null
        return None if name in _NULL_NAMES else example_of(schema["oneOf"][0], components)
    if "$ref" in schema:
        properties = components[schema["$ref"].rpartition("/")[2]]["properties"]
        return {key: example_of(each, components, name=key) for key, each in properties.items()}
    if "enum" in schema:
        return [*schema["enum"], *schema["enum"]][1]
    if "items" in schema:
        return _array(schema["items"], components, name)
    if "additionalProperties" in schema:
        inner = schema["additionalProperties"]
        return _VALUES.get(name) or {"worker-1": example_of(inner, components, name=name)}
    return _scalar(schema.get("type", "string"), name)


def _array(items: Schema, components: Schema, name: str) -> Any:
    # Examples of strings do not fit objects, unless it is that there are none.
    if name in _VALUES and not (_VALUES[name] and "$ref" in items):
        return _VALUES[name]
    return [example_of(items, components, name=name)]


def _scalar(kind: str | list[str], name: str) -> Any:
    match kind:
        case "boolean":
            return name in _TRUE_NAMES
        case ["integer", "null"]:
            return _VALUES.get(name)
        case "integer":
            return _NUMBERS.get(name, 1)
        case "number" | ["number", "null"]:
            return _NUMBERS.get(name, 12.5)
    return _VALUES.get(name, name.replace("_", " "))
