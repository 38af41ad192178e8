"""The journal kinds of this app."""

from components.journal.event_types import declare

_SHAPE = (
    "{window_id, reference, title, state, starts_at, ends_at, component_ids, impact, regions,"
    " blocks_api, message, notify}"
)
WINDOW_SCHEDULED = declare(
    "maintenance.scheduled", public=True, meaning=f"A window was announced: {_SHAPE}."
)
WINDOW_REMINDED = declare(
    "maintenance.reminder", public=True, meaning=f"A window begins soon: {_SHAPE}."
)
WINDOW_STARTED = declare("maintenance.started", public=True, meaning=f"A window began: {_SHAPE}.")
WINDOW_UPDATED = declare(
    "maintenance.updated", public=True, meaning=f"A window was edited or commented: {_SHAPE}."
)
WINDOW_RESCHEDULED = declare(
    "maintenance.rescheduled",
    public=True,
    meaning=f"A window's start or end was moved; also {{old_starts_at, old_ends_at}}: {_SHAPE}.",
)
WINDOW_ENDED = declare("maintenance.ended", public=True, meaning=f"A window ended: {_SHAPE}.")
WINDOW_CANCELLED = declare(
    "maintenance.cancelled", public=True, meaning=f"A window was cancelled: {_SHAPE}."
)
WINDOW_DELETED = declare(
    "maintenance.deleted", public=False, meaning="A window was deleted by staff."
)
SERIES_CHANGED = declare(
    "maintenance.series_changed",
    public=False,
    meaning="A recurring maintenance was made, edited or stopped: {series_id, title, rule,"
    " timezone, ended}.",
)
