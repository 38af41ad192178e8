"""Registry of journal event types, each registered once, by the app whose change it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of journal entry. `public` says whether the public stream may ever carry it."""

    name: str
    public: bool
    meaning: str


_registry: dict[str, EventType] = {}


def register(name: str, *, public: bool, meaning: str) -> EventType:
    """Register an event type. Raises ValueError when the name is registered already."""
    if name in _registry:
        raise ValueError(f"journal kind {name} is declared twice")
    _registry[name] = EventType(name, public, meaning)
    return _registry[name]


def registered() -> tuple[EventType, ...]:
    """Return all event types by name."""
    return tuple(_registry[name] for name in sorted(_registry))


GROUP_CHANGED = register(
    "group.changed", public=True, meaning="A group was created or edited: {fields}."
)
GROUP_DELETED = register("group.deleted", public=True, meaning="A group was deleted.")
COMPONENT_CHANGED = register(
    "component.changed",
    public=True,
    meaning="A component was created or edited: its catalogue entry as it is now.",
)
COMPONENT_DELETED = register("component.deleted", public=True, meaning="A component was deleted.")
OVERRIDE_CHANGED = register(
    "component.override_changed",
    public=False,
    meaning="A person set or cleared a component's status by hand.",
)
STATUS_CHANGED = register(
    "component.status_changed",
    public=True,
    meaning="A component's derived status changed: {old_status, status, since}.",
)
OVERALL_CHANGED = register(
    "overall.status_changed", public=True, meaning="The page's overall status changed."
)
