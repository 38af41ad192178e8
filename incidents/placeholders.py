"""Named blanks in kept wordings: plain substitution of known names, and nothing else.

No template engine and no `str.format`: what fills a blank is never looked at again, so nothing
that people write can reach further than its own place.
"""

import re
from collections.abc import Mapping

KNOWN: Mapping[str, str] = {
    "component": "the first affected component",
    "components": "all affected components",
    "region": "the first affected region",
    "regions": "all affected regions",
    "severity": "how grave it is",
    "status": "the incident's state",
    "started_at": "when it began",
    "reason": "what was measured",
}
_BLANK = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class PlaceholderError(ValueError):
    """A wording has a blank that nobody knows, or that there is nothing to fill with."""


def refuse_unknown(text: str) -> None:
    """Raise BlankError, naming the first blank that is not known."""
    for name in _BLANK.findall(text):
        if name not in KNOWN:
            known = ", ".join(f"{{{each}}}" for each in KNOWN)
            raise PlaceholderError(f"There is no blank {{{name}}}; there are {known}.")


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its blanks filled. Raises BlankError naming one it cannot fill."""
    refuse_unknown(text)

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if not values.get(name):
            raise PlaceholderError(f"There is nothing to fill {{{name}}} with: {KNOWN[name]}.")
        return values[name]

    return _BLANK.sub(value, text)
