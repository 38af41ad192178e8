"""A form's field for translations of what people write: one text for each language offered."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, gettext_lazy

from components.languages.names import NAMES, RIGHT_TO_LEFT
from components.languages.page_languages import other_languages
from components.models.translations import MAX_TRANSLATION


class TranslationsWidget(forms.Widget):
    """One text area a language, folded as long as there is none."""

    def __init__(self, *, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        stored = value if isinstance(value, dict) else {}
        areas = format_html_join(
            "",
            '<p><label for="id_{0}_{1}">{2}</label><br><textarea class="vLargeTextField"'
            ' id="id_{0}_{1}" name="{0}_{1}" lang="{1}" dir="{3}" rows="{4}" cols="40">{5}'
            "</textarea></p>",
            (
                (name, tag, NAMES[tag], "rtl" if tag in RIGHT_TO_LEFT else "ltr", self.rows,
                 stored.get(tag, ""))
                for tag in dict.fromkeys((*other_languages(), *stored)) if tag in NAMES
            ),
        )  # fmt: skip
        return format_html(
            "<details{}><summary>{}</summary>{}</details>",
            " open" if stored else "", gettext("Other languages"), areas,
        )  # fmt: skip

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return {tag: data[f"{name}_{tag}"] for tag in NAMES if f"{name}_{tag}" in data}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}_{tag}" in data for tag in NAMES)

    def id_for_label(self, id_: str) -> str:
        return ""


class TranslationsField(forms.Field):
    """Texts by language tags; a language without one is left out."""

    def __init__(self, *, rows: int = 4, max_length: int = MAX_TRANSLATION, **options: Any) -> None:
        options.setdefault("label", gettext_lazy("Translations"))
        super().__init__(required=False, widget=TranslationsWidget(rows=rows), **options)
        self.max_length = max_length

    def to_python(self, value: Any) -> dict[str, str]:
        texts = {tag: text.replace("\r\n", "\n").strip() for tag, text in (value or {}).items()}
        return {tag: text for tag, text in texts.items() if text}

    def validate(self, value: Any) -> None:
        super().validate(value)
        for tag, text in value.items():
            if len(text) > self.max_length or "\0" in text:
                raise ValidationError(
                    gettext(
                        "{language}: write at most {max_length} characters, and no NUL."
                    ).format(language=NAMES[tag], max_length=self.max_length)
                )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(dict(initial or {}) != self.to_python(data))
