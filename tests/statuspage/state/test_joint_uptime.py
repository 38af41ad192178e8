"""The uptime of several components: of those that count and are known, and never invented."""

import pytest

from statuspage.state.joint_uptime import joint_uptime
from tests.statuspage.page_states import component


@pytest.mark.parametrize(
    ("uptimes", "joint"),
    [([], None), ([None], None), ([None, 99.0], 99.0), ([100.0, 99.0, 98.0], 99.0)],
)
def test_it_is_the_mean_of_what_is_known(uptimes: list[float | None], joint: float | None) -> None:
    assert joint_uptime(component(uptime=each) for each in uptimes) == joint


def test_what_does_not_count_for_the_overall_status_does_not_count_here() -> None:
    aside = component(uptime=1.0, counts_for_overall=False)

    assert joint_uptime([aside]) is None
    assert joint_uptime([aside, component(uptime=99.0)]) == 99.0
