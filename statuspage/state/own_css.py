"""Own CSS of a page: a small part of the language, of which nothing can act or ask.

Rules name documented classes, or `:root` for custom properties. There are no at-rules, no escapes,
no strings, no comments in what is kept, and no functions but those of colours and calculations: so
nothing is ever fetched, and nothing can end the style element.
"""

import re

MAX_LENGTH = 8_000
CLASSES = (
    "top", "brand", "mark", "get", "told", "banner", "answer", "fresh", "group", "head", "sum",
    "rows",
    "c", "c-head", "desc", "up", "ms", "word", "note", "bars", "axis", "card", "kind", "timeline",
    "when", "past", "day", "end", "links",
)  # fmt: skip
PROPERTIES = frozenset(
    [
        "color",
        "background-color",
        "border-color",
        "border-width",
        "border-style",
        "border-radius",
        "border",
        "border-top",
        "border-bottom",
        "box-shadow",
        "font-size",
        "font-weight",
        "font-style",
        "font-variant",
        "letter-spacing",
        "line-height",
        "text-align",
        "text-transform",
        "text-decoration",
        "text-decoration-color",
        "margin",
        "margin-top",
        "margin-bottom",
        "margin-inline",
        "padding",
        "padding-top",
        "padding-bottom",
        "padding-inline",
        "gap",
        "width",
        "max-width",
        "min-width",
        "height",
        "max-height",
        "min-height",
        "opacity",
    ]
)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SELECTOR = re.compile(r"(?::root|(?:\.[a-z-]+)(?:[ >]+\.[a-z-]+){0,3}(?::hover)?)")
_CUSTOM = re.compile(r"--[a-z][a-z0-9-]*")
_VALUE = re.compile(r"[-\w#.,%()+*/ ]+", re.ASCII)
_FUNCTION = re.compile(r"([a-z-]{0,30}) ?\(")
"""In a value without runs of blanks. Of a longer word its end is found, which is no function that
is allowed either."""
_FUNCTIONS = frozenset(("rgb", "rgba", "hsl", "hsla", "oklch", "color-mix", "calc", "var", "min",
                        "max", "clamp", ""))  # fmt: skip


class OwnCssError(ValueError):
    """The CSS cannot be taken; the message names the place and what may stand there."""


def sanitise_css(text: str) -> str:
    """Return the CSS, written anew from the rules that are allowed. Raises OwnCssError."""
    if len(text) > MAX_LENGTH:
        raise OwnCssError(f"Own CSS has at most {MAX_LENGTH:,} characters.")
    rest, rules = without_comments(text).strip(), []
    while rest:
        match = _RULE.match(rest)
        if match is None:
            raise OwnCssError(f"Write rules as “.class {{ property: value }}”, at “{_cut(rest)}”.")
        rules.append(f"{_selectors(match[1])}{{{_declarations(match[2])}}}")
        rest = rest[match.end() :].lstrip()
    return "".join(rules)


def without_comments(text: str) -> str:
    """Return CSS with a space for each comment; one that does not end stays."""
    kept, done = [], 0
    while (begin := text.find("/*", done)) >= 0 and (end := text.find("*/", begin + 2)) >= 0:
        kept += [text[done:begin], " "]
        done = end + 2
    return "".join([*kept, text[done:]])


def _selectors(text: str) -> str:
    selectors = [" ".join(each.split()) for each in text.split(",")]
    for each in selectors:
        named = re.findall(r"\.([a-z-]+)", each)
        if not _SELECTOR.fullmatch(each) or any(name not in CLASSES for name in named):
            raise OwnCssError(
                f"“{_cut(each)}” is not one of the classes that may be styled: :root, "
                f"{', '.join('.' + name for name in CLASSES)}."
            )
    return ",".join(selectors)


def _declarations(text: str) -> str:
    kept = []
    for each in filter(str.strip, text.split(";")):
        name, colon, value = (part.strip() for part in each.partition(":"))
        value = " ".join(value.split())
        if not colon or not (name in PROPERTIES or _CUSTOM.fullmatch(name)):
            raise OwnCssError(f"“{_cut(name)}” is not a property that may be set.")
        functions = _FUNCTION.findall(value.lower())
        if not _VALUE.fullmatch(value) or any(each not in _FUNCTIONS for each in functions):
            raise OwnCssError(f"“{_cut(value)}” may not be the value of {name}.")
        kept.append(f"{name}:{value}")
    return ";".join(kept)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:40]}…"
