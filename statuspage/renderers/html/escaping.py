"""Makes text that people wrote inert: escaped for HTML, and free of characters that act."""

from html import escape

from components.markup.characters import clean

__all__ = ["clean", "escape_text"]


def escape_text(text: str) -> str:
    """Return text fit for an HTML body and for a quoted attribute."""
    return escape(clean(text))
