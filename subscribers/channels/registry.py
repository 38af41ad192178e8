"""The registry of channels: every module in the folder `kinds` has one in it.

Whatever lists channels (choices, sign-ups, what is exported and erased of an address, the API's
description) asks here.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from subscribers.channels import kinds as _folder
from subscribers.channels.base import Channel, Sender

STAFF = "staff:"
"""Before a channel's name: to operators, whose endpoints may be in their own network."""


class UnknownChannelError(LookupError):
    """There is no such channel; the message names those there are."""


class BrokenChannelError(Exception):
    """A module in the folder is not a channel; the message says which and why."""


@cache
def channels() -> dict[str, Channel]:
    """Return all channels by stored name, in the order in which they are shown."""
    by_name: dict[str, Channel] = {}
    for channel in _own_channels():
        if channel.name in by_name:
            raise BrokenChannelError(f"the channel {channel.name!r} exists twice")
        by_name[channel.name] = channel
    return dict(sorted(by_name.items(), key=lambda item: (item[1].position, item[0])))


def _own_channels() -> Iterator[Channel]:
    for module in pkgutil.iter_modules(_folder.__path__):
        yield _channel_in(importlib.import_module(f"{_folder.__name__}.{module.name}"))


def _channel_in(module: ModuleType) -> Channel:
    types = [
        member
        for member in vars(module).values()
        if inspect.isclass(member)
        and issubclass(member, Channel)
        and not inspect.isabstract(member)
        and member.__module__ == module.__name__
    ]
    if len(types) != 1:
        raise BrokenChannelError(
            f"{module.__name__}: has {len(types)} channels, must have exactly one"
        )
    return types[0]()


def channel(name: str) -> Channel:
    """Return the channel of a name. Raises UnknownChannelError."""
    known = channels()
    if name not in known:
        raise UnknownChannelError(f"{name!r} is not a channel; there are: {', '.join(known)}")
    return known[name]


def channel_choices() -> list[tuple[str, str]]:
    """Return stored name and label of every channel."""
    return [(each.name, each.label) for each in channels().values()]


def subscribable() -> list[Channel]:
    """Return the channels by which people may subscribe."""
    return [each for each in channels().values() if not each.staff_only]


def make(name: str) -> Sender:
    """Return a new sender; see STAFF. Raises UnknownChannelError."""
    return channel(name.removeprefix(STAFF)).sender(staff=name.startswith(STAFF))
