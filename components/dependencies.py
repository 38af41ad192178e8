"""The dependency graph: cycles are found and named, and every walk ends even if there is one.

A graph maps a component's id to the ids that it depends on directly.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping

Graph = Mapping[int, Collection[int]]


def closure(graph: Graph, start: int) -> tuple[int, ...]:
    """Return all ids that `start` depends on, directly or not, nearest first, without `start`.

    Each id is visited once, so the walk ends in any graph, a cyclic one included (T28).
    """
    found: dict[int, None] = {}
    waiting = deque([start])
    while waiting:
        for needed in sorted(graph.get(waiting.popleft(), ())):
            if needed != start and needed not in found:
                found[needed] = None
                waiting.append(needed)
    return tuple(found)


def reversed_graph(graph: Graph) -> dict[int, list[int]]:
    """Return the graph with its edges reversed: an id's direct dependants."""
    dependants: dict[int, list[int]] = {}
    for each, needs in graph.items():
        for needed in needs:
            dependants.setdefault(needed, []).append(each)
    return dependants


def find_cycle(graph: Graph, start: int) -> tuple[int, ...]:
    """Return the shortest path from `start` back to itself, both ends included; () if none."""
    previous: dict[int, int] = {}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for needed in sorted(graph.get(here, ())):
            if needed == start:
                return _path(previous, start, here)
            if needed not in previous:
                previous[needed] = here
                waiting.append(needed)
    return ()


def _path(previous: Mapping[int, int], start: int, last: int) -> tuple[int, ...]:
    backwards = [start]
    while last != start:
        backwards.append(last)
        last = previous[last]
    return (start, *reversed(backwards[1:]), start)


def describe_cycle(cycle: Iterable[int], names: Mapping[int, str]) -> str:
    """Return a cycle as text for people: `API → Database → API`."""
    return " → ".join(names.get(each, str(each)) for each in cycle)
