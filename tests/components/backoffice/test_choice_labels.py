"""Labels of choices in lists of the admin."""

from django.db import models

from components.backoffice.translated_names import _display


def test_choices_are_gathered_once_however_many_cells_show_them() -> None:
    asked = []

    def choices() -> list[tuple[str, str]]:
        asked.append(1)
        return [("email", "E-mail"), ("sms", "Text message")]

    field: models.Field[str, str] = models.CharField(choices=choices, max_length=9)
    asked.clear()

    shown = [_display(value, field, "–") for value in ("email", "sms", "email", "gone")]

    assert shown == ["E-mail", "Text message", "E-mail", "–"]
    assert len(asked) <= 1
