"""Registry of journal event types, each registered once, by the app whose change it is.

What an event does is declared with its type: the journal's readers ask for it, and know no type
by the spelling of its name.
"""

from dataclasses import dataclass
from enum import StrEnum

SNAPSHOT = "status.snapshot"
"""The live event of what has none of its own: viewers get the whole page's state anew."""


class Moves(StrEnum):
    """The components whose derived status an entry may have changed."""

    NOTHING = "nothing"
    """It follows from a derivation, reaches a component only through a monitor's verdict, or says
    nothing about components."""
    SUBJECT = "subject"
    """The component that is its subject."""
    MEASURED = "measured"
    """The component that is its subject, by what its monitors say."""
    NAMED = "named"
    """The components that it names in `component_ids`; all after an edit (`fields`), for then it
    names only those that are left."""
    ALL = "all"


class Topic(StrEnum):
    """The topic of a notice."""

    INCIDENTS = "incidents"
    MAINTENANCE = "maintenance"
    STATUS = "status"
    ALERTS = "alerts"
    """Of operators."""
    CATALOGUE = "catalogue"
    """What becomes of a component, for those who follow it."""


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of journal entry, and what an entry of it does.

    Where a type says nothing, all statuses are derived anew, viewers get no event, and no notice
    is sent: a forgotten declaration is slow, and gives nothing away.
    """

    name: str
    public: bool
    """Whether the public stream may ever carry it."""
    meaning: str
    moves: Moves = Moves.ALL
    live: str = ""
    """The name of the live event that viewers of the page get; '' for none."""
    live_if_hidden: bool = False
    """Whether they get it even if the entry is not public: only SNAPSHOT may be sent so, for it
    carries public facts alone, also when what changed is that something is hidden now."""
    notifies: Topic | None = None


_registry: dict[str, EventType] = {}


def register(
    name: str,
    *,
    public: bool,
    meaning: str,
    moves: Moves = Moves.ALL,
    live: str = "",
    live_if_hidden: bool = False,
    notifies: Topic | None = None,
) -> EventType:
    """Register an event type. Raises ValueError when the name is registered already, or when
    viewers would hear of what is hidden."""
    if name in _registry:
        raise ValueError(f"journal kind {name} is declared twice")
    if live_if_hidden and live != SNAPSHOT:
        raise ValueError(f"journal kind {name} would tell what is hidden")
    _registry[name] = EventType(name, public, meaning, moves, live, live_if_hidden, notifies)
    return _registry[name]


def event_type(name: str) -> EventType:
    """Return the type of a name; for a name that is registered no more, one that says nothing."""
    return _registry.get(name) or EventType(name, public=False, meaning="")


def registered() -> tuple[EventType, ...]:
    """Return all event types by name."""
    return tuple(_registry[name] for name in sorted(_registry))


GROUP_CHANGED = register(
    "group.changed",
    public=True,
    meaning="A group was created or edited: {fields}.",
    live=SNAPSHOT,
    live_if_hidden=True,
)
GROUP_DELETED = register(
    "group.deleted", public=True, meaning="A group was deleted.", live=SNAPSHOT, live_if_hidden=True
)
COMPONENT_CHANGED = register(
    "component.changed",
    public=True,
    meaning="A component was created or edited: its catalogue entry as it is now.",
    moves=Moves.SUBJECT,
    live=SNAPSHOT,
    live_if_hidden=True,
)
COMPONENT_RETIRED = register(
    "component.retired",
    public=True,
    meaning="A component was retired: off the page, not watched, its history kept; its followers "
    "are notified, if notify: {component_id, slug, name, notify}.",
    moves=Moves.MEASURED,
    live=SNAPSHOT,
    live_if_hidden=True,
    notifies=Topic.CATALOGUE,
)
COMPONENT_RESTORED = register(
    "component.restored",
    public=True,
    meaning="A retired component was brought back: {component_id, slug, name}.",
    moves=Moves.MEASURED,
    live=SNAPSHOT,
    live_if_hidden=True,
)
COMPONENT_DELETED = register(
    "component.deleted",
    public=True,
    meaning="A component was deleted.",
    moves=Moves.SUBJECT,
    live=SNAPSHOT,
    live_if_hidden=True,
)
OVERRIDE_CHANGED = register(
    "component.override_changed",
    public=False,
    meaning="A person set or cleared a component's manual status: {component_id, name, override, "
    "note, hold}; undoes and since if that was taken back.",
    moves=Moves.SUBJECT,
)
HISTORY_CORRECTED = register(
    "component.history_corrected",
    public=False,
    meaning="A person added, changed, withdrew or restored a declared period: "
    "{component_id, period_id, action, note, before, after}.",
    moves=Moves.SUBJECT,
    live=SNAPSHOT,
    live_if_hidden=True,
)
HISTORY_IMPORTED = register(
    "component.history_imported",
    public=False,
    meaning="History that another product kept was written down: {component_id, origin, product, "
    "periods, from, to}.",
    moves=Moves.SUBJECT,
    live=SNAPSHOT,
    live_if_hidden=True,
)
STATUS_CHANGED = register(
    "component.status_changed",
    public=True,
    meaning="A component's derived status changed: {old_status, status, since}.",
    moves=Moves.NOTHING,
    live="status.component_changed",
    notifies=Topic.STATUS,
)
OVERALL_CHANGED = register(
    "overall.status_changed",
    public=True,
    meaning="The page's overall status changed.",
    moves=Moves.NOTHING,
    live="status.global_changed",
)
