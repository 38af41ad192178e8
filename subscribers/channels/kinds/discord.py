"""Discord's webhooks: one embed, whose text is escaped and mentions no user."""

from typing import Any

from subscribers.channels.formats.wording import (
    colour,
    details,
    escape_markdown,
    title,
    truncate,
)
from subscribers.channels.hooks import HookChannel
from subscribers.message import Facts


class DiscordChannel(HookChannel):
    name = "discord"
    label = "Discord"
    position = 40

    def body(self, facts: Facts, *, unsubscribe_url: str) -> dict[str, Any]:
        footer = f"\n\n[Unsubscribe]({unsubscribe_url})" if unsubscribe_url else ""
        embed = {
            "title": truncate(escape_markdown(title(facts)), 256),
            "description": truncate(escape_markdown(truncate(facts.message)), 3500) + footer,
            "url": facts.url,
            "color": colour(facts),
            "timestamp": facts.at,
            "fields": [
                {"name": name, "value": truncate(escape_markdown(value), 1024), "inline": False}
                for name, value in details(facts)
            ],
        }
        return {"embeds": [embed], "allowed_mentions": {"parse": []}}
