"""Reads forms whose names nest: `incident[components][id]=operational`, `incident[ids][]=a`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from components.values import foreign_json

MAX_FIELDS = 1_000
MAX_LEVELS = 4
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_KEY = re.compile(r"\[([^\[\]]*)\]")


def read_form(body: bytes) -> dict[str, Any]:
    """Return the fields of a form, nested as their names say; values are text.

    Raises ValueError saying what is wrong with it. Of a field that comes twice the last one counts.
    """
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise ValueError("This is not a form: it is not UTF-8.") from None
    except ValueError:
        raise ValueError(f"Write at most {MAX_FIELDS} fields.") from None
    form: dict[str, Any] = {}
    for name, value in fields:
        if not (foreign_json.is_storable(name) and foreign_json.is_storable(value)):
            raise ValueError("The form has a NUL character.")
        _put(form, _keys(name), value)
    return form


def _keys(name: str) -> list[str]:
    """Return the keys that a name stands for; a last one of '' is a list's."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"“{name[:40]}” is no name of a field: write one such as incident[name].")
    keys = [found[1], *_KEY.findall(found[2])]
    if len(keys) > MAX_LEVELS or "" in keys[:-1]:
        raise ValueError(f"“{name[:40]}” is nested too deeply.")
    return keys


def _put(form: dict[str, Any], keys: list[str], value: str) -> None:
    into: Any = form
    for number, key in enumerate(keys[:-1], start=1):
        holds: type = list if keys[number] == "" else dict
        into = into.setdefault(key, holds())
        if not isinstance(into, holds):
            raise ValueError(f"“{key[:40]}” is sent in two ways.")
    if isinstance(into, list):
        into.append(value)
    elif isinstance(into.get(keys[-1], ""), str):
        into[keys[-1]] = value
    else:
        raise ValueError(f"“{keys[-1][:40]}” is sent in two ways.")
