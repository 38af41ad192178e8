"""The lines of which the desk is made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is, what there is to know of it, and the one thing to do about it."""

    mark: str
    """A status: the colour and the shape of the mark before it."""
    title: str
    text: str = ""
    emphasis: str = ""
    """The part of the text that should not be overlooked; it stands at its end."""
    aside: str = ""
    url: str = ""
    action: str = ""
    """What the link at `url` does; '' when there is nothing to do but to look."""
    post: str = ""
    """Where the action is posted to, if it is a button; then `url` is where to look."""
