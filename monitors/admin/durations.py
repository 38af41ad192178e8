"""The choice of a duration: usual ones as buttons, and any other in seconds."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

CUSTOM = "custom"


class DurationSelect(forms.RadioSelect):
    """Radio buttons of seconds; the last of them takes the number that is typed beside it.

    It works without a script: a style shows the number while its button is chosen, and where styles
    cannot tell, it is always there.
    """

    def __init__(self, durations: Sequence[tuple[int, str]]) -> None:
        choices = [*((str(seconds), label) for seconds, label in durations),
                   (CUSTOM, gettext_lazy("Custom"))]  # fmt: skip
        super().__init__(attrs={"class": "radiolist inline"}, choices=choices)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        chosen = data.get(name)
        return data.get(f"{name}_{CUSTOM}") if chosen == CUSTOM else chosen

    def format_value(self, value: Any) -> list[str]:
        usual = [str(seconds) for seconds, _ in self.choices]
        return [str(value) if str(value) in usual else CUSTOM]

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        shown = super().render(name, value, dict(attrs or {}), renderer)
        number = format_html(
            '<span class="custom-duration"><input type="number" min="1" name="{}" id="{}"'
            ' value="{}" aria-label="{}"> s</span>',
            f"{name}_{CUSTOM}", f"id_{name}_{CUSTOM}", "" if value is None else value,
            gettext("Seconds"),
        )  # fmt: skip
        return format_html('<div class="durations">{}{}</div>', shown, number)
