"""The shapes in which news is posted to somebody's endpoint, one module each. No Django."""

from collections.abc import Callable
from typing import Any

from components.values.compact_json import compact_bytes
from subscribers.channels.formats import (
    discord,
    mattermost,
    native,
    slack,
    statuspage,
    teams,
    text,
)
from subscribers.message import Facts

Format = Callable[..., dict[str, Any]]
FORMATS: dict[str, Format] = {
    "native": native.body,
    "statuspage": statuspage.body,
    "text": text.body,
    "slack": slack.body,
    "discord": discord.body,
    "teams": teams.body,
    "mattermost": mattermost.body,
}
WEBHOOK_FORMATS = ("native", "statuspage", "text")
"""What the owner of a plain webhook may choose from; chat services have their own."""


def encode(name: str, facts: Facts, *, unsubscribe_url: str) -> bytes:
    """The message's body: the same bytes in every repeat."""
    return compact_bytes(FORMATS[name](facts, unsubscribe_url=unsubscribe_url))
