"""A channel: how its addresses are written, who may use it, and what sends there. No Django.

A sender takes one message to one recipient and says how it went. It never touches the database
and never raises for what the other side does: whatever happens out there is an `Outcome`. What it
raises is a fault of ours, and counts as one.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from subscribers.message import Facts

KEPT = 1024
"""How much of an answer is kept, in characters."""
EMAIL = "email"
"""The channel of people: what is meant where none is named, and what tells an endpoint's owner."""
MAIL_LANE = "mail"
"""The lane of all mail: one server takes it."""
LONGEST_ADDRESS = 2000


class AddressError(ValueError):
    """An address that a channel cannot send to; the message says what to write instead."""


class SendStatus(StrEnum):
    SENT = "sent"
    TEMPORARY = "temporary"
    """It may well work later."""
    PERMANENT = "permanent"
    """Trying again would be the same again."""
    GONE = "gone"
    """Permanent, and the recipient wants no more (a webhook's 410)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a send went. `text` is what the other side said, or what went wrong; never an address
    or a secret."""

    fate: SendStatus
    code: int | None = None
    text: str = ""
    wait: float | None = None
    """Seconds the other side asks us to wait (`Retry-After`)."""
    lane_down: bool = False
    """It says nothing of this message: whatever is sent there now would fare the same."""


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """Whom a message is for. No repr: it ends up in no log."""

    address: str
    links: Mapping[str, str] = field(default_factory=dict)
    """The addresses at which this recipient may `manage`, `unsubscribe` and `confirm`."""
    format: str = ""
    secrets: tuple[str, ...] = ()
    """Of a webhook: what its messages are signed with, the newest first."""


@dataclass(frozen=True, slots=True)
class Message:
    """One notice for one recipient."""

    message_id: str
    """Stable across repeats; without brackets."""
    thread: str
    facts: Facts
    notice: str = ""
    """The notice's key: messages of one notice say the same to everybody."""


class Sender(Protocol):
    """One instance lives in one thread of a worker and may keep a connection open."""

    def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Outcome:
        """Send by `deadline`, which is on `time.monotonic()`'s clock."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Channel(ABC):
    """A way to somebody. One instance serves the whole process and keeps nothing."""

    name: ClassVar[str]
    """How it is stored, and said in APIs; 12 characters at most."""
    label: ClassVar[str]
    """How it is shown to people."""
    position: ClassVar[int]
    """Where it stands where channels are listed; the lowest comes first."""
    staff_only: ClassVar[bool] = False
    """Whether only staff may send by it; else people may subscribe as well."""
    is_endpoint: ClassVar[bool] = True
    """Whether its addresses are programs rather than people: it is suspended when it keeps
    failing, and somebody else is told so."""
    signs: ClassVar[bool] = False
    """Whether its messages are signed with a secret of the recipient's."""
    formats: ClassVar[tuple[str, ...]] = ()
    """What its owner may choose the shape of messages from, the default first; none where the
    channel has a shape of its own."""

    @abstractmethod
    def normalise(self, address: str) -> str:
        """The one way in which an address is written. Raises AddressError."""

    def lookup_key(self, address: str) -> str:
        """What a normalised address is found by; the same for two that reach the same recipient."""
        return address

    @abstractmethod
    def lane(self, address: str) -> str:
        """What a delivery waits for: sends of one lane go out one after the other."""

    @abstractmethod
    def masked(self, address: str) -> str:
        """Enough to recognise an address by, for those who may not read it."""

    def trouble_with(self, address: str) -> str:
        """Why a normalised address cannot be used on this machine; '' when it can."""
        return ""

    @abstractmethod
    def sender(self, *, staff: bool) -> Sender:
        """A sender of the caller's own. `staff`: to operators, whose endpoints may be in their own
        network."""
