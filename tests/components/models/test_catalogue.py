"""What the public may see, as a rule in Python and as a query."""

from itertools import product

import pytest

from components.models import Component
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_the_rule_and_the_query_agree_on_what_is_public() -> None:
    groups = [None, build.group(visible=True), build.group(visible=False)]
    for group, visible in product(groups, (True, False)):
        build.component(group=group, visible=visible)
    everything = Component.objects.select_related("group")

    assert len(everything) == 6
    assert {each for each in everything if each.is_public} == set(everything.public())
    assert len(everything.public()) == 2


def test_a_groups_components_can_be_asked_too() -> None:
    group = build.group()
    shown = build.component(group=group)
    build.component(group=group, visible=False)

    assert list(group.components.public()) == [shown]
