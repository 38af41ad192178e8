"""Correcting what was told of a window: texts of its updates, and their translations."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from components.journal import record
from components.models import set_history_actor
from components.optimistic_lock import bump_version
from maintenance import event_types
from maintenance.events import window_event
from maintenance.models import WindowUpdate


def edit_update(
    update: WindowUpdate,
    *,
    at: datetime,
    message: str | None = None,
    messages: Mapping[str, str] | None = None,
    version: int | None = None,
    actor: str = "",
) -> WindowUpdate:
    """Correct a text, or its translations by their tags; None leaves what there is.

    The old ones stay in the history. No notice is sent. Raises ValidationError, and ConflictError
    when `version` is not the window's stored one any more.
    """
    with transaction.atomic():
        window = update.window
        bump_version(window, expected=version)
        window.refresh_from_db()
        update.message = update.message if message is None else message
        update.messages = update.messages if messages is None else dict(messages)
        update.clean_fields(exclude={"window"})
        set_history_actor(update, actor=actor)
        update.save()
        window.save(update_fields=["updated_at"])
        event = window_event(
            event_types.WINDOW_UPDATED, window, actor=actor, message=update.message, notify=False
        )
        record(event, at=at)
    return update
