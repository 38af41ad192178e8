"""What every channel is: something that takes one message to one recipient, and says how it went.

A channel never touches the database and never raises for what the other side does: whatever
happens out there is an `Outcome`. What it raises is a fault of ours, and counts as one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from subscribers.message import Facts

KEPT = 1024
"""How much of an answer is kept, in characters."""


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


class Channel(Protocol):
    """One instance lives in one thread of a sender and may keep a connection open."""

    def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Outcome:
        """Send by `deadline`, which is on `time.monotonic()`'s clock."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
