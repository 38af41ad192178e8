"""The table of the catalogue's objects, in the order in which they are made."""

from statuspage.catalogue.alerting import ALERT_CHANNELS, ALERT_ROUTES
from statuspage.catalogue.announcing import ANNOUNCEMENTS
from statuspage.catalogue.endpoints import ENDPOINTS
from statuspage.catalogue.external import ALERT_RULES
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.monitoring import (
    COMPONENTS,
    GROUPS,
    MONITORS,
    REGIONS,
)
from statuspage.catalogue.pages import PAGES
from statuspage.catalogue.templates_and_series import SERIES, TEMPLATES

KINDS: tuple[ObjectKind, ...] = (
    REGIONS, GROUPS, COMPONENTS, MONITORS, ALERT_RULES, TEMPLATES, SERIES, ALERT_CHANNELS,
    ALERT_ROUTES, ENDPOINTS, PAGES, ANNOUNCEMENTS,
)  # fmt: skip
BY_SECTION = {kind.section: kind for kind in KINDS}
RETIRED_IN_ORDER: tuple[ObjectKind, ...] = (
    ANNOUNCEMENTS, ALERT_RULES, COMPONENTS, MONITORS, TEMPLATES, SERIES, ALERT_ROUTES,
    ALERT_CHANNELS, ENDPOINTS, GROUPS, REGIONS, PAGES,
)  # fmt: skip
"""Kinds in the order in which objects are retired: what is left of one needs the next no more."""
