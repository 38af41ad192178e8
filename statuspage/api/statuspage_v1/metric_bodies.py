"""The bodies of metrics, of their numbers and of their providers in this dialect."""

from math import isfinite
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ParseError

from components.values.decimal_text import read_decimal
from monitors.probers.number import LARGEST
from statuspage.api.statuspage_v1.bodies import DialectBody

MAX_POINTS = 1_000
SELF = "Self"
"""The type of the one provider there is: numbers are sent here, and fetched from nowhere."""
OTHER_TYPES = ("Pingdom", "NewRelic", "Librato", "Datadog")
_LAST_SECOND = 7_258_118_399
"""Of the year 2199."""


class _NumberField(serializers.FloatField):
    """A number that is one: not infinity, and nothing that is not a number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": -LARGEST, "max_value": LARGEST, **kwargs})

    default_error_messages = {"invalid": "Write a number, such as 42 or 0.5."}

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float | str):
            self.fail("invalid")
        try:
            value = read_decimal(data) if isinstance(data, str) else float(data)
        except ValueError:
            self.fail("invalid")
        if not isfinite(value):
            self.fail("invalid")
        return value


class MetricBody(DialectBody):
    """The fields of a metric; those besides name, suffix and display are kept as written."""

    nothing_if_blank = ("y_axis_min", "y_axis_max", "y_axis_hidden", "display", "decimal_places")
    without_effect = frozenset({
        "id", "metrics_provider_id", "metrics_display_id", "backfilled", "backfillable",
        "most_recent_data_at", "last_fetched_at", "reference_name", "created_at", "updated_at",
    })  # fmt: skip

    name = serializers.CharField(max_length=100)
    suffix = serializers.CharField(max_length=20, allow_blank=True, required=False)
    display = serializers.BooleanField(required=False)
    metric_identifier = serializers.CharField(max_length=200, allow_blank=True, required=False)
    transform = serializers.ChoiceField(
        ["average", "count", "max", "min", "sum"], allow_blank=True, required=False
    )
    y_axis_min = _NumberField(required=False)
    y_axis_max = _NumberField(required=False)
    y_axis_hidden = serializers.BooleanField(required=False)
    decimal_places = serializers.IntegerField(min_value=0, max_value=20, required=False)
    tooltip_description = serializers.CharField(max_length=300, allow_blank=True, required=False)

    def described(self) -> dict[str, Any]:
        """Return what is kept as it was written."""
        told = ("name", "suffix")
        return {name: value for name, value in self.validated_data.items() if name not in told}


class PointBody(DialectBody):
    """One number, and the second (since 1970) that it is of."""

    timestamp = _NumberField(min_value=0, max_value=_LAST_SECOND)
    value = _NumberField()


class ProviderBody(DialectBody):
    """A provider; keys and addresses of other products have no use for the one there is."""

    without_effect = frozenset({
        "email", "password", "api_key", "api_token", "application_key", "metric_base_uri", "id",
        "disabled", "last_revalidated_at", "created_at", "updated_at",
    })  # fmt: skip

    type = serializers.CharField(max_length=40)

    def validate_type(self, word: str) -> str:
        if word.lower() != SELF.lower():
            raise serializers.ValidationError(
                f"Write {SELF}: numbers are sent here (…/metrics/ID/data) and fetched from no"
                " other product."
            )
        return SELF


def points_of(data: Any) -> dict[str, list[PointBody]]:
    """Return the points of a body for several metrics, by the ids of these. Raises ParseError."""
    inside = data.get("data") if isinstance(data, dict) else None
    if not isinstance(inside, dict) or not all(isinstance(each, list) for each in inside.values()):
        raise ParseError("Write data: for each metric's id a list of timestamp and value.")
    if sum(map(len, inside.values())) > MAX_POINTS:
        raise ParseError(f"Write at most {MAX_POINTS:,} points at a time.")
    return {name: [_point(each) for each in points] for name, points in inside.items()}


def _point(data: Any) -> PointBody:
    if not isinstance(data, dict):
        raise ParseError("Write each point as an object of timestamp and value.")
    body = PointBody(data=data)
    body.is_valid(raise_exception=True)
    return body
