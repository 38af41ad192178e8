"""Shows a message for Slack as its clients do, from the very JSON that is sent. No Django models.

Its texts are mrkdwn as our own writer leaves it: `&`, `<` and `>` are entities, marks act at the
edge of words, a zero-width space stands where one must not act.
"""

import re
from html import escape, unescape
from typing import Any

from subscribers.channels.markup.base import INVISIBLE

_INSIDE = rf"[^\s{INVISIBLE}]"
"""What a mark must stand at to act."""
_TOKEN = re.compile(
    rf"```\n?(?P<block>.*?)\n?```|`(?={_INSIDE})(?P<code>[^`\n]+)(?<={_INSIDE})`"
    r"|<(?P<link>[^<>\n]+)>",
    re.DOTALL,
)
_MARKS = (("*", "b"), ("_", "i"), ("~", "s"))


def slack_html(body: dict[str, Any]) -> str:
    """Return the blocks of a message's attachments as HTML."""
    return "".join(
        f'<div class="attachment" style="border-color:{escape(str(each.get("color", "")))}">'
        f"{''.join(_block(block) for block in each.get('blocks', ()))}</div>"
        for each in body.get("attachments", ())
    )


def mrkdwn_html(text: str) -> str:
    """Return a text of Slack's own marks as HTML; all else in it stays as it looks."""
    # What has been turned into HTML is kept aside, so that no mark inside it acts.
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(_token(match))
        return f"\x00{len(kept) - 1}\x00"

    marked = _TOKEN.sub(keep, text.replace("\x00", ""))
    for sign, tag in _MARKS:
        mark = re.escape(sign)
        inner = rf"(?={_INSIDE})([^\n{mark}]+?)(?<={_INSIDE})"
        pattern = rf"(?<![A-Za-z0-9{mark}]){mark}{inner}{mark}(?![A-Za-z0-9])"
        marked = re.sub(pattern, rf"<{tag}>\1</{tag}>", marked)
    html = _lines(marked)
    return re.sub("\x00(\\d+)\x00", lambda match: kept[int(match[1])], html)


def _block(block: dict[str, Any]) -> str:
    if block["type"] == "header":
        return f'<h2 dir="auto">{_quoted(block["text"]["text"])}</h2>'
    if block["type"] == "section":
        return f'<div class="section" dir="auto">{mrkdwn_html(block["text"]["text"])}</div>'
    texts = [mrkdwn_html(each["text"]) for each in block.get("elements", ())]
    return f'<div class="context">{" ".join(texts)}</div>'


def _token(match: re.Match[str]) -> str:
    if match["block"] is not None:
        return f"<pre>{_quoted(match['block'])}</pre>"
    if match["code"] is not None:
        return f"<code>{_quoted(match['code'])}</code>"
    url, _, label = match["link"].partition("|")
    if not re.match(r"(?:https?|mailto):", url):
        return _quoted(match["link"])
    return f'<a href="{escape(unescape(url))}">{_quoted(label or url)}</a>'


def _lines(text: str) -> str:
    """Return lines as HTML; what begins with > is quoted."""
    html: list[str] = []
    for line in text.split("\n"):
        quoted = line.startswith("&gt;")
        html.append(f"<blockquote>{line[4:].strip()}</blockquote>" if quoted else f"{line}<br>")
    return "".join(html).removesuffix("<br>").replace("</blockquote><br>", "</blockquote>")


def _quoted(text: str) -> str:
    """Return a text whose entities are Slack's as one whose entities are HTML's."""
    return escape(unescape(text), quote=False)
