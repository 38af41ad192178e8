"""Serializer fields that are read strictly: instants with an offset, ids, enums, region codes."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import serializers
from rest_framework.exceptions import NotFound

from components.journal.hold import MAX_SECONDS
from components.languages.names import NAMES
from components.models import Component
from components.values.region_codes import MAX_CODE_LENGTH, unique
from monitors.selectors import unknown_regions

MAX_ID = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Years that instants may lie in: what is derived from one must not leave the calendar."""
MAX_COMPONENTS = 1_000


def is_id(text: str) -> bool:
    """Return whether text is a number that a row could have."""
    return len(text) <= 19 and text.isascii() and text.isdigit() and int(text) <= MAX_ID


def read_id(text: str) -> int:
    """Return the id in an address. Raises NotFound, as for one that is not there."""
    if not is_id(text):
        raise NotFound(f"There is no {text[:40]}: ids are integers.")
    return int(text)


class InstantField(serializers.Field[datetime, str, str, Any]):
    """An ISO 8601 instant that says its offset: without one it could be anywhere's time."""

    default_error_messages = {
        "invalid": "Write an instant such as 2026-11-21T14:00:00Z, with its offset.",
        "range": f"Write an instant of the years {FIRST_YEAR} to {LAST_YEAR}.",
    }

    def to_internal_value(self, data: Any) -> datetime:
        try:
            instant = parse_datetime(data) if isinstance(data, str) else None
            if instant is None or instant.utcoffset() is None:
                self.fail("invalid")
            year = instant.astimezone(UTC).year
        except (ValueError, OverflowError):
            self.fail("invalid")
        if not FIRST_YEAR <= year <= LAST_YEAR:
            self.fail("range")
        return instant

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class WallInstantField(InstantField):
    """An instant, or the time on a wall clock whose zone the body names: naive then."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            at = parse_datetime(data) if isinstance(data, str) else None
        except ValueError:
            at = None
        if at is None or at.tzinfo is not None:
            return super().to_internal_value(data)
        return at


class EnumField(serializers.Field[StrEnum, str, str, Any]):
    """An enum in any dialect's words, read by `reader`; its ValueError says what there is."""

    def __init__(self, reader: Callable[[str], StrEnum], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reader = reader

    def to_internal_value(self, data: Any) -> StrEnum:
        if not isinstance(data, str):
            raise serializers.ValidationError("Write a word.")
        try:
            return self.reader(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None

    def to_representation(self, value: StrEnum) -> str:
        return value.value


_HOLD_HELP = (
    "Seconds that mails and hooks wait, while the page has changed already. Meanwhile it can be "
    "undone in the admin. 0: they are sent at once."
)


class HoldField(serializers.IntegerField):
    """For how many seconds the messages of what is published wait; 0: not at all."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _HOLD_HELP)
        super().__init__(min_value=0, max_value=MAX_SECONDS, default=0, **kwargs)


class ComponentField(serializers.Field[Component, int | str, str, Any]):
    """A component by its slug, or by its id; told by its slug."""

    default_error_messages = {
        "invalid": "Write the slug of a component, or its id.",
        "unknown": "There is no component {value}: write the slug of one, or its id.",
    }

    def to_internal_value(self, data: Any) -> Component:
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        text = str(data)
        found = Component.objects.filter(slug=text).first() if isinstance(data, str) else None
        if found is None and is_id(text):
            found = Component.objects.filter(pk=int(text)).first()
        if found is None:
            self.fail("unknown", value=text[:60])
        return found

    def to_representation(self, value: Component) -> str:
        return value.slug


class IdsField(serializers.ListField):
    """Ids of components, a thousand at most."""

    def __init__(self, **kwargs: Any) -> None:
        child = serializers.IntegerField(
            min_value=1, max_value=MAX_ID,
            error_messages={"invalid": "Write the id of a component, a whole number."},
        )  # fmt: skip
        super().__init__(child=child, max_length=MAX_COMPONENTS, **kwargs)


class RegionCodesField(serializers.ListField):
    """Codes of regions that there are, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=MAX_CODE_LENGTH), **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        codes = unique(super().to_internal_value(data))
        if strange := unknown_regions(codes):
            raise serializers.ValidationError(f"There is no region {strange[0]}.")
        return codes


def resolve_components_alias(attrs: dict[str, Any]) -> None:
    """Replace the alias `component_ids` (decision C4) by `components`, in place."""
    if "components" in attrs and "component_ids" in attrs:
        raise serializers.ValidationError({"component_ids": "Write components only."})
    if "component_ids" in attrs:
        attrs["components"] = attrs.pop("component_ids")


class TranslationsField(serializers.DictField):
    """A text in other languages than its own: `{tag: text}`; never required."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(child=serializers.CharField(max_length=max_length), **options)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        texts: dict[str, str] = super().to_internal_value(data)
        if unknown := [tag for tag in texts if tag not in NAMES]:
            raise serializers.ValidationError(
                f"“{unknown[0][:20]}” is not one of {', '.join(NAMES)}."
            )
        return texts
