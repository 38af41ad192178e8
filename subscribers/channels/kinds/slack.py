"""Slack's incoming webhooks. User text is escaped: `<!channel>` pings no one, no link is hidden."""

from typing import Any

from subscribers.channels.formats.wording import (
    colour,
    details,
    title,
    truncate,
)
from subscribers.channels.hooks import HookChannel
from subscribers.message import Facts


class SlackChannel(HookChannel):
    name = "slack"
    label = "Slack"
    position = 30

    def body(self, facts: Facts, *, unsubscribe_url: str) -> dict[str, Any]:
        blocks: list[dict[str, Any]] = [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": truncate(_safe(title(facts)), 150)},
            }
        ]
        if facts.message:
            blocks.append(_section(facts.message))
        known = details(facts)
        if known:
            blocks.append(_section("\n".join(f"{name}: {value}" for name, value in known)))
        links = f"<{_safe(facts.url)}|Open>"
        if unsubscribe_url:
            links += f" · <{_safe(unsubscribe_url)}|Unsubscribe>"
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": links}]})
        return {
            "text": truncate(_safe(title(facts)), 3000),
            "attachments": [{"color": f"#{colour(facts):06x}", "blocks": blocks}],
            "unfurl_links": False,
        }


def _section(text: str) -> dict[str, Any]:
    # Plain text: Slack's own mark-up in it is shown, not obeyed.
    plain = {"type": "plain_text", "text": truncate(_safe(truncate(text)), 3000), "emoji": False}
    return {"type": "section", "text": plain}


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
