"""The registry of channels: every module in the folder `kinds` defines one.

Whatever lists channels (choices, sign-ups, what is exported and erased of an address, the API's
description) asks here.
"""

from functools import cache

from components.plugins import BrokenPluginError, modules_in, only_instance
from subscribers.channels import kinds as _folder
from subscribers.channels.base import Channel, Sender

STAFF = "staff:"
"""Before a channel's name: to operators, whose endpoints may be in their own network."""


class UnknownChannelError(LookupError):
    """There is no such channel; the message names those there are."""


@cache
def channels() -> dict[str, Channel]:
    """Return every channel there is by its stored name, in the order in which they are shown."""
    found: dict[str, Channel] = {}
    for module in modules_in(_folder):
        channel = only_instance(module, Channel, "channel")  # type: ignore[type-abstract]
        if channel.name in found:
            problem = f"{module.__name__}: the channel {channel.name!r} exists already"
            raise BrokenPluginError(problem)
        found[channel.name] = channel
    return dict(sorted(found.items(), key=lambda item: (item[1].position, item[0])))


def channel(name: str) -> Channel:
    """Return the channel of a name. Raises UnknownChannelError."""
    known = channels()
    if name not in known:
        raise UnknownChannelError(f"{name!r} is not a channel; there are: {', '.join(known)}")
    return known[name]


def channel_choices() -> list[tuple[str, str]]:
    """Return the stored name and the label of every channel, as a field's choices."""
    return [(each.name, each.label) for each in channels().values()]


def subscribable() -> list[Channel]:
    """Return the channels by which people may subscribe."""
    return [each for each in channels().values() if not each.staff_only]


def make(name: str) -> Sender:
    """Return a sender of the caller's own; see STAFF. Raises UnknownChannelError."""
    return channel(name.removeprefix(STAFF)).sender(staff=name.startswith(STAFF))
