"""Request and response bodies of maintenance windows (contract M24)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, NotRequired, TypedDict

from rest_framework import serializers

from components.models import Component
from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from maintenance.lifecycle import Impact, WindowState, publish_at_error
from maintenance.models import Series, Window, WindowUpdate
from maintenance.recurrence import MAX_RULE_LENGTH, RuleError, instant, time_zone, wall_time
from statuspage.api.fields import (
    EnumField,
    HoldField,
    IdsField,
    InstantField,
    RegionCodesField,
    TranslationsField,
    WallInstantField,
    resolve_components_alias,
)
from statuspage.api.page_scope import EVERYTHING, PageReach
from statuspage.api.serializers.incidents import components_by_id
from statuspage.api.strict import StrictSerializer

_TRANSLATIONS = ("titles", "messages")
_PLAN_FIELDS = ("title", "message", "impact", "regions", "blocks_api", "remind_before")
THIS, SERIES = "this", "series"
SERIES_MEMBERS = {"rule": "recurrence", "first_local": "starts_at", "duration": "ends_at"}
"""The members of the body that a series' fields come from."""


def read_impact(word: str) -> Impact:
    """Return the impact of a word. Raises ValueError saying what there is."""
    if word not in list(Impact):
        raise ValueError(f"Write one of {', '.join(Impact)}.")
    return Impact(word)


class WindowBody(StrictSerializer):
    """The body of M24; `component_ids` is an alias (decision C4).

    `titles` and `messages` are title and message in other languages, by their tags.
    """

    title = serializers.CharField(max_length=200)
    starts_at = WallInstantField()
    ends_at = WallInstantField()
    components = IdsField(required=False)
    component_ids = IdsField(required=False)
    message = serializers.CharField(
        max_length=10_000, default="", allow_blank=True, trim_whitespace=False
    )
    titles = TranslationsField(max_length=200)
    messages = TranslationsField(max_length=10_000)
    regions = RegionCodesField(default=list)
    impact = EnumField(read_impact, default=Impact.MINIMAL)
    blocks_api = serializers.BooleanField(default=False)
    remind_before = serializers.IntegerField(min_value=0, max_value=86_400, default=60)
    recurrence = serializers.CharField(max_length=MAX_RULE_LENGTH, required=False)
    timezone = serializers.CharField(max_length=60, required=False)
    notify = serializers.BooleanField(default=True)
    hold_seconds = HoldField()
    published = serializers.BooleanField(required=False)
    publish_at = InstantField(required=False, allow_null=True)

    def validate(self, attrs: Any) -> Any:
        draft = "published" if attrs.get("published") is False else "publish_at"
        repeats = "recurrence" in attrs or attrs.get("apply_to") == SERIES
        if repeats and attrs.get(draft) is not None:
            raise serializers.ValidationError({draft: "Recurring maintenance cannot be a draft."})
        if repeats:
            for name in _TRANSLATIONS:
                if attrs.get(name):
                    message = "Recurring maintenance has none: translate its windows one by one."
                    raise serializers.ValidationError({name: message})
        resolve_components_alias(attrs)
        if not self.partial:
            attrs.setdefault("components", [])
        if "timezone" in attrs:
            try:
                time_zone(attrs["timezone"])
            except RuleError as error:
                raise serializers.ValidationError({"timezone": str(error)}) from None
        _read_wall_times(attrs)
        starts_at, ends_at = attrs.get("starts_at"), attrs.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            raise serializers.ValidationError({"ends_at": "The end must be after the start."})
        return attrs

    def selected_components(self) -> Sequence[Component] | None:
        """Return the components given; None when the body does not say."""
        ids = self.validated_data.get("components")
        return None if ids is None else list(components_by_id(ids).values())

    def window_values(self) -> dict[str, Any]:
        """Return the given fields of a single window."""
        return self.values("starts_at", "ends_at", "publish_at", *_TRANSLATIONS)

    def check_publish_at(self, *, is_draft: bool, ends_at: datetime, now: datetime) -> None:
        """Raise ValidationError when a window cannot wait for the time that is given."""
        at = self.validated_data.get("publish_at")
        if at is None:
            return
        error = publish_at_error(at, is_draft=is_draft, ends_at=ends_at, now=now)
        if error:
            raise serializers.ValidationError({"publish_at": error})

    @property
    def is_draft(self) -> bool:
        """Whether a new window is a draft: until somebody publishes it, or its own time does."""
        data = self.validated_data
        return not data.get("published", data.get("publish_at") is None)

    def values(self, *more: str) -> dict[str, Any]:
        """Return the given fields of the plan, and of `more`."""
        data = self.validated_data
        return {name: data[name] for name in (*_PLAN_FIELDS, *more) if name in data}

    def series(self) -> Series:
        """Return a new series as the body describes it; nothing is stored."""
        data = self.validated_data
        where = time_zone(data.get("timezone", "UTC"))
        return Series(
            **self.values(),
            rule=data["recurrence"],
            timezone=where.key,
            first_local=wall_time(data["starts_at"], where).isoformat(timespec="seconds"),
            duration=data["ends_at"] - data["starts_at"],
        )


