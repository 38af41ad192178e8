"""The languages that the main page offers, for whoever asks for translations of what people write.

Pages are made above this app. What knows them says so once, by `provide`.
"""

from collections.abc import Callable

from components.languages.names import NAMES

_sources: list[Callable[[], tuple[str, ...]]] = [lambda: tuple(NAMES)]


def provide(source: Callable[[], tuple[str, ...]]) -> None:
    """Set what returns the tags of the languages offered now, the page's own first."""
    _sources[:] = [source]


def own_language() -> str:
    """Return the tag of the language that people write in, and the product with them."""
    return _sources[0]()[0]


def other_languages() -> tuple[str, ...]:
    """Return the tags of the languages besides the one that people write in."""
    return _sources[0]()[1:]
