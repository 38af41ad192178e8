"""Reads and writes the text of a document: YAML, or JSON.

What is read is plain values only. YAML is that of version 1.2: `22:00` and `2026-01-01` are texts,
`on` is one too. Aliases and merge keys are refused, for with them a few lines can say billions.
"""

import re
from collections.abc import Hashable
from contextlib import suppress
from typing import Any

import yaml

from components.values import foreign_json
from statuspage.catalogue.errors import DocumentError, Mistake

_MAX_DIGITS = 19


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # not typed
    """A loader of plain values that refuses a name that is written twice."""

    yaml_implicit_resolvers: Any = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.constructor.ConstructorError(
                    None, None, "a name must be text; put it in quotes", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"“{key.value[:60]}” is written twice", key.start_mark
                )
            seen.add(key.value)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


def _construct(loader: Any, node: Any) -> Any:
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _construct)
_PLAIN = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (rf"-?(?:0|[1-9][0-9]{{0,{_MAX_DIGITS - 1}}})", list("-0123456789")),
    # An exponent has a sign, as in what is written: no text comes back a number.
    "float": (r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+][0-9]+)?", list("-0123456789")),
}
for _name, (_pattern, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), _first
    )


def read_text(text: str) -> Any:
    """Return the plain value of a document in YAML or JSON. Raises DocumentError."""
    try:
        if text.lstrip().startswith("{"):
            with suppress(foreign_json.ForeignJsonError):
                return foreign_json.load(text)  # else YAML, which may begin so as well
        _check_events(text)
        value = yaml.load(text, Loader=_Loader)  # noqa: S506  (a safe loader)
        foreign_json.check_storable(value)
    except foreign_json.ForeignJsonError as error:
        raise DocumentError([Mistake("", str(error))]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError([Mistake("", f"This is not YAML: {_said(error)}")]) from None
    return value


def _check_events(text: str) -> None:
    """Refuse aliases, and what is nested too deeply, before anything is made of it."""
    depth = 0
    events: Any = yaml.parse(text, Loader=_Loader)
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            message = f"line {line}: aliases (*{event.anchor}) are not read; write it out."
            raise DocumentError([Mistake("", message)])
        if getattr(event, "tag", None):
            message = f"line {line}: tags ({event.tag}) are not read; leave it out."
            raise DocumentError([Mistake("", message)])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > foreign_json.MAX_DEPTH:
            message = f"It may be nested {foreign_json.MAX_DEPTH} levels deep at most."
            raise DocumentError([Mistake("", message)])


def _said(error: Exception) -> str:
    """Return what is wrong with a text, in one line."""
    mark: Any = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}{' '.join(problem.split())}"[:300]


class _Dumper(yaml.SafeDumper):
    """A dumper that writes out what stands in two places."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_BREAKS = re.compile("[\\x85\\u2028\\u2029\\ufeff]")
"""What YAML reads as the end of a line, or drops, unless it is escaped."""


def _represent_text(dumper: _Dumper, text: str) -> Any:
    style = '"' if _BREAKS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def write_yaml(document: Any) -> str:
    """Return a document as YAML: the same text for the same document."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
