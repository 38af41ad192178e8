"""Slack's mrkdwn: `https://docs.slack.dev/messaging/formatting-message-text`.

It knows no escape but those of `&`, `<` and `>`. A mark of it acts only at the edge of a word; so
one that people wrote is kept from its word by a space without width, which leaves it as it looks.
"""

import re

from subscribers.channels.markup.base import INVISIBLE, ChatWriter

_MARKS = {"strong": "*", "emphasis": "_", "strike": "~"}
_ACTING = re.compile(r"(?<![A-Za-z0-9])[*_~`]|[*_~`](?![A-Za-z0-9])")
_QUOTE = re.compile(r"(?m)^([ \t]*)(?=&gt;)")
_SHORTCODE = re.compile(r":(?=[\w+'-]{0,60}[a-z_][\w+'-]{0,60}:)")


class SlackWriter(ChatWriter):
    def mark(self, kind: str) -> str:
        return _MARKS[kind]

    def escaped(self, text: str, *, at_start: bool = False) -> str:
        escaped = _ACTING.sub(rf"{INVISIBLE}\g<0>{INVISIBLE}", entities(text))
        escaped = _SHORTCODE.sub(f":{INVISIBLE}", escaped)
        return _QUOTE.sub(rf"\1{INVISIBLE}", escaped) if at_start else escaped

    def code(self, text: str, *, at_start: bool = False) -> str:
        if "`" in text or not text.strip():
            return self.escaped(text, at_start=at_start)
        return f"`{entities(text)}`"

    def code_block(self, text: str) -> str:
        return f"```\n{entities(text).replace('```', f'``{INVISIBLE}`')}\n```"

    def span(self, kind: str, text: str, before: str, after: str) -> str:
        marked = super().span(kind, text, before, after)
        left = INVISIBLE if before.isalnum() else ""
        return f"{left}{marked}{INVISIBLE if after[:1].isalnum() else ''}"

    def link(self, href: str, label: str) -> str:
        return f"<{_address(href)}|{label}>"

    def typed_link(self, href: str, typed: str, after: str) -> str:
        return f"<{_address(href)}>" if typed == href else self.link(href, entities(typed))


SLACK = SlackWriter()


def entities(text: str) -> str:
    """Return text in which nothing is one of Slack's own links or mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _address(href: str) -> str:
    return entities(href).replace("|", "%7C")
