"""Makes text that people wrote inert: escaped for HTML, and free of characters that act."""

from html import escape

_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiner: several scripts and emoji need them, and they are harmless."""


def clean(text: str, *, keep: str = "") -> str:
    """Return text without control, direction-override and surrogate characters, but those kept.

    They cannot run anything, but a direction override turns the rest of a line around, and a lone
    surrogate cannot be encoded at all. Any other white space becomes a plain space.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character in keep or character in _JOINERS
        else (" " if character.isspace() else "")
        for character in text
    )


def escape_text(text: str) -> str:
    """Return text fit for an HTML body and for a quoted attribute."""
    return escape(clean(text))
