"""Form fields that take codes of regions: one, or a list as one line."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from components.values.region_codes import region_code, split_codes


class CodeField(forms.CharField):
    """The code of a region."""

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        try:
            return region_code(code)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class CodesField(forms.CharField):
    """Region codes, separated by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return split_codes(value or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


def entered_time(text: str) -> datetime:
    """Return a date and a time, `T` between them, as they stand in the fields of a form.

    In whichever way the language of the admin writes them. Raises ValueError.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        pass
    try:
        found = forms.DateTimeField().to_python(text.replace("T", " ", 1))
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from None
    if found is None:
        raise ValueError("Enter a date and a time.")
    return found.replace(tzinfo=None)
