"""`{% script_texts %}`: what the admin's scripts say, for `say(…)` of `texts.js` to look up.

English needs none of it: scripts hold their texts in English. A test compares both.
"""

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop

register = template.Library()

TEXTS = (
    gettext_noop("Preview"), gettext_noop("{number} to correct"),
    gettext_noop("1 unpublished change"), gettext_noop("{number} unpublished changes"),
    gettext_noop("Something new needs attention."),
    gettext_noop("The template could not be inserted. Try again."),
    gettext_noop("Fill in {names}."), gettext_noop("Template inserted."),
    gettext_noop("The passkey was not used. Try again."),
    gettext_noop("The passkey cannot be used: {reason}"),
    gettext_noop("Too many tries from your network; wait a minute."),
    gettext_noop("The server does not answer."),
    gettext_noop("Row"), gettext_noop("{name}, date"), gettext_noop("{name}, time"),
)  # fmt: skip


@register.simple_tag
def script_texts() -> SafeString:
    """Return the texts in the reader's language by those that the scripts hold, as a data block."""
    texts = {each: said for each in TEXTS if (said := gettext(each)) != each}
    return json_script(texts, "script-texts") if texts else SafeString("")
