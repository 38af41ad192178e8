"""Mattermost's incoming webhooks: one attachment, whose text is escaped and mentions no user."""

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


class MattermostChannel(HookChannel):
    name = "mattermost"
    label = "Mattermost"
    position = 60

    def body(self, facts: Facts, *, unsubscribe_url: str) -> dict[str, Any]:
        footer = f"\n\n[Unsubscribe]({unsubscribe_url})" if unsubscribe_url else ""
        attachment = {
            "fallback": truncate(escape_markdown(title(facts)), 1000),
            "color": f"#{colour(facts):06x}",
            "title": truncate(escape_markdown(title(facts)), 1000),
            "title_link": facts.url,
            "text": truncate(escape_markdown(truncate(facts.message)), 6000) + footer,
            "fields": [
                {"title": name, "value": truncate(escape_markdown(value), 2000), "short": False}
                for name, value in details(facts)
            ],
        }
        return {"attachments": [attachment]}
