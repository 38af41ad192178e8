"""A channel: how its addresses are written, who may use it, and what sends there. No Django.

A sender takes one message to one recipient and returns the outcome. It never touches the database
and never raises for what the other side does: whatever happens out there is an `Outcome`. What it
raises is a fault of ours, and counts as one.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from components.languages.words import msg
from subscribers.message import Facts
from subscribers.pages import PLAIN, Brand, SubscribedPage

MAX_RESPONSE_CHARS = 1024
"""How much of a response is kept, in characters."""
EMAIL = "email"
"""The channel of people: the default where none is named, and the one of endpoints' owners."""
MAIL_LANE = "mail"
"""The lane of all mail: one server takes it."""
MAX_ADDRESS_LENGTH = 2000
ADDRESS_TOO_LONG = msg("An address has 2000 characters at most.")
TOKEN_HEADER = "X-Delivery-Token"  # noqa: S105  (a header's name)
"""The header of a mail's token, for reports that repeat the headers of what came back."""


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
    """The outcome of a send. `text` is the response, or what went wrong; never an address
    or a secret."""

    status: SendStatus
    code: int | None = None
    text: str = ""
    wait: float | None = None
    """Seconds the other side asks us to wait (`Retry-After`)."""
    lane_down: bool = False
    """It says nothing of this message: whatever is sent there now would fare the same."""


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """The recipient of a message. No repr: it ends up in no log."""

    address: str
    links: Mapping[str, str] = field(default_factory=dict)
    """The addresses at which this recipient may `manage`, `unsubscribe` and `confirm`."""
    format: str = ""
    secrets: tuple[str, ...] = ()
    """Of a webhook: what its messages are signed with, the newest first."""
    token: str = ""
    """Of mail: signed for this sending, so that its bounce can be told from a forged one."""
    states: tuple[tuple[str, str], ...] = ()
    """Of mail: the components that this recipient follows, by name, and the status of each now."""
    language: str = ""
    """The tag of the language it reads; '' for English."""
    page: SubscribedPage | None = None
    """The page that it is a subscriber of; None for the main page."""
    brand: Brand = PLAIN
    """Of mail: how it looks."""
    return_path: str = ""
    """Of mail: the envelope's sender, where its bounce goes; '' for the sender's own address."""


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
    """Sends messages; one instance per thread of a worker, which may keep a connection open."""

    def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Outcome:
        """Send by `deadline`, which is on `time.monotonic()`'s clock."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...


class Channel(ABC):
    """A channel of messages. One instance serves the whole process and keeps no state."""

    name: ClassVar[str]
    """Its name in the database and in APIs; 12 characters at most."""
    label: ClassVar[str]
    """How it is shown to people."""
    position: ClassVar[int]
    """Its place in lists of channels; the lowest comes first."""
    staff_only: ClassVar[bool] = False
    """Whether only staff may send by it; else people may subscribe as well."""
    is_endpoint: ClassVar[bool] = True
    """Whether its addresses are programs rather than people: it is suspended when it keeps
    failing, and its owner is notified."""
    signs: ClassVar[bool] = False
    """Whether its messages are signed with a secret of the recipient's."""
    formats: ClassVar[tuple[str, ...]] = ()
    """The formats its owner may choose from, the default first; none where the
    channel has a shape of its own."""

    @abstractmethod
    def normalise(self, address: str) -> str:
        """Return an address in its one normalised form. Raises AddressError."""

    def lookup_key(self, address: str) -> str:
        """Return what a normalised address is found by; equal for two of the same recipient."""
        return address

    @abstractmethod
    def lane(self, address: str) -> str:
        """Return the lane of a delivery: sends of one lane go out one after the other."""

    @abstractmethod
    def masked(self, address: str) -> str:
        """Return enough to recognise an address by, for those who may not read it."""

    def address_error(self, address: str) -> str:
        """Return why a normalised address cannot be used on this machine; '' when it can."""
        return ""

    def unavailable(self) -> str:
        """Return why nothing can be sent by it at present, for people who sign up; '' if it can."""
        return ""

    @abstractmethod
    def sender(self, *, staff: bool) -> Sender:
        """Return a new sender. `staff`: to operators, whose endpoints may be in their own
        network."""
