"""Named placeholders in templates: plain substitution of known names, and nothing else.

No template engine and no `str.format`: what fills one is never looked at again, so nothing
that people write can reach further than its own place.
"""

import re
from collections.abc import Mapping

PLACEHOLDERS: Mapping[str, str] = {
    "component": "the first affected component",
    "components": "all affected components",
    "region": "the first affected region",
    "regions": "all affected regions",
    "severity": "how grave it is",
    "status": "the incident's state",
    "started_at": "when it began",
    "reason": "what was measured",
}
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class PlaceholderError(ValueError):
    """A text has a placeholder that is unknown, or that there is no value for."""


def check_placeholders(text: str) -> None:
    """Raise PlaceholderError, naming the first placeholder that is not known."""
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            raise PlaceholderError(f"There is no blank {{{name}}}; there are {known}.")


def blanks(text: str) -> list[str]:
    """Return the placeholders that a text still has."""
    return [name for name in dict.fromkeys(_PLACEHOLDER.findall(text)) if name in PLACEHOLDERS]


def fill(text: str, values: Mapping[str, str], *, keep_blanks: bool = False) -> str:
    """Return `text` with its placeholders filled. Raises PlaceholderError, naming one."""
    check_placeholders(text)

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if not values.get(name):
            if keep_blanks:
                return match[0]
            raise PlaceholderError(
                f"There is nothing to fill {{{name}}} with: {PLACEHOLDERS[name]}."
            )
        return values[name]

    return _PLACEHOLDER.sub(value, text)
