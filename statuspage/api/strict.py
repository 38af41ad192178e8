"""Serializers that take nothing they do not know: a field that is not there is refused by name."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

MOST_NAMED = 20
"""Unknown fields that an answer names: it must not grow with what was sent."""


class StrictSerializer(serializers.Serializer[Any]):
    """Unknown fields are refused, each by its name."""

    aliases: ClassVar[Mapping[str, str]] = {}
    """Other names that are taken for fields' own (decision C4)."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            data = self._by_own_names(data)
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {name: ["There is no such field."] for name in unknown[:MOST_NAMED]}
                )
        return super().to_internal_value(data)

    def _by_own_names(self, data: Mapping[str, Any]) -> dict[str, Any]:
        twice = [alias for alias, name in self.aliases.items() if alias in data and name in data]
        if twice:
            raise serializers.ValidationError(
                {alias: [f"Write {self.aliases[alias]} only."] for alias in twice}
            )
        return {self.aliases.get(name, name): value for name, value in data.items()}
