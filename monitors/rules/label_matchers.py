"""Matchers of labels, as Alertmanager writes them: `severity="critical", job=~"api|web"`.

`=` and `!=` compare, `=~` and `!~` match the whole value by RE2, in linear time. A label that an
alert does not have is empty. Syntax: prometheus.io/docs/alerting/latest/configuration, “Matcher”.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from monitors.probing.regex import compile_pattern

MAX_MATCHERS = 50
_MATCHER = re.compile(
    r"""\s*(?P<name>[A-Za-z_][\w.:/-]*)\s*(?P<operator>=~|!~|!=|=)\s*"""
    r"""(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"{},=~!]*))\s*(?P<end>,|\Z)""",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """One comparison of a label."""

    name: str
    operator: str
    value: str
    pattern: Any = None
    """The compiled value, of `=~` and `!~`."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an alert's labels are as it says."""
        found = labels.get(self.name, "")
        if self.pattern is None:
            is_same = found == self.value
        else:
            is_same = self.pattern.fullmatch(found.encode(errors="replace")) is not None
        return is_same != self.operator.startswith("!")


def parse(text: str) -> tuple[Matcher, ...]:
    """Return the matchers of a line; none match every alert. Raises ValueError saying where."""
    inside = text.strip()
    if inside.startswith("{") and inside.endswith("}"):
        inside = inside[1:-1].strip()
    matchers: list[Matcher] = []
    at = 0
    while at < len(inside):
        found = _MATCHER.match(inside, at)
        if found is None:
            rest = inside[at : at + 40].strip()
            raise ValueError(f'Enter matchers such as severity="critical"; “{rest}” is none.')
        matchers.append(_matcher(found))
        at = found.end()
    if len(matchers) > MAX_MATCHERS:
        raise ValueError(f"Enter at most {MAX_MATCHERS} matchers.")
    return tuple(matchers)


def matches_all(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Return whether labels are as all matchers say."""
    return all(matcher.matches(labels) for matcher in matchers)


def _matcher(found: re.Match[str]) -> Matcher:
    value = found["bare"] or ""
    if found["quoted"] is not None:
        try:
            value = str(json.loads(f'"{found["quoted"]}"'))
        except ValueError:
            # A pattern such as "\d+" is written as it is.
            value = found["quoted"]
    name, operator = found["name"], found["operator"]
    if "~" not in operator:
        return Matcher(name, operator, value)
    try:
        return Matcher(name, operator, value, compile_pattern(value))
    except ValueError as error:
        raise ValueError(f"{name}: “{value}” {error}.") from None
