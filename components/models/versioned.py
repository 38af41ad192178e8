"""Base of rows that people edit: a counted version, and a history of edits."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords


class Versioned(models.Model):
    """A row whose every edit counts a new version, so that no edit overwrites one never seen."""

    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


def edit_history(**options: Any) -> Any:
    """Return a model's `history`: what the row was before each edit, and who made it.

    Who that was is a name, as in the journal (it may be a token), not a reference to a user.
    """
    return HistoricalRecords(
        history_change_reason_field=models.CharField(max_length=150, null=True),
        history_user_id_field=models.BigIntegerField(null=True),
        history_user_getter=lambda record: None,
        history_user_setter=lambda record, user: None,
        **options,
    )


def set_history_actor(row: models.Model, *, actor: str) -> None:
    """Set who makes the edit that is saved next, for the row's history."""
    row._change_reason = actor  # type: ignore[attr-defined]  # where the package looks for it
