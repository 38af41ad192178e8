"""What character references of Markdown stand for, cleaned as the text around them is."""

from collections.abc import Sequence

from markdown_it.token import Token

from components.markup.characters import clean


def clean_references(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return parsed tokens with clean words: `&#x202e;` turns a line around as U+202E does."""
    for token in tokens:
        if token.type == "text":
            token.content = clean(token.content)
        if isinstance(title := token.attrs.get("title"), str):
            token.attrs["title"] = clean(title)
        clean_references(token.children or ())
    return tokens
