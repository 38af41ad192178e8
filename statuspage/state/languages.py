"""Which words a page is rendered in."""

from components.languages.registry import words_of
from components.languages.words import Words
from statuspage.state.page_state import PageState


def words_for(state: PageState, key: str = "") -> Words:
    """Return the words of a rendering: of the page's own language for '', else of the language
    that a reader chose, whose links name it."""
    return words_of(key, explicit=True) if key else words_of(state.languages[0])
