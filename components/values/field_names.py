"""What is said of a field that is not known: the one that was probably meant, or all there are."""

from collections.abc import Collection
from difflib import get_close_matches

_MOST_NAMED = 24


def unknown_field(name: str, known: Collection[str]) -> str:
    """Return the message for a field `name` that is none of those `known`."""
    if close := get_close_matches(name[:60], list(known), n=1, cutoff=0.6):
        return f"There is no such field. Did you mean {close[0]}?"
    names = sorted(known)
    if not names or len(names) > _MOST_NAMED:
        return "There is no such field."
    return f"There is no such field; there are {', '.join(names)}."
