"""`manage.py spectacular`: writes the OpenAPI document; called by `make schema`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

try:
    from drf_spectacular.management.commands.spectacular import Command as Spectacular
except ImportError:
    raise SystemExit("Only a developer's installation can do this: make schema") from None


class LinesRenderer:
    """A renderer of JSON with one path, shape or response a line, for readable diffs."""

    def render(self, document: Mapping[str, Any], renderer_context: object) -> bytes:
        return ("\n".join(_lines(document)) + "\n").encode()


class Command(Spectacular):
    def get_renderer(self, format: str) -> Any:  # noqa: A002  (the base class's name)
        return LinesRenderer() if format == "openapi-json" else super().get_renderer(format)


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield "{"
    for number, (name, value) in enumerate(document.items(), start=1):
        comma = "," if number < len(document) else ""
        if name == "components":
            yield f'"{name}": {{'
            for place, (kind, entries) in enumerate(value.items(), start=1):
                yield from _entries(kind, entries, "," if place < len(value) else "")
            yield f"}}{comma}"
        elif name == "paths":
            yield from _entries(name, value, comma)
        else:
            yield f"{json.dumps(name)}: {_one(value)}{comma}"
    yield "}"


def _entries(name: str, entries: Mapping[str, Any], comma: str) -> Iterator[str]:
    yield f"{json.dumps(name)}: {{"
    lines = [f"{json.dumps(key)}: {_one(value)}" for key, value in entries.items()]
    yield ",\n".join(lines)
    yield f"}}{comma}"


def _one(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
