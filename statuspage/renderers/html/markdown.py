"""A public message as the HTML of a page."""

from functools import lru_cache

from django.conf import settings
from django.utils.safestring import SafeString

from components.markup.html import write_html
from components.markup.parser import parse


def render_markdown(text: str) -> SafeString:
    """Return the HTML of one message: safe to put into a page as it is; '' for ''.

    Images from other hosts are shown if the settings say so, and by https alone.
    """
    return _rendered(text, settings.STATUSPAGE.allow_remote_images)


@lru_cache(maxsize=2048)
def _rendered(text: str, images: bool) -> SafeString:
    # The result depends on nothing else, so it is cached: a snapshot is rendered far more often
    # than anybody writes.
    return SafeString(write_html(parse(text), images=images))
