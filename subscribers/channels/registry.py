"""Which class serves which channel; a channel that is not here cannot be sent to."""

from collections.abc import Callable

from subscribers.channels.base import Channel as Sends
from subscribers.channels.email import EmailChannel
from subscribers.words import Channel

_MAKERS: dict[str, Callable[[], Sends]] = {Channel.EMAIL: EmailChannel}


def is_served(channel: str) -> bool:
    return channel in _MAKERS


def make(channel: str) -> Sends:
    """A channel of one's own. Raises KeyError for one that nobody serves."""
    return _MAKERS[channel]()
