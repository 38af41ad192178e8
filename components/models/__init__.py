"""What the public page is made of, its history, and the journal of every change."""

from components.models.catalogue import AutoIncident, Component, Group
from components.models.history import StatusPeriod
from components.models.journal import JournalCursor, JournalEntry, SetAside
from components.models.reference import ReferenceCounter
from components.models.versioned import Versioned, kept_history, signed

__all__ = [
    "AutoIncident",
    "Component",
    "Group",
    "JournalCursor",
    "JournalEntry",
    "ReferenceCounter",
    "SetAside",
    "StatusPeriod",
    "Versioned",
    "kept_history",
    "signed",
]
