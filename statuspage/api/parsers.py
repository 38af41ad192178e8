"""Parser of JSON of bounded depth, so that nothing that reads it can run out of stack."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 32
"""Levels of lists and objects; the deepest body that the API knows has four."""


class BoundedJSONParser(JSONParser):
    """A JSONParser that refuses what is nested too deeply, as malformed (400)."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_TOO_DEEP) from None
        level, depth = [data], 0
        while level := [inner for each in level for inner in _children(each)]:
            depth += 1
            if depth > MAX_DEPTH:
                raise ParseError(_TOO_DEEP)
        return data


_TOO_DEEP = f"JSON may be nested {MAX_DEPTH} levels deep at most."


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
