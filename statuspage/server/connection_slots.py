"""Who gives way when all places for connections are taken; the same for both servers (S13).

What waits gives way before what works: connections between two requests, then those whose head
does not come, then readers that do not read, streams, and bodies that come slowly. A request that
is being worked on goes last, and nothing that began within the last second goes before all that is
older, so that the page, which takes milliseconds, is always answered. Among equals the network
that holds most gives way, and there what holds least: the longest idle, the youngest stream.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from components.network.client_networks import network_of, wide_network_of
from statuspage.server.gc_tuning import Departures

GRACE = 1.0
"""Seconds for which nothing gives way as long as there is anything older."""
WIDE_SHARE = 16
"""A wide network counts as a network that holds so much less: its owner has many."""
BATCH_SHARE = 16
"""This part of the places is freed at a time: looking for whom costs by the connection."""


class Phase(IntEnum):
    """What a connection does, in the order in which they give way."""

    IDLE = 0
    """Between two requests."""
    HEAD = 1
    """The head of its request has not come whole."""
    STALLED = 2
    """Its client does not read what it is sent."""
    STREAM = 3
    """Its response may be given up: a stream, or the answer to a guess, which is made to wait."""
    BODY = 4
    """The body of its request has not come whole."""
    ANSWERING = 5


@dataclass(frozen=True, slots=True)
class Networks:
    """The network of a client, and the wide one that it is part of."""

    narrow: str
    wide: str

    @classmethod
    def of(cls, address: str) -> "Networks":
        return cls(network_of(address), wide_network_of(address))


class Connection(Protocol):
    """What holds a place."""

    networks: Networks

    def standing(self) -> tuple[Phase, float]:
        """Return what it does, and since when by the loop's clock."""

    def give_way(self) -> None:
        """Close at once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A connection as the rule sees it."""

    networks: Networks
    phase: Phase
    since: float


def who_gives_way(connections: Sequence[Standing], *, count: int, now: float) -> list[int]:
    """Return the indices of those that give way, `count` of them at most; see the module."""

    def turn(index: int) -> tuple[bool, Phase]:
        each = connections[index]
        return now - each.since < GRACE, each.phase

    by_turn: dict[tuple[bool, Phase], list[int]] = {}
    for index in range(len(connections)):
        by_turn.setdefault(turn(index), []).append(index)
    chosen: list[int] = []
    for key in sorted(by_turn):
        if key == (True, Phase.ANSWERING):
            break  # it may be the page
        chosen += _of_greediest(connections, by_turn[key])[: count - len(chosen)]
        if len(chosen) >= count:
            break
    return chosen


def _of_greediest(connections: Sequence[Standing], indices: list[int]) -> list[int]:
    """Return `indices`, those first whose network would hold most without those before them."""
    youngest_first = connections[indices[0]].phase in (Phase.STREAM, Phase.ANSWERING)
    indices = sorted(indices, key=lambda each: connections[each].since, reverse=youngest_first)
    narrow = Counter(connections[each].networks.narrow for each in indices)
    wide = Counter(connections[each].networks.wide for each in indices)
    left: dict[int, float] = {}
    for each in indices:
        networks = connections[each].networks
        left[each] = max(narrow[networks.narrow], wide[networks.wide] / WIDE_SHARE)
        narrow[networks.narrow] -= 1
        wide[networks.wide] -= 1
    return sorted(indices, key=lambda each: -left[each])


class PlaceRegister:
    """The connections of this process, no more than there are places."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._connections: dict[Connection, None] = {}
        self._departures = Departures()

    def __len__(self) -> int:
        return len(self._connections)

    def enter(self, connection: Connection, *, now: float) -> None:
        """Add a connection; others give way to it, or it does itself where none may."""
        self._connections[connection] = None
        if len(self._connections) <= self._places:
            return
        held = list(self._connections)[:-1]
        standings = [Standing(each.networks, *each.standing()) for each in held]
        count = max(1, self._places // BATCH_SHARE)
        leaving = [held[index] for index in who_gives_way(standings, count=count, now=now)]
        self._end(leaving or [connection])

    def leave(self, connection: Connection) -> None:
        """Remove a connection that has ended; doing so twice changes nothing."""
        if connection in self._connections:
            del self._connections[connection]
            self._departures.add()

    def _end(self, leaving: Iterable[Connection]) -> None:
        for each in leaving:
            self.leave(each)
            each.give_way()
