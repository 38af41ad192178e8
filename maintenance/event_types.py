"""Journal event types of maintenance."""

from components.journal.event_types import SNAPSHOT, Topic, register

_SHAPE = (
    "{window_id, reference, title, state, starts_at, ends_at, component_ids, impact, regions,"
    " blocks_api, message, notify}, and hold if its messages wait"
)
WINDOW_SCHEDULED = register(
    "maintenance.scheduled",
    public=True,
    meaning=f"A window was announced: {_SHAPE}.",
    live="status.maintenance_scheduled",
    notifies=Topic.MAINTENANCE,
)
# Viewers hear nothing of a reminder: it changes nothing.
WINDOW_REMINDED = register(
    "maintenance.reminder",
    public=True,
    meaning=f"A window begins soon: {_SHAPE}.",
    notifies=Topic.MAINTENANCE,
)
WINDOW_STARTED = register(
    "maintenance.started",
    public=True,
    meaning=f"A window began: {_SHAPE}.",
    live="status.maintenance_started",
    notifies=Topic.MAINTENANCE,
)
WINDOW_UPDATED = register(
    "maintenance.updated",
    public=True,
    meaning=f"A window was edited or commented: {_SHAPE}.",
    live="status.maintenance_updated",
    notifies=Topic.MAINTENANCE,
)
WINDOW_RESCHEDULED = register(
    "maintenance.rescheduled",
    public=True,
    meaning=f"A window's start or end was moved; also {{old_starts_at, old_ends_at}}: {_SHAPE}.",
    live="status.maintenance_updated",
    notifies=Topic.MAINTENANCE,
)
WINDOW_ENDED = register(
    "maintenance.ended",
    public=True,
    meaning=f"A window ended: {_SHAPE}.",
    live="status.maintenance_ended",
    notifies=Topic.MAINTENANCE,
)
WINDOW_CANCELLED = register(
    "maintenance.cancelled",
    public=True,
    meaning=f"A window was cancelled: {_SHAPE}.",
    live="status.maintenance_cancelled",
    notifies=Topic.MAINTENANCE,
)
WINDOW_WITHDRAWN = register(
    "maintenance.withdrawn",
    public=True,
    meaning=f"A window that was just announced was undone, before anybody was notified: {_SHAPE},"
    " its state being cancelled; undoes.",
    live="status.maintenance_cancelled",
)
WINDOW_RESTORED = register(
    "maintenance.restored",
    public=True,
    meaning="What was just changed, posted or deleted of a window was undone, before anybody was "
    "notified: "
    f"{_SHAPE}; undoes.",
    live="status.maintenance_updated",
)
WINDOW_DELETED = register(
    "maintenance.deleted",
    public=True,
    meaning=f"A window was deleted by staff; its recipients are notified, if notify: {_SHAPE}.",
    live=SNAPSHOT,
    notifies=Topic.MAINTENANCE,
)
SERIES_CHANGED = register(
    "maintenance.series_changed",
    public=False,
    meaning="A recurring maintenance was made, edited, stopped or deleted, or that was undone: "
    "{series_id, title, rule, timezone, ended}, and hold or undoes.",
)
