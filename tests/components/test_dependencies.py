"""Dependency walks end in any graph, and cycles are found and named (T28)."""

from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from components.dependencies import closure, describe_cycle, find_cycle, reversed_graph
from components.models import Component
from components.selectors import dependency_graph
from components.services import save_component
from tests import build

GRAPHS = st.dictionaries(
    st.integers(0, 7), st.lists(st.integers(0, 7), unique=True, max_size=7), max_size=8
)


def test_the_closure_is_nearest_first() -> None:
    assert closure({1: [2, 3], 3: [4], 2: [5]}, 1) == (2, 3, 5, 4)


@given(GRAPHS, st.integers(0, 7))
def test_every_walk_terminates_and_visits_each_once_t28(
    graph: dict[int, list[int]], start: int
) -> None:
    found = closure(graph, start)

    assert len(set(found)) == len(found)
    assert start not in found


@given(GRAPHS, st.integers(0, 7))
def test_a_cycle_is_found_exactly_when_there_is_one_and_is_real(
    graph: dict[int, list[int]], start: int
) -> None:
    cycle = find_cycle(graph, start)

    reachable = {start, *closure(graph, start)}
    assert bool(cycle) == any(start in graph.get(each, ()) for each in reachable)
    for here, there in pairwise(cycle):
        assert there in graph[here]
    if cycle:
        assert cycle[0] == cycle[-1] == start


def test_edges_can_be_walked_the_other_way() -> None:
    assert reversed_graph({1: [2, 3], 4: [2]}) == {2: [1, 4], 3: [1]}


def test_a_cycle_is_told_by_names() -> None:
    assert describe_cycle((1, 2, 1), {1: "API", 2: "Database"}) == "API → Database → API"


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_cycle_is_refused_and_named_when_saved_t28() -> None:
    api, database, disk = (build.component(name) for name in ("API", "Database", "Disk"))
    save_component(api, depends_on=[database])
    save_component(database, depends_on=[disk])

    with pytest.raises(ValidationError, match="Disk → API → Database → Disk"):
        save_component(disk, depends_on=[api])
    with pytest.raises(ValidationError, match="API → API"):
        save_component(api, depends_on=[api])

    assert dependency_graph() == {api.pk: [database.pk], database.pk: [disk.pk]}


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_an_edit_does_not_undo_what_the_projector_derived_meanwhile() -> None:
    component = build.component("Shop")
    Component.objects.filter(pk=component.pk).update(status="degraded")

    component.name = "Store"
    save_component(component)

    stored = Component.objects.get()
    assert (stored.name, stored.version) == ("Store", 1)