def _read_wall_times(attrs: dict[str, Any]) -> None:
    """Turn times without an offset into instants, by the zone that the body names. Raises
    ValidationError where it names none."""
    for name in ("starts_at", "ends_at"):
        at = attrs.get(name)
        if at is None or at.tzinfo is not None:
            continue
        if "timezone" not in attrs:
            message = "Write an instant such as 2026-11-21T14:00:00Z, or name its timezone as well."
            raise serializers.ValidationError({name: message})
        try:
            attrs[name] = instant(at, time_zone(attrs["timezone"]))
        except OverflowError:
            raise serializers.ValidationError({name: "This time does not exist."}) from None


class WindowChange(WindowBody):
    """The body of PUT and PATCH. `apply_to` says whether a recurring window changes alone, or with
    all of its series that is to come."""

    apply_to = serializers.ChoiceField(choices=[THIS, SERIES], default=THIS)

    def validate(self, attrs: Any) -> Any:
        attrs = super().validate(attrs)
        of_series = [name for name in ("recurrence", "timezone") if name in attrs]
        if of_series and attrs.get("apply_to", THIS) != SERIES:
            raise serializers.ValidationError(
                {of_series[0]: "Only a whole series has one: send apply_to: series as well."}
            )
        return attrs

    @property
    def of_series(self) -> bool:
        """Whether the whole series is to change."""
        return bool(self.validated_data.get("apply_to") == SERIES)

    def series_values(self, window: Window, series: Series) -> dict[str, Any]:
        """Return the changes to the series that `window` is an occurrence of."""
        data, values = self.validated_data, self.values("timezone")
        if "recurrence" in data:
            values["rule"] = data["recurrence"]
        starts_at, ends_at = (data.get(n, getattr(window, n)) for n in ("starts_at", "ends_at"))
        if "starts_at" in data:
            where = time_zone(data.get("timezone", series.timezone))
            values["first_local"] = wall_time(starts_at, where).isoformat(timespec="seconds")
        if "starts_at" in data or "ends_at" in data:
            values["duration"] = ends_at - starts_at
        return values


class MoveBody(StrictSerializer):
    """The body of start, complete and cancel: all of it may be left out."""

    message = serializers.CharField(max_length=10_000, default="", allow_blank=True)
    messages = TranslationsField(max_length=10_000)
    notify = serializers.BooleanField(default=True)
    hold_seconds = HoldField()

    def validate(self, attrs: Any) -> Any:
        if attrs.get("messages") and not attrs["message"]:
            raise serializers.ValidationError({"messages": "Write the `message` too."})
        return attrs


