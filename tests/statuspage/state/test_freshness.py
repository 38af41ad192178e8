"""How fast answers came, and how fresh the evidence is."""

import pytest

from components.status import Verdict
from monitors.models import Check
from statuspage.state.freshness import freshness
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [(Verdict.UP, 12.0), (Verdict.DEGRADED, 12.0), (Verdict.DOWN, None), (Verdict.UNKNOWN, None)],
)
def test_only_what_answers_has_a_response_time_f_t17(verdict: Verdict, shown: float | None) -> None:
    """ "Major Outage · 1 ms" was how fast the connection was refused."""
    build.region()
    monitor = build.monitor()
    Check.objects.filter(monitor=monitor).update(verdict=verdict, latency_ms=12.0, checked=1.0)

    found = freshness({"global": "Global"})[monitor.component_id]

    assert found.latency_ms == shown
    assert [region.latency_ms for region in found.regions] == [shown]
    assert build.check(monitor).response_ms == shown


def test_of_several_checks_those_that_answer_make_the_time_f_t17() -> None:
    """A partial outage shows how fast the rest answers, not how fast the others refuse."""
    build.region()
    good = build.monitor()
    down = build.monitor(good.component)
    for monitor, verdict, ms in ((good, Verdict.UP, 80.0), (down, Verdict.DOWN, 1.0)):
        Check.objects.filter(monitor=monitor).update(verdict=verdict, latency_ms=ms, checked=1.0)

    found = freshness({"global": "Global"})[good.component_id]

    assert found.latency_ms == 80.0
