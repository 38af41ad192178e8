"""The parts of a page's form: where it lies, what it shows, who may see it, in which languages."""

from typing import Any

from django.utils.translation import gettext_lazy

from statuspage.models import Page
from statuspage.pages.face import MAIN

_WAYS_IN = ("networks", "mail_domains", "sign_in_groups")


def parts_of(page: Page | None) -> list[tuple[Any, dict[str, Any]]]:
    """Return the fieldsets of a page's form; `page` is None for a new one.

    The main page shows everything to everybody: its languages are all there is to choose.
    """
    languages = (gettext_lazy("Language"), {"fields": ["own_language", "other_languages"]})
    if page is not None and page.slug == MAIN:
        return [(None, {"fields": ["slug"]}), languages]
    password = ["new_password", "no_password"] if page and page.password else ["new_password"]
    return [
        (None, {"fields": ["slug", "name", "hosts", "parent"]}),
        (gettext_lazy("Components"), {"fields": ["everything", "groups", "components", "tags"]}),
        (gettext_lazy("Access"), {"fields": ["private", *password, *_WAYS_IN]}),
        languages,
    ]
