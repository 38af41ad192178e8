"""Microsoft Teams (a Workflows webhook): one adaptive card, whose text is escaped."""

from typing import Any

from subscribers.channels.formats.wording import (
    details,
    escape_markdown,
    title,
    truncate,
)
from subscribers.channels.hooks import HookChannel
from subscribers.message import Facts


class TeamsChannel(HookChannel):
    name = "teams"
    label = "Teams"
    position = 50

    def body(self, facts: Facts, *, unsubscribe_url: str) -> dict[str, Any]:
        blocks: list[dict[str, Any]] = [
            _text(title(facts), size="Medium", weight="Bolder"),
            *([_text(facts.message)] if facts.message else []),
            {
                "type": "FactSet",
                "facts": [
                    {"title": name, "value": escape_markdown(value)}
                    for name, value in details(facts)
                ],
            },
        ]
        actions = [{"type": "Action.OpenUrl", "title": "Open", "url": facts.url}]
        if unsubscribe_url:
            actions.append(
                {"type": "Action.OpenUrl", "title": "Unsubscribe", "url": unsubscribe_url}
            )
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": blocks,
            "actions": actions,
        }
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": None,
            "content": card,
        }
        return {"type": "message", "attachments": [attachment]}


def _text(text: str, **look: str) -> dict[str, Any]:
    return {"type": "TextBlock", "text": escape_markdown(truncate(text)), "wrap": True, **look}
