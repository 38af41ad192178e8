"""How a page looks: its name, pictures, colours, links and words around the facts.

Every default is the look of a page that nobody has touched. What is here was checked by
`statuspage.state.appearance_input`: pictures are inert, own CSS names documented classes only.
"""

from dataclasses import dataclass

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of the header or the footer."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Appearance:
    """The look of one page."""

    name: str = ""
    """'' for the one of the settings (STATUSPAGE_SITE_NAME)."""
    logo: str = ""
    """A sanitised SVG, or a PNG as a `data:` address; '' for none. It stands for mark and name."""
    logo_dark: str = ""
    """The one for the dark theme; '' for the same."""
    mail_logo: str = ""
    """The logo, or else the mark, as a PNG, for mail programs show no SVG; '' for the name."""
    social: str = ""
    """Name, logo and colours as a PNG: above the status they make the picture beside links; '' for
    the status alone. See `statuspage.state.social_picture`."""
    social_name: str = ""
    """The name that it shows: it is not worn by a page that has another one by now; '' for none."""
    mark: str = ""
    """The small square one, beside the name and in the browser's tab."""
    accent: str = ""
    """`#6b3fa0`: buttons, the current tab, focus; '' for ink."""
    accent_dark: str = ""
    ground: str = ""
    """The ground behind the cards; '' for a light grey."""
    ground_dark: str = ""
    font: str = "system"
    density: str = "comfortable"
    theme: str = "visitor"
    """`visitor`, `light` or `dark`: which a visitor sees who has chosen none."""
    header_links: tuple[PageLink, ...] = ()
    footer_links: tuple[PageLink, ...] = ()
    intro: str = ""
    """Markdown above the current status."""
    footer: str = ""
    """Markdown at the very end."""
    time_zone: str = ""
    """`Europe/Berlin`: in which instants are written; '' for UTC. Days of the bars are UTC's."""
    clock: str = "24"
    """`24` or `12` hours."""
    first_day: str = "monday"
    """The day on which weeks begin, in the year of a component."""
    history: str = "90"
    """How many days the bars and the uptime of the page are of: `90`, `60` or `30`."""
    show_uptime: bool = True
    show_response: bool = True
    show_sparklines: bool = True
    show_regions: bool = True
    show_past: bool = True
    """The list of past incidents; the history has them all the same."""
    show_staff_link: bool = True
    css: str = ""


USUAL = Appearance()
"""The look of a page that nobody has touched."""
