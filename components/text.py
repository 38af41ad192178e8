"""Text from people, normalised where it enters: NFC, no control characters, bounded length."""

import unicodedata
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

_SPACES = dict.fromkeys(map(ord, "\t\n\r\x0b\x0c\x85\u2028\u2029"), " ")
# Bidirectional overrides can make a page read backwards; they are not text.
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs") or ord(char) & 0xFFFE == 0xFFFE


def line(text: str) -> str:
    """Return `text` as one line: breaks and tabs become spaces, other control characters go."""
    text = unicodedata.normalize("NFC", text).translate(_SPACES).translate(_BIDI)
    return "".join(char for char in text if not _is_control(char)).strip()


def paragraph(text: str) -> str:
    """Return `text` with line breaks as LF and without other control characters."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.translate(_BIDI).split("\n")
    return "\n".join(
        "".join(char for char in part.replace("\t", "    ") if not _is_control(char))
        for part in lines
    ).strip()


if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
    _TextField = models.TextField[str, str]
else:
    _CharField = models.CharField
    _TextField = models.TextField


class LineField(_CharField):
    """A CharField that stores what `line()` leaves, whichever way the value came in."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return line(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return line(value) if isinstance(value, str) else value


class ParagraphField(_TextField):
    """A TextField that stores what `paragraph()` leaves, with its length limit enforced."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return paragraph(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return paragraph(value) if isinstance(value, str) else value

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if self.max_length and isinstance(value, str) and len(value) > self.max_length:
            raise ValidationError(
                f"Write at most {self.max_length} characters (this has {len(value)})."
            )


def collapse_blank_lines(text: str) -> str:
    """Return the text with at most one empty line in a row, which empty blocks leave."""
    lines: list[str] = []
    for line in (each.rstrip() for each in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"
