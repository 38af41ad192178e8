"""A public message as plain text, for readers that show no markup."""

import re

from components.markup.parser import parse
from components.markup.plain import write_plain

_BULLET = re.compile(r"^[ \t]*• ", re.MULTILINE)


def plain_text(message: str) -> str:
    """Return the message's lines without markup or bullets, none of them empty; not for HTML."""
    lines = _BULLET.sub("", write_plain(parse(message))).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())
