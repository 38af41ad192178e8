"""The kinds of journal entries, each declared once, by the app whose change it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventType:
    """What an entry is about. `public` says whether the public stream may ever tell it."""

    name: str
    public: bool
    meaning: str


_declared: dict[str, EventType] = {}


def register(name: str, *, public: bool, meaning: str) -> EventType:
    """Declare a kind; a name may be declared only once."""
    if name in _declared:
        raise ValueError(f"journal kind {name} is declared twice")
    _declared[name] = EventType(name, public, meaning)
    return _declared[name]


def registered() -> tuple[EventType, ...]:
    return tuple(_declared[name] for name in sorted(_declared))


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
