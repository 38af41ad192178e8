"""Models: the catalogue of components, its status history, the journal of every change."""

from components.models.catalogue import AutoIncident, Component, Group
from components.models.history import DeclaredPeriod, StatusPeriod
from components.models.journal import JournalCursor, JournalEntry, SetAside
from components.models.limits import LimitedUse, RequestCount
from components.models.origin import Origin
from components.models.reference import ReferenceCounter
from components.models.versioned import Versioned, edit_history, set_history_actor

__all__ = [
    "AutoIncident",
    "Component",
    "DeclaredPeriod",
    "Group",
    "JournalCursor",
    "JournalEntry",
    "LimitedUse",
    "Origin",
    "ReferenceCounter",
    "RequestCount",
    "SetAside",
    "StatusPeriod",
    "Versioned",
    "edit_history",
    "set_history_actor",
]
