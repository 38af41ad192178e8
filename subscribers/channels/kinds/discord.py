"""Discord's webhooks: one embed, in Discord's own Markdown, that mentions no user."""

from typing import Any

from components.markup.parser import literal, parse
from subscribers.channels.formats.wording import colour, details, title
from subscribers.channels.hooks import HookChannel
from subscribers.channels.markup.markdown import DISCORD
from subscribers.message import Facts


class DiscordChannel(HookChannel):
    name = "discord"
    label = "Discord"
    position = 40

    def body(self, facts: Facts, *, unsubscribe_url: str) -> dict[str, Any]:
        footer = f"\n\n[Unsubscribe]({unsubscribe_url})" if unsubscribe_url else ""
        embed = {
            "title": DISCORD.title(title(facts), 256),
            "description": DISCORD.write(parse(facts.message), 3500) + footer,
            "url": facts.url,
            "color": colour(facts),
            "timestamp": facts.at,
            "fields": [
                {"name": name, "value": DISCORD.write(literal(value), 1024), "inline": False}
                for name, value in details(facts)
            ],
        }
        return {"embeds": [embed], "allowed_mentions": {"parse": []}}
