"""Form fields for secrets: they show whether there is one, and never what it is."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from monitors.config.secrets import MASKED

DOTS = "••••••••"
"""Stands for a secret among values that are shown; left as it is, the secret stays."""


class _Cleared:
    """The value of the field when its box is ticked."""


CLEARED = _Cleared()


class _SecretWidget(forms.Widget):
    """An empty input, and beside it, when there is a secret, a box to clear it."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        is_set = value == MASKED
        entry = super().render(name, None, attrs, renderer)
        if not is_set:
            return entry
        return format_html(
            '<div class="secret">{}<span class="help">{}</span>'
            ' <label><input type="checkbox" name="{}-clear"> {}</label></div>',
            entry,
            gettext("Set, and not shown. Leave this empty to keep it."),
            name,
            gettext("Clear it"),
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        entered = data.get(name, "")
        return CLEARED if not entered and data.get(f"{name}-clear") else entered

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class SecretInput(_SecretWidget, forms.PasswordInput):
    def __init__(self) -> None:
        super().__init__(attrs={"class": "vTextField", "autocomplete": "new-password"})


class SecretTextarea(_SecretWidget, forms.Textarea):
    def __init__(self) -> None:
        super().__init__(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"})


class SecretField(forms.CharField):
    """A field of a secret; left empty, its value is `MASKED`: keep what there is, if any."""

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        options.update(required=False, strip=False)
        super().__init__(widget=SecretTextarea() if lines else SecretInput(), **options)

    def bound_data(self, data: Any, initial: Any) -> Any:
        # What was typed does not go back to the browser, not even after an error.
        return initial

    def clean(self, value: Any) -> Any:
        if value is CLEARED:
            return None
        return super().clean(value) or dict(MASKED)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)
