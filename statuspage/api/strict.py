"""Serializers that refuse, by name, a field that they do not have."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from components.values.field_names import unknown_field

MAX_NAMED_FIELDS = 20
"""Unknown fields that a response names: it must not grow with what was sent."""
MAX_EXPLAINED_FIELDS = 3
"""Those of them for which it names the fields that there are."""


def refuse_unknown(data: Mapping[str, Any], serializer: serializers.Serializer[Any]) -> None:
    """Raise ValidationError naming what is sent and is none of the serializer's fields."""
    unknown = sorted(set(data) - set(serializer.fields))
    if unknown:
        writable = [name for name, field in serializer.fields.items() if not field.read_only]
        raise serializers.ValidationError(
            {
                name: [unknown_field(name, writable if number < MAX_EXPLAINED_FIELDS else ())]
                for number, name in enumerate(unknown[:MAX_NAMED_FIELDS])
            }
        )


class StrictSerializer(serializers.Serializer[Any]):
    """Unknown fields are refused, each by its name."""

    aliases: ClassVar[Mapping[str, str]] = {}
    """Other names that are accepted for fields' own (decision C4)."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            data = self._resolve_aliases(data)
            refuse_unknown(data, self)
        return super().to_internal_value(data)

    def _resolve_aliases(self, data: Mapping[str, Any]) -> dict[str, Any]:
        doubled = [alias for alias, name in self.aliases.items() if alias in data and name in data]
        if doubled:
            raise serializers.ValidationError(
                {alias: [f"Write {self.aliases[alias]} only."] for alias in doubled}
            )
        return {self.aliases.get(name, name): value for name, value in data.items()}


class StrictPart(StrictSerializer):
    """An object in a list of another: whole also where that one is sent in part (PATCH)."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            missing = {
                name: [field.error_messages["required"]]
                for name, field in self.fields.items()
                if field.required and name not in data
            }
            if missing:
                raise serializers.ValidationError(missing)
        return super().to_internal_value(data)
