"""Discord's webhooks: one embed, whose text is escaped; nobody is ever mentioned."""

from typing import Any

from subscribers.channels.formats.wording import (
    colour,
    cut,
    details,
    escaped,
    title,
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
            "title": cut(escaped(title(facts)), 256),
            "description": cut(escaped(cut(facts.message)), 3500) + footer,
            "url": facts.url,
            "color": colour(facts),
            "timestamp": facts.at,
            "fields": [
                {"name": name, "value": cut(escaped(value), 1024), "inline": False}
                for name, value in details(facts)
            ],
        }
        return {"embeds": [embed], "allowed_mentions": {"parse": []}}
