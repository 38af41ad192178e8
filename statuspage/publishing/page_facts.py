"""Digests of what pages show: where one is the stored one, the page's bytes say the same.

What pages share (components above all) is written as JSON once for all of them: fifty pages of a
hundred components show five thousand, which are a few hundred.
"""

import hashlib
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from statuspage.publishing.rendered import state_type
from statuspage.state.page_state import ComponentView, IncidentView, PageState, WindowView

Shared = ComponentView | IncidentView | WindowView
_SIZE = 12


class FactDigests:
    """Makes the digests of one publication's pages, given their facts (`selection.facts_of`).

    It keeps what it has digested, and with it the objects: their ids stay theirs.
    """

    def __init__(self) -> None:
        self._known: dict[int, bytes] = {}
        self._kept: list[Shared] = []

    def digest(self, facts: PageState) -> str:
        """Return the digest of everything that a page's facts say."""
        shared: tuple[tuple[Shared, ...], ...] = (
            *(group.components for group in facts.groups),
            facts.retired,
            facts.incidents,
            facts.past_incidents,
            facts.older_incidents,
            facts.windows,
            facts.past_windows,
            facts.older_windows,
        )
        rest = replace(
            facts,
            groups=tuple(replace(group, components=()) for group in facts.groups),
            retired=(),
            incidents=(),
            past_incidents=(),
            older_incidents=(),
            windows=(),
            past_windows=(),
            older_windows=(),
        )
        whole = hashlib.blake2b(state_type().dump_json(rest), digest_size=_SIZE)
        for items in shared:
            # The number first: nothing may move from one list to its neighbour unnoticed.
            whole.update(f"\n{len(items)}:".encode())
            whole.update(b"".join([self._known.get(id(each)) or self._add(each) for each in items]))
        return whole.hexdigest()

    def _add(self, item: Shared) -> bytes:
        json = type_of(type(item)).dump_json(item)
        made = hashlib.blake2b(json, digest_size=_SIZE).digest()
        self._known[id(item)] = made
        self._kept.append(item)
        return made


@cache
def _types() -> dict[type[Shared], TypeAdapter[Any]]:
    return {kind: TypeAdapter(kind) for kind in (ComponentView, IncidentView, WindowView)}


def type_of(kind: type[Shared]) -> TypeAdapter[Any]:
    """Return what writes one kind as JSON; they are made once for a process."""
    return _types()[kind]
