"""Writers for chats whose marks are a kind of Markdown: Discord, Mattermost and Teams."""

import re
from collections.abc import Sequence

from components.markup.parser import literal
from components.markup.plain import bullet, write_plain
from components.markup.shortening import fitted
from components.markup.tree import Inline, Message
from subscribers.channels.markup.base import INVISIBLE, MENTION, ChatWriter, is_web

_MARKS = {"strong": "**", "emphasis": "_", "strike": "~~"}
_LINE_START = re.compile(r"(?m)^([ \t]*)(?=[#>]|-#|[-+=](?![A-Za-z0-9]))")
_NUMBER = re.compile(r"(?m)^([ \t]*\d{1,9})(?=[.)](?:\s|$))")
_INNER_UNDERSCORE = re.compile(r"(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])")
_SHORTCODE = re.compile(r":(?=\w{0,60}[A-Za-z_][\w+-]{0,60}:)")
"""None is longer; without a bound a long word would be looked through from each of its letters."""
_NOT_LAST = ")]}'*_~"
"""What some clients leave out at the end of an address."""
_UNPAIRED = re.compile(r"[()]")


class MarkdownWriter(ChatWriter):
    """CommonMark, as far as these services have it in common."""

    special = re.compile(r"[\\`*\[\]<~|]")
    """What is escaped wherever it stands; nothing that addresses are full of."""

    def mark(self, kind: str) -> str:
        return _MARKS[kind]

    def span(self, kind: str, text: str, before: str, after: str) -> str:
        # Within a word the underscore is a letter.
        if kind == "emphasis" and (before.isalnum() or after[:1].isalnum()):
            return f"*{text}*" if text.strip() else text
        return super().span(kind, text, before, after)

    def escaped(self, text: str, *, at_start: bool = False) -> str:
        escaped = self.special.sub(r"\\\g<0>", text)
        # Behind a bracket, escaped or not, some clients take a parenthesis for a link's.
        escaped = _escape_underscores(escaped).replace("](", f"]{INVISIBLE}(")
        if at_start:
            escaped = _NUMBER.sub(r"\1\\", _LINE_START.sub(r"\1\\", escaped))
        return MENTION.sub(f"@{INVISIBLE}", escaped)

    def title(self, text: str, longest: int) -> str:
        """Return a line that is a link itself, so that nothing in it can be one."""
        return fitted(literal(text), self._unlinked, longest)

    def _unlinked(self, message: Message) -> str:
        return MarkdownWriter.escaped(self, write_plain(message), at_start=True)

    def code(self, text: str, *, at_start: bool = False) -> str:
        if not text.strip():
            return text
        longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
        fence = "`" * (longest + 1)
        pad = " " if text[0] == "`" or text[-1] == "`" else ""
        return f"{fence}{pad}{text}{pad}{fence}"

    def code_block(self, text: str) -> str:
        return f"```\n{text.replace('```', f'``{INVISIBLE}`')}\n```"

    def link(self, href: str, label: str) -> str:
        return f"[{label}]({destination(href)})"

    def typed_link(self, href: str, typed: str, after: str) -> str:
        if not is_web(href):
            # An address of mail: nothing in it is a mark.
            return typed
        address = typed if is_web(typed.lower()) else href
        stands_alone = (not after or after[0].isspace()) and address[-1] not in _NOT_LAST
        return address if stands_alone else f"<{address}>"


class DiscordWriter(MarkdownWriter):
    """Discord: `https://support.discord.com/hc/en-us/articles/210298617`.

    It makes a link of everything from `https://` to the next space or `<`, backslashes included,
    and shows a link whose words look like another address as its source.
    """

    def escaped(self, text: str, *, at_start: bool = False) -> str:
        escaped = super().escaped(text, at_start=at_start).replace("://", "\\://")
        return _SHORTCODE.sub(r"\\:", escaped)

    def link(self, href: str, label: str) -> str:
        if re.search(r"\w\.\w|:/", label):
            return f"{label} (<{href}>)" if is_web(href) else label
        return super().link(href, label) if is_web(href) else f"{label} ({href[7:]})"


class MattermostWriter(MarkdownWriter):
    """Mattermost: CommonMark with tables, where `:name:` is an emoji and `~name` a channel."""

    def escaped(self, text: str, *, at_start: bool = False) -> str:
        return _SHORTCODE.sub(f":{INVISIBLE}", super().escaped(text, at_start=at_start))

    def bullet(self, start: int | None, number: int) -> str:
        return "- " if start is None else bullet(start, number)

    def table(self, rows: Sequence[Sequence[tuple[Inline, ...]]]) -> str:
        lines = [f"| {' | '.join(map(self._table_cell, row))} |" for row in rows]
        width = len(rows[0]) if rows else 0
        return "\n".join([*lines[:1], "|" + " --- |" * width, *lines[1:]])

    def _table_cell(self, cell: tuple[Inline, ...]) -> str:
        return self.inlines(cell, after=" ").replace("\n", " ")


class TeamsWriter(MarkdownWriter):
    """A TextBlock of an Adaptive Card, which has bold, italic, links and lists, and no code:
    `https://learn.microsoft.com/adaptive-cards/create/textfeatures`."""

    special = re.compile(r"[\\`*\[\]]|~(?=~)|(?<=~)~")

    def mark(self, kind: str) -> str:
        return "" if kind == "strike" else super().mark(kind)

    def escaped(self, text: str, *, at_start: bool = False) -> str:
        # `{{DATE(…)}}` is a function of the card's.
        return super().escaped(text, at_start=at_start).replace("{{", f"{{{INVISIBLE}{{")

    def bullet(self, start: int | None, number: int) -> str:
        return "• " if start is None else f"{start + number}\\. "

    def quote(self, text: str) -> str:
        return "\n".join(f"│ {line}" for line in text.split("\n"))

    def code(self, text: str, *, at_start: bool = False) -> str:
        return self.escaped(text, at_start=at_start)

    def code_block(self, text: str) -> str:
        return "\n".join(self.escaped(line, at_start=True) for line in text.split("\n"))

    def typed_link(self, href: str, typed: str, after: str) -> str:
        return self.link(href, self.escaped(typed))


DISCORD, MATTERMOST, TEAMS = DiscordWriter(), MattermostWriter(), TeamsWriter()


def destination(href: str) -> str:
    """Return an address fit to stand between the parentheses of a link."""
    depth = 0
    for match in _UNPAIRED.finditer(href):
        depth += 1 if match[0] == "(" else -1
        if depth not in (0, 1):
            break
    if depth == 0:
        return href
    return href.replace("(", "%28").replace(")", "%29")


def _escape_underscores(text: str) -> str:
    kept = "\0"
    return _INNER_UNDERSCORE.sub(kept, text).replace("_", "\\_").replace(kept, "_")
