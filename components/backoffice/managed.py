"""Rows that a catalogue file describes: they are changed there, and can be read here."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.utils.translation import gettext

Lookup = Callable[[models.Model], str]
_lookups: list[Lookup] = []
_FOUND = "_described_in"


def describe_by(lookup: Lookup) -> None:
    """Have `lookup` say in which file a row is described; '' for one that is edited here."""
    _lookups.append(lookup)


def file_of(row: Any) -> str:
    """Return the file in which a row is described; '' for one that is edited here."""
    if row is None or row.pk is None:
        return ""
    if not hasattr(row, _FOUND):
        setattr(row, _FOUND, next(filter(None, (lookup(row) for lookup in _lookups)), ""))
    found: str = getattr(row, _FOUND)
    return found


def explanation(file: str) -> str:
    """Return why a row cannot be edited, and what to do instead."""
    return gettext(
        "Managed by the catalogue file {file}: change it there. To edit it here, apply the file"
        " with --unlock."
    ).format(file=file)
