<<<<<<< HEAD
"""The registry of channels: every module in the folder `kinds` has one in it.
=======
"""The registry of channels: every module in the folder `kinds` defines one.
>>>>>>> 98cea60500d86e15738439812ccc05c2f1e7a8bc

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
<<<<<<< HEAD
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


=======
    """Return every channel there is by its stored name, in the order in which they are shown."""
    found: dict[str, Channel] = {}
    for module in modules_in(_folder):
        channel = only_instance(module, Channel, "channel")  # type: ignore[type-abstract]
        if channel.name in found:
            problem = f"{module.__name__}: the channel {channel.name!r} exists already"
            raise BrokenPluginError(problem)
        found[channel.name] = channel
    return dict(sorted(found.items(), key=lambda item: (item[1].position, item[0])))


>>>>>>> 98cea60500d86e15738439812ccc05c2f1e7a8bc
def channel(name: str) -> Channel:
    """Return the channel of a name. Raises UnknownChannelError."""
    known = channels()
    if name not in known:
        raise UnknownChannelError(f"{name!r} is not a channel; there are: {', '.join(known)}")
    return known[name]


def channel_choices() -> list[tuple[str, str]]:
<<<<<<< HEAD
    """Return stored name and label of every channel."""
=======
    """Return the stored name and the label of every channel, as a field's choices."""
>>>>>>> 98cea60500d86e15738439812ccc05c2f1e7a8bc
    return [(each.name, each.label) for each in channels().values()]


def subscribable() -> list[Channel]:
    """Return the channels by which people may subscribe."""
    return [each for each in channels().values() if not each.staff_only]


def make(name: str) -> Sender:
<<<<<<< HEAD
    """Return a new sender; see STAFF. Raises UnknownChannelError."""
=======
    """Return a sender of the caller's own; see STAFF. Raises UnknownChannelError."""
>>>>>>> 98cea60500d86e15738439812ccc05c2f1e7a8bc
    return channel(name.removeprefix(STAFF)).sender(staff=name.startswith(STAFF))