class NoteBody(StrictSerializer):
    """The body of an update; `messages` are the message in other languages, by their tags."""

    message = serializers.CharField(max_length=10_000, trim_whitespace=False)
    messages = TranslationsField(max_length=10_000)
    notify = serializers.BooleanField(default=True)
    hold_seconds = HoldField()


class WindowSeriesJson(TypedDict):
    """The series that a recurring window is an occurrence of."""

    id: int
    recurrence: str
    timezone: str
    first_local: str
    occurrence: str | None
    touched: bool
    ended: bool


class WindowUpdateJson(TypedDict):
    id: int
    status: Annotated[str, OneOf(WindowState)]
    message: str
    messages: dict[str, str]
    created_at: Instant


class OverlappingWindowJson(TypedDict):
    id: int
    reference: str
    title: str
    starts_at: Instant
    ends_at: Instant


class WindowJson(TypedDict):
    """A maintenance window. A list leaves `overlaps` and `warnings` out."""

    id: int
    reference: str
    title: str
    titles: dict[str, str]
    message: str
    messages: dict[str, str]
    status: Annotated[str, OneOf(WindowState)]
    published: bool
    publish_at: Instant | None
    impact: Annotated[str, OneOf(Impact)]
    starts_at: Instant
    ends_at: Instant
    components: list[int]
    regions: list[str]
    blocks_api: bool
    remind_before: int
    reminded_at: Instant | None
    closed_at: Instant | None
    series: WindowSeriesJson | None
    updates: list[WindowUpdateJson]
    created_at: Instant
    updated_at: Instant
    overlaps: NotRequired[list[OverlappingWindowJson]]
    warnings: NotRequired[list[str]]


class WindowListJson(TypedDict):
    maintenance: list[WindowJson]
    total: int


def window_json(
    window: Window, overlaps: Sequence[Window] | None = None, *, reach: PageReach = EVERYTHING
) -> WindowJson:
    """Return a window in the words of M, without the components that `reach` does not see; with
    what it overlaps with, where that was looked up."""
    data: WindowJson = {
        "id": window.pk,
        "reference": window.reference,
        "title": window.title,
        "titles": window.titles,
        "message": window.message,
        "messages": window.messages,
        "status": window.state,
        "published": window.state != WindowState.DRAFT,
        "publish_at": iso(window.publish_at) if window.publish_at else None,
        "impact": window.impact,
        "starts_at": iso(window.starts_at),
        "ends_at": iso(window.ends_at),
        "components": sorted(reach.seen(each.pk for each in window.components.all())),
        "regions": window.regions,
        "blocks_api": window.blocks_api,
        "remind_before": window.remind_before,
        "reminded_at": iso(window.reminded_at) if window.reminded_at else None,
        "closed_at": iso(window.closed_at) if window.closed_at else None,
        "series": _series_json(window),
        "updates": [update_json(update) for update in window.updates.all()],
        "created_at": iso(window.created_at),
        "updated_at": iso(window.updated_at),
    }
    if overlaps is not None:
        data["overlaps"] = [
            {"id": other.pk, "reference": other.reference, "title": other.title,
             "starts_at": iso(other.starts_at), "ends_at": iso(other.ends_at)}
            for other in overlaps
        ]  # fmt: skip
        data["warnings"] = [
            f"It overlaps with {other.reference} “{other.title}”." for other in overlaps
        ]
    return data


def _series_json(window: Window) -> WindowSeriesJson | None:
    series = window.series
    if series is None:
        return None
    return {
        "id": series.pk,
        "recurrence": series.rule,
        "timezone": series.timezone,
        "first_local": series.first_local,
        "occurrence": window.occurrence,
        "touched": window.touched,
        "ended": series.ended,
    }


def update_json(update: WindowUpdate) -> WindowUpdateJson:
    """Return an update in the words of M."""
    return {
        "id": update.pk,
        "status": update.state,
        "message": update.message,
        "messages": update.messages,
        "created_at": iso(update.created_at),
    }
