"""Slack's incoming webhooks, in its own mrkdwn: `<!channel>` pings no one, no link is hidden."""

from typing import Any

from components.languages.words import ENGLISH, Words
from components.markup.characters import cut
from components.markup.parser import literal
from components.markup.plain import write_plain
from components.markup.shortening import fitted
from components.markup.tree import Message, Paragraph, Text
from subscribers.channels.formats.alert import ways
from subscribers.channels.formats.wording import colour, details, message, title
from subscribers.channels.hooks import HookChannel
from subscribers.channels.markup.slack import SLACK, entities
from subscribers.message import Facts

_MAX_SECTION = 3000
_MAX_HEADER = 150


class SlackChannel(HookChannel):
    name = "slack"
    label = "Slack"
    position = 30

    def body(self, facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> dict[str, Any]:
        heading = title(facts, words)
        blocks: list[dict[str, Any]] = [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": _header(heading), "emoji": False},
            }
        ]
        if facts.message:
            blocks.append(_section(message(facts, words)))
        known = details(facts, words)
        if known:
            blocks.append(_section(literal("\n".join(f"{name}: {value}" for name, value in known))))
        if links := ways(facts, unsubscribe_url, words):
            text = " · ".join(f"<{entities(url)}|{label}>" for label, url in links)
            blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": text}]})
        return {
            "text": SLACK.write(literal(heading), _MAX_SECTION),
            "attachments": [{"color": f"#{colour(facts):06x}", "blocks": blocks}],
            "unfurl_links": False,
        }


def _header(text: str) -> str:
    """Return a text of Slack's kind `plain_text`, which has no marks but the same entities."""
    words = Message((Paragraph((Text(cut(text, _MAX_HEADER)),)),))
    return fitted(words, lambda message: entities(write_plain(message)), _MAX_HEADER)


def _section(message: Message) -> dict[str, Any]:
    text = SLACK.write(message, _MAX_SECTION)
    # Verbatim: Slack makes no links or mentions of its own.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
