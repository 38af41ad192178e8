"""Groups in groups: one level, no loops, and hidden as what they are a part of is."""

import pytest
from django.core.exceptions import ValidationError

from components.models import Component, Group
from components.services import delete_group, save_group
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def refusal(group: Group, parent: Group) -> str:
    group.parent = parent
    with pytest.raises(ValidationError) as refused:
        save_group(group)
    group.refresh_from_db()
    return str(refused.value.message_dict["parent"][0])


def test_loops_and_a_second_level_are_refused_in_words() -> None:
    platform, other = build.group("Platform"), build.group("Other")
    storage = build.group("Storage", parent=platform)

    assert refusal(platform, platform) == "A group cannot be a part of itself."
    assert refusal(platform, storage) == (
        "“Storage” is a part of this group: that would be a loop."
    )
    assert refusal(other, storage) == ("“Storage” is a part of “Platform”: groups have one level.")
    assert refusal(platform, other) == "This group has parts of its own: groups have one level."
    assert list(Group.objects.filter(parent__isnull=False)) == [storage]


def test_what_was_read_before_another_became_a_part_makes_no_loop() -> None:
    first, second = build.group("First"), build.group("Second")
    stale = Group.objects.get(pk=second.pk)
    second.parent = first
    save_group(second)

    first.parent = stale
    with pytest.raises(ValidationError, match="that would be a loop"):
        save_group(first)


def test_a_hidden_group_hides_its_parts() -> None:
    platform = build.group("Platform", visible=False)
    storage = build.group("Storage", parent=platform)
    hidden, shown = build.component(group=storage), build.component(group=build.group())

    assert list(Component.objects.public()) == [shown]
    assert not Component.objects.get(pk=hidden.pk).is_public

    platform.visible = True
    save_group(platform)
    assert Component.objects.public().count() == 2
    assert Component.objects.get(pk=hidden.pk).is_public


def test_parts_of_a_deleted_group_stand_by_themselves() -> None:
    platform = build.group("Platform")
    storage = build.group("Storage", parent=platform)

    delete_group(platform)

    storage.refresh_from_db()
    assert (storage.parent, storage.path) == (None, "Storage")
