"""Where things stand on the page, and how they are moved there."""

from collections.abc import Collection

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from components import ordering
from components.models import Component, Group, JournalEntry
from components.services import reorder
from statuspage.publishing import snapshot
from tests import build

orders = st.lists(st.integers(0, 20), unique=True, max_size=12)


@given(orders, st.sets(st.integers(0, 20)))
def test_nothing_is_lost_and_the_chosen_stay_in_their_order(
    order: list[int], chosen: Collection[int]
) -> None:
    for move in (ordering.moved_up, ordering.moved_down, ordering.moved_to_top):
        moved = move(order, chosen)

        assert sorted(moved) == sorted(order)
        for kept in (set(chosen), set(order) - set(chosen)):
            assert [each for each in moved if each in kept] == [
                each for each in order if each in kept
            ]


def test_the_chosen_move_together_and_no_further_than_the_end() -> None:
    assert ordering.moved_up([1, 2, 3, 4], {3, 4}) == [1, 3, 4, 2]
    assert ordering.moved_up([1, 2, 3], {1, 2}) == [1, 2, 3]
    assert ordering.moved_down([1, 2, 3, 4], {1, 2}) == [3, 1, 2, 4]
    assert ordering.moved_to_top([1, 2, 3], {3}) == [3, 1, 2]


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
class TestInTheAdmin:
    def act(self, staff: Client, model: str, action: str, *rows: Component | Group) -> None:
        answer = staff.post(
            reverse(f"admin:components_{model}_changelist"),
            {"action": action, "_selected_action": [row.pk for row in rows]},
        )
        assert answer.status_code == 302

    @pytest.mark.projected
    def test_components_move_within_their_group_and_the_page_follows(self, staff: Client) -> None:
        group = build.group("Core")
        a, b, c = (build.component(name, group=group) for name in ("A", "B", "C"))
        other = build.component("Z")

        self.act(staff, "component", "move_up", c)
        self.act(staff, "component", "move_down", a)

        published = snapshot.load()
        assert published is not None
        assert [each.name for each in published.state.components] == ["C", "A", "B", "Z"]
        other.refresh_from_db()
        assert (other.sort_order, other.version) == (0, 0)
        assert b in group.components.all()

    def test_groups_move_to_the_top(self, staff: Client) -> None:
        build.group("A")
        last = build.group("B")
        before = JournalEntry.objects.latest("id").pk

        self.act(staff, "group", "move_to_the_top", last)

        assert [group.name for group in Group.objects.all()] == ["B", "A"]
        told = JournalEntry.objects.filter(id__gt=before, kind="group.changed")
        assert {each.actor for each in told} == {"olga"}

    def test_what_stands_there_already_is_not_written(self) -> None:
        rows = [build.group("A"), build.group("B")]
        reorder(rows)
        before = JournalEntry.objects.latest("id").pk

        reorder(rows)

        assert JournalEntry.objects.latest("id").pk == before

    def test_the_loser_of_two_who_edit_a_group_is_told_r17(self, staff: Client) -> None:
        group = build.group("Core")
        url = reverse("admin:components_group_change", args=[group.pk])
        form = {"sort_order": 0, "seen_version": group.version, "visible": "on"}

        first = staff.post(url, {**form, "name": "Hers"})
        second = staff.post(url, {**form, "name": "His"})

        group.refresh_from_db()
        assert (first.status_code, second.status_code, group.name) == (302, 200, "Hers")
        assert "<td>Hers</td><td>His</td>" in second.content.decode()
