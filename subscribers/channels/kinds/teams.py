"""Microsoft Teams (a Workflows webhook): one adaptive card, in the Markdown that cards have."""

from typing import Any

from components.languages.words import ENGLISH, Words
from components.markup.parser import literal
from components.markup.tree import Message
from subscribers.channels.formats.alert import ways
from subscribers.channels.formats.wording import details, message, title
from subscribers.channels.hooks import HookChannel
from subscribers.channels.markup.markdown import TEAMS
from subscribers.message import Facts

_MAX_TEXT = 6000
_MAX_LINES = 60
"""Lines with a block of their own; what is beyond them is in the last one."""


class TeamsChannel(HookChannel):
    name = "teams"
    label = "Teams"
    position = 50

    def body(self, facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> dict[str, Any]:
        blocks: list[dict[str, Any]] = [
            *_texts(literal(title(facts, words)), size="Medium", weight="Bolder"),
            *_texts(message(facts, words)),
            {
                "type": "FactSet",
                "facts": [
                    {"title": name, "value": TEAMS.write(literal(value), _MAX_TEXT)}
                    for name, value in details(facts, words)
                ],
            },
        ]
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": blocks,
            "actions": [
                {"type": "Action.OpenUrl", "title": label, "url": url}
                for label, url in ways(facts, unsubscribe_url, words)
            ],
        }
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": None,
            "content": card,
        }
        return {"type": "message", "attachments": [attachment]}


def _texts(message: Message, **look: str) -> list[dict[str, Any]]:
    """Return a block for each line: within a block, clients differ about what ends a line."""
    lines = TEAMS.write(message, _MAX_TEXT).split("\n")
    lines = [*lines[: _MAX_LINES - 1], "\n\n".join(lines[_MAX_LINES - 1 :])]
    blocks: list[dict[str, Any]] = []
    spacing: dict[str, str] = {}
    for line in lines:
        if line.strip():
            blocks.append({"type": "TextBlock", "text": line, "wrap": True, **look, **spacing})
        # An empty line between two blocks is the space that cards have between theirs anyway.
        spacing = {"spacing": "None"} if line.strip() else {}
    return blocks
