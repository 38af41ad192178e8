"""Mattermost's incoming webhooks: one attachment, whose text is escaped and calls nobody."""

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


class MattermostChannel(HookChannel):
    name = "mattermost"
    label = "Mattermost"
    position = 60

    def body(self, facts: Facts, *, unsubscribe_url: str) -> dict[str, Any]:
        footer = f"\n\n[Unsubscribe]({unsubscribe_url})" if unsubscribe_url else ""
        attachment = {
            "fallback": cut(escaped(title(facts)), 1000),
            "color": f"#{colour(facts):06x}",
            "title": cut(escaped(title(facts)), 1000),
            "title_link": facts.url,
            "text": cut(escaped(cut(facts.message)), 6000) + footer,
            "fields": [
                {"title": name, "value": cut(escaped(value), 2000), "short": False}
                for name, value in details(facts)
            ],
        }
        return {"attachments": [attachment]}
