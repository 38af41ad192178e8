"""A public message as plain text, for readers that show no markup."""

from components.markup.parser import parse
from components.markup.plain import write_plain


def plain_text(message: str) -> str:
    """Return the message's lines without markup, none of them empty; not for HTML as it is."""
    lines = write_plain(parse(message)).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())
