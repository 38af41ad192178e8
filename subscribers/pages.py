"""The pages that subscribers may be of: where each lies, and what it selects.

Pages are made above this app. What knows them says so once, by `provide`; until then there is none
besides the main page, whose name here is ''.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

MAIN_PAGE = "main"
"""How files name the main page, where they do."""


@dataclass(frozen=True, slots=True)
class SubscribedPage:
    """A page besides the main one, as messages to its subscribers need it."""

    slug: str
    name: str
    """'' for the site's name."""
    address: str
    """Absolute, without a slash at its end."""
    main_address: str
    """Where the main page lies, whose addresses are written into messages first."""
    component_ids: frozenset[int] | None = None
    """What it selects; None for everything."""
    names: frozenset[str] = frozenset()
    """The names of these."""
    overall: str = ""
    """Its overall status now, by its components."""

    def selected(self, component_ids: frozenset[int]) -> frozenset[int]:
        """Return those of some components that it shows."""
        return component_ids if self.component_ids is None else component_ids & self.component_ids

    def moved(self, url: str) -> str:
        """Return an address of the main page as it is on this one; any other is left as it is."""
        rest = url.removeprefix(self.main_address)
        return self.address + rest if rest != url and rest[:1] in ("", "/", "?", "#") else url


Source = Callable[[], Mapping[str, SubscribedPage]]
_NONE: Mapping[str, SubscribedPage] = MappingProxyType({})
_sources: list[Source] = [lambda: _NONE]


def provide(source: Source) -> None:
    """Set what returns the pages that there are now, by their slugs."""
    _sources[:] = [source]


def subscribed_pages() -> Mapping[str, SubscribedPage]:
    """Return the pages besides the main one that there are now, by their slugs."""
    return _sources[0]()
