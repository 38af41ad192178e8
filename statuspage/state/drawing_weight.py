"""How much a browser has to draw for an SVG: references to its own parts multiply them.

Ten `<use>` of a group of ten `<use>` of a group … are a few lines and millions of shapes, at which
every visitor's browser hangs. Masks, clips and gradients multiply alike.
"""

import re
from collections.abc import Mapping

MAX_DRAWN = 20_000
"""Elements, each counted as often as it is drawn."""
_MAX_CHAIN = 200
_OWN_URL = re.compile(r"url\(#([-\w.]+)\)", re.ASCII)


class Weight:
    """The elements of a drawing and what they refer to, told in the order of the file."""

    def __init__(self) -> None:
        self._children: list[list[int]] = []
        self._references: list[list[str]] = []
        self._ids: dict[str, int] = {}
        self._open: list[int] = []

    def enter(self, attributes: Mapping[str, str]) -> None:
        """Note that an element begins, with these attributes."""
        number = len(self._children)
        if self._open:
            self._children[self._open[-1]].append(number)
        self._open.append(number)
        self._children.append([])
        named = [name for text in attributes.values() for name in _OWN_URL.findall(text)]
        if "href" in attributes:
            named.append(attributes["href"].strip().removeprefix("#"))
        self._references.append(named)
        if "id" in attributes:
            self._ids.setdefault(attributes["id"], number)

    def leave(self) -> None:
        """Note that the element that began last ends."""
        self._open.pop()

    def is_too_much(self) -> bool:
        """Whether more is drawn than allowed, or something of itself."""
        known: dict[int, int] = {}
        under_way: set[int] = set()

        def drawn(number: int) -> int:
            if number in known:
                return known[number]
            if number in under_way or len(under_way) > _MAX_CHAIN:
                raise RecursionError
            under_way.add(number)
            named = (self._ids[name] for name in self._references[number] if name in self._ids)
            total = 1 + sum(min(drawn(each), MAX_DRAWN + 1) for each in self._children[number])
            total += sum(min(drawn(each), MAX_DRAWN + 1) for each in named)
            under_way.discard(number)
            known[number] = total
            return total

        try:
            return bool(self._children) and drawn(0) > MAX_DRAWN
        except RecursionError:
            return True
