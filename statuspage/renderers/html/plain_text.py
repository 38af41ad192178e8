"""A public message as plain text, for readers that show no markup."""

import re
from html import unescape

import nh3

from statuspage.renderers.html.markdown import render_markdown

_BREAK = re.compile(r"<(?:br|hr) ?/?>|</(?:p|li|h3|pre|blockquote)>")


def plain_text(message: str) -> str:
    """Return the message without markup; paragraphs become lines. Not for use in HTML as it is."""
    lines = nh3.clean(_BREAK.sub("\n", render_markdown(message)), tags=set())
    return "\n".join(line for each in unescape(lines).splitlines() if (line := each.strip()))
