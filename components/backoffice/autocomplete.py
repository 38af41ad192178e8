"""Mends a fault of Django's autocomplete fields: what is no id breaks the form that refuses it.

Such a field looks its values up again when a refused form is shown, without asking whether they
could be ids at all, and the answer is a 500.
"""

from functools import cache
from typing import Any

from django.contrib.admin.widgets import AutocompleteMixin
from django.core.exceptions import ValidationError
from django.db.models import Field

from components.values.foreign_json import MAX_INTEGER, MIN_INTEGER, is_storable


@cache
def install() -> None:
    """Have every autocomplete field look up only what could be an id; called once."""
    mixin: Any = AutocompleteMixin
    original = mixin.optgroups

    def optgroups(self: Any, name: str, value: list[Any], attrs: Any = None) -> Any:
        options = self.field.remote_field.model._meta
        to = options.get_field(getattr(self.field.remote_field, "field_name", options.pk.attname))
        return original(self, name, [each for each in value if could_be(each, to)], attrs)

    mixin.optgroups = optgroups


def could_be(value: Any, field: "Field[Any, Any]") -> bool:
    """Return whether a row could have this value in a field."""
    try:
        read = field.to_python(value)
    except (ValidationError, ValueError, OverflowError):
        return False
    if isinstance(read, int):
        return MIN_INTEGER <= read <= MAX_INTEGER
    return not isinstance(read, str) or is_storable(read)
