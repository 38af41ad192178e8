"""The journal kinds of this app."""

from components.kinds import declare

_SHAPE = "{window_id, title, state, starts_at, ends_at, component_ids}"
WINDOW_SCHEDULED = declare(
    "maintenance.scheduled", public=True, meaning=f"A window was announced: {_SHAPE}."
)
WINDOW_STARTED = declare("maintenance.started", public=True, meaning=f"A window began: {_SHAPE}.")
WINDOW_UPDATED = declare(
    "maintenance.updated", public=True, meaning=f"A window was edited: {_SHAPE}."
)
WINDOW_ENDED = declare("maintenance.ended", public=True, meaning=f"A window ended: {_SHAPE}.")
WINDOW_CANCELLED = declare(
    "maintenance.cancelled", public=True, meaning=f"A window was cancelled: {_SHAPE}."
)
WINDOW_DELETED = declare(
    "maintenance.deleted", public=False, meaning="A window was deleted by staff."
)
