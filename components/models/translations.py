"""The column of what people wrote in other languages than the original: texts by language tags."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value

from components.languages.names import NAMES

MAX_TRANSLATION = 10_000
Translations = Mapping[str, str]
"""Texts by the tags of their languages."""


def check_translations(value: Any) -> None:
    """Refuse what is not texts by known language tags. Raises ValidationError."""
    if not isinstance(value, dict):
        raise ValidationError("Write an object of texts by language tags.")
    for tag, text in value.items():
        if tag not in NAMES:
            raise ValidationError(f"“{str(tag)[:20]}” is none of {', '.join(NAMES)}.")
        if not isinstance(text, str) or len(text) > MAX_TRANSLATION:
            raise ValidationError(f"{tag}: write at most {MAX_TRANSLATION} characters.")


def translations_field() -> Any:
    """Return a column such as `{"de": "Die Suche ist langsam"}`, empty by default."""
    return models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True,
        validators=[check_translations],
    )  # fmt: skip


def by_language(stored: Any) -> tuple[tuple[str, str], ...]:
    """Return stored translations as pairs of tag and text, without empty ones."""
    return tuple((tag, text) for tag, text in sorted(dict(stored or {}).items()) if text)
