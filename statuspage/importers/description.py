"""What a file of another product holds, in this product's words; without Django.

Every product's module makes one `Description`, and one writer puts it into the store. `key` is what
a thing is called there, whatever it is renamed to: the same thing is found again by it.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from components.status import Status
from components.values.severity import Severity
from incidents.workflow import IncidentState

MAX_NAME = 100
MAX_TITLE = 200
MAX_DESCRIPTION = 300
MAX_MESSAGE = 10_000


class SourceFileError(Exception):
    """A file cannot be imported at all; the message names the place in it and what to do."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that cannot be taken."""

    place: str
    """Where it is in the file, in that product's words: `monitor 7 “Web”`."""
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.why}"


@dataclass(frozen=True, slots=True)
class GroupItem:
    """A group; `parent` is the key of the group that it is a part of."""

    key: str
    name: str
    description: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class MonitorItem:
    """A monitor, in the settings of its kind here."""

    key: str
    name: str
    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    interval: int = 60
    timeout: float = 10
    retry_interval: int | None = None
    confirm_down: int = 1
    confirm_up: int = 0
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """A component had `status` in `[start, end)`, as the other product knows it."""

    status: Status
    start: datetime
    end: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class ComponentItem:
    """A component with its monitors and its history."""

    key: str
    name: str
    description: str = ""
    group: str = ""
    """The key of its group; '' for none."""
    visible: bool = True
    tags: str = ""
    place: str = ""
    """Where it is in the file."""
    measured: bool = False
    """Whether it is monitored there: if no monitor of it can be taken, its status is unknown."""
    monitors: tuple[MonitorItem, ...] = ()
    history: tuple[HistoryItem, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateItem:
    """An update of an incident."""

    at: datetime
    status: IncidentState
    message: str
    statuses: Mapping[str, Status] = field(default_factory=dict)
    """What it declares of components from then on, by their keys."""


@dataclass(frozen=True, slots=True)
class IncidentItem:
    """An incident; one that is not over comes in as a draft."""

    key: str
    title: str
    severity: Severity
    started_at: datetime
    resolved_at: datetime | None
    updates: tuple[UpdateItem, ...]
    impacts: Mapping[str, Status] = field(default_factory=dict)
    """What it declares of components from its beginning, by their keys."""
    place: str = ""


@dataclass(frozen=True, slots=True)
class SubscriberItem:
    """A subscriber, with the state in which they are there."""

    channel: str
    address: str
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None = None
    components: tuple[str, ...] = ()
    """The keys of components; none for everything."""
    place: str = ""


@dataclass(frozen=True, slots=True)
class PageItem:
    """A further page, that shows some components."""

    key: str
    slug: str
    name: str
    components: tuple[str, ...] = ()
    place: str = ""


@dataclass(slots=True)
class Description:
    """All that a file holds."""

    groups: list[GroupItem] = field(default_factory=list)
    components: list[ComponentItem] = field(default_factory=list)
    incidents: list[IncidentItem] = field(default_factory=list)
    subscribers: list[SubscriberItem] = field(default_factory=list)
    pages: list[PageItem] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What holds of all that was taken, such as how exact its history is."""

    def refuse(self, place: str, why: str) -> None:
        """List something as not taken, once."""
        refusal = Refusal(place, why)
        if refusal not in self.refused:
            self.refused.append(refusal)


def line(value: object, longest: int = MAX_NAME) -> str:
    """Return text as one line without control characters, cut to `longest` with an ellipsis."""
    text = unicodedata.normalize("NFC", "" if value is None else str(value))
    text = " ".join("".join(map(_printable, text)).split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def paragraph(value: object, longest: int = MAX_MESSAGE) -> str:
    """Return text with its line breaks, without other control characters, cut to `longest`."""
    text = unicodedata.normalize("NFC", "" if value is None else str(value))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join("".join(map(_printable, part)).rstrip() for part in text.split("\n")).strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _printable(char: str) -> str:
    if char in "\t\n":
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cs", "Cn") else char
