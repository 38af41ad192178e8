"""Which class serves which channel; a channel that is not here cannot be sent to."""

from collections.abc import Callable

from subscribers.channels.apprise import AppriseChannel
from subscribers.channels.base import Channel as Sends
from subscribers.channels.email import EmailChannel
from subscribers.channels.hook_guard import guard_for
from subscribers.channels.webhook import WebhookChannel
from subscribers.enums import Channel

_HOOKS = (Channel.SLACK, Channel.DISCORD, Channel.TEAMS, Channel.MATTERMOST)


def _hook(shape: str) -> Callable[[bool], Sends]:
    return lambda staff: WebhookChannel(guard_for(staff=staff), shape=shape)


_MAKERS: dict[str, Callable[[bool], Sends]] = {
    Channel.EMAIL: lambda staff: EmailChannel(),
    Channel.WEBHOOK: _hook("native"),
    Channel.APPRISE: lambda staff: AppriseChannel(),
    **{channel: _hook(channel) for channel in _HOOKS},
}


STAFF = "staff:"
"""Before a channel's name: to operators, whose endpoints may be in their own network."""


def is_served(channel: str) -> bool:
    """Whether people may subscribe by it; Apprise is for staff, its addresses reach anywhere."""
    return channel in _MAKERS and channel != Channel.APPRISE


def make(channel: str) -> Sends:
    """A channel of one's own. Raises KeyError for one that nobody serves."""
    return _MAKERS[channel.removeprefix(STAFF)](channel.startswith(STAFF))
