"""The brand in the admin's header: that of the main page."""

from typing import Any

from django.conf import settings

from statuspage.models import Appearance
from statuspage.pages.face import MAIN
from statuspage.renderers.html.appearance.brand import picture_address

_PICTURES = ("mark", "logo", "logo_dark")


def header() -> dict[str, Any]:
    """Return the header's name and pictures, in one query that reads nothing else of the look."""
    row = (
        Appearance.objects.filter(page_id=MAIN)
        .values(*(f"values__{name}" for name in ("name", *_PICTURES)))
        .first()
    ) or {}
    pictures = {name: row.get(f"values__{name}") for name in _PICTURES}
    return {
        "site_header": row.get("values__name") or settings.STATUSPAGE.site_name,
        "brand": {name: picture_address(each) for name, each in pictures.items() if each},
    }
