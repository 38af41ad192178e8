"""What the public page is made of, its history, and the journal of every change."""

from components.models.catalogue import Component, Group
from components.models.history import StatusPeriod
from components.models.journal import JournalCursor, JournalEntry, SetAside
from components.models.reference import ReferenceCounter

__all__ = [
    "Component",
    "Group",
    "JournalCursor",
    "JournalEntry",
    "ReferenceCounter",
    "SetAside",
    "StatusPeriod",
]
