"""Finds the channels: every module in the folder `kinds` has one in it.

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
    """Every channel there is, by its stored name, in the order in which they are shown."""
    found: dict[str, Channel] = {}
    for channel in _own():
        if channel.name in found:
            raise BrokenChannelError(f"the channel {channel.name!r} exists twice")
        found[channel.name] = channel
    return dict(sorted(found.items(), key=lambda item: (item[1].position, item[0])))


def _own() -> Iterator[Channel]:
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
    """The channel of a name. Raises UnknownChannelError."""
    known = channels()
    if name not in known:
        raise UnknownChannelError(f"{name!r} is not a channel; there are: {', '.join(known)}")
    return known[name]


def channel_choices() -> list[tuple[str, str]]:
    """Stored name and label of every channel."""
    return [(each.name, each.label) for each in channels().values()]


def subscribable() -> list[Channel]:
    """The channels by which people may subscribe."""
    return [each for each in channels().values() if not each.staff_only]


def make(name: str) -> Sender:
    """A sender of one's own; see STAFF. Raises UnknownChannelError."""
    return channel(name.removeprefix(STAFF)).sender(staff=name.startswith(STAFF))
