"""`{% t %}`: texts of templates in the language of their `words`, with values put in and escaped.

`{% t "Affects {names}" names=names %}`; what counts gives both forms and `n`:
`{% t "{n} day" "{n} days" n=number %}`.
"""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from components.languages.words import ENGLISH, Words

register = template.Library()
BUILTINS = [__name__]
"""For an engine's `builtins`."""


@register.simple_tag(takes_context=True)
def t(context: Context, message: str, many: str = "", /, **values: Any) -> str | SafeString:
    """Return the text in the language of the context's `words`, English without any.

    Texts come from sources and catalogues, which hold no markup; values are escaped as elsewhere.
    """
    words: Words = context.get("words") or ENGLISH
    text = words.plural(values["n"], message, many) if many else words.text(message)
    if many:
        values["n"] = words.number(values["n"])
    if not context.autoescape:
        return text.format(**values) if values else text
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return SafeString(text.format(**escaped) if values else text)
