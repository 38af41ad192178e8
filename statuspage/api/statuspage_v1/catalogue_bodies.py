"""The bodies of components and their groups in this dialect."""

from typing import Any

from rest_framework import serializers

from statuspage.api.statuspage_v1.bodies import STATUS_WORDS, DialectBody, IdsField, WordField


class ComponentBody(DialectBody):
    """The fields of a component; a `group_id` of '' takes it out of its group."""

    nothing_if_blank = ("only_show_if_degraded",)
    without_effect = frozenset({
        "showcase", "start_date", "automation_email", "id", "page_id", "group", "position",
        "created_at", "updated_at",
    })  # fmt: skip

    name = serializers.CharField(max_length=100)
    description = serializers.CharField(max_length=300, allow_blank=True, required=False)
    status = WordField({**STATUS_WORDS, "": None}, required=False)
    only_show_if_degraded = serializers.BooleanField(required=False)
    group_id = serializers.CharField(max_length=64, allow_blank=True, required=False)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "group_id" in data and data["group_id"] is None:
            data = {**data, "group_id": ""}
        return super().to_internal_value(data)


class GroupBody(DialectBody):
    """The fields of a group; `components` are all its members."""

    without_effect = frozenset({"id", "page_id", "position", "created_at", "updated_at"})

    name = serializers.CharField(max_length=100)
    description = serializers.CharField(max_length=300, allow_blank=True, required=False)
    components = IdsField(required=False)
