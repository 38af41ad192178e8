"""Which words a page is rendered in."""

from functools import lru_cache

from components.languages.registry import words_of
from components.languages.words import Words
from components.values.time_zones import named_zone, time_zone
from statuspage.pages.appearance import WEEKDAYS, Appearance
from statuspage.state.page_state import PageState


def words_for(state: PageState, key: str = "") -> Words:
    """Return the words of a rendering: of the page's own language for '', else of the language
    that a reader chose, whose links name it. Times are as the page's appearance has them."""
    words = words_of(key, explicit=True) if key else words_of(state.languages[0])
    return words_in(words, state.appearance)


def words_in(words: Words, look: Appearance) -> Words:
    """Return words with instants in the zone and the form that an appearance names."""
    times = (look.time_zone, look.clock == "12", WEEKDAYS.index(look.first_day))
    return words if times == ("", False, 0) else _timed(words, *times)


@lru_cache(maxsize=64)
def _timed(words: Words, zone: str, twelve: bool, first: int) -> Words:
    # The same object each time, for renderers keep what they made of it.
    return words.with_times(
        time_zone(named_zone(zone)) if zone else None, twelve_hours=twelve, first_weekday=first
    )
