"""The pages that subscribers may be of: where each lies, and what it selects.

Pages are made above this app. What knows them says so once, by `provide`; until then there is none
besides the main page, whose name here is ''.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from types import MappingProxyType

MAIN_PAGE = "main"
"""How files name the main page, where they do."""


@dataclass(frozen=True, slots=True)
class Brand:
    """How the messages of a page look, and in which zone they write instants."""

    name: str = ""
    """'' for the site's name."""
    logo: bytes = b""
    """A PNG, which alone all mail programs show; b"" for the name in letters."""
    logo_height: int = 0
    """In CSS pixels."""
    button: str = ""
    """The colour of the one button; '' for ink."""
    on_button: str = ""
    button_dark: str = ""
    on_button_dark: str = ""
    links: tuple[tuple[str, str], ...] = ()
    """Labels and addresses for the foot: imprint, privacy."""
    zone: tzinfo | None = None
    twelve_hours: bool = False
    first_weekday: int = 0


PLAIN = Brand()


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
    language: str = ""
    """The tag of its own language."""
    overall: str = ""
    """Its overall status now, by its components."""
    brand: Brand = PLAIN

    def selected(self, component_ids: frozenset[int]) -> frozenset[int]:
        """Return those of some components that it shows."""
        return component_ids if self.component_ids is None else component_ids & self.component_ids

    def moved(self, url: str) -> str:
        """Return an address of the main page as it is on this one; any other is left as it is."""
        rest = url.removeprefix(self.main_address)
        return self.address + rest if rest != url and rest[:1] in ("", "/", "?", "#") else url


Source = Callable[[], Mapping[str, SubscribedPage]]
BrandSource = Callable[[], Brand]
_NONE: Mapping[str, SubscribedPage] = MappingProxyType({})
_sources: list[Source] = [lambda: _NONE]
_brands: list[BrandSource] = [lambda: PLAIN]


def provide(source: Source, brand: BrandSource) -> None:
    """Set what returns the pages that there are now, by their slugs, and the main one's brand."""
    _sources[:], _brands[:] = [source], [brand]


def main_brand() -> Brand:
    """Return the brand of the main page."""
    return _brands[0]()


def subscribed_pages() -> Mapping[str, SubscribedPage]:
    """Return the pages besides the main one that there are now, by their slugs."""
    return _sources[0]()
