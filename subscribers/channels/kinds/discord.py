"""Discord's webhooks: one embed, in Discord's own Markdown, that mentions no user."""

from typing import Any

from components.languages.words import ENGLISH, Words
from components.markup.parser import literal
from subscribers.channels.formats.alert import actions, is_alert
from subscribers.channels.formats.wording import colour, details, message, title
from subscribers.channels.hooks import HookChannel
from subscribers.channels.markup.markdown import DISCORD
from subscribers.message import Facts


class DiscordChannel(HookChannel):
    name = "discord"
    label = "Discord"
    position = 40

    def body(self, facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> dict[str, Any]:
        # What leads to one place is the title's link already.
        ways = [*(actions(facts, words) if is_alert(facts) else ())]
        ways += [(words("Unsubscribe"), unsubscribe_url)] if unsubscribe_url else []
        footer = "\n\n" + " · ".join(f"[{label}]({url})" for label, url in ways) if ways else ""
        embed = {
            "title": DISCORD.title(title(facts, words), 256),
            "description": DISCORD.write(message(facts, words), 3500) + footer,
            "url": facts.url,
            "color": colour(facts),
            "timestamp": facts.at,
            "fields": [
                {"name": name, "value": DISCORD.write(literal(value), 1024), "inline": False}
                for name, value in details(facts, words)
            ],
        }
        return {"embeds": [embed], "allowed_mentions": {"parse": []}}
