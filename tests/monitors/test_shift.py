"""A probe shift: what is due is made by the engine, of whatever kind, and stored."""

import socket
import time

import pytest

from monitors.engine import Engine
from monitors.models import Check, Monitor, Slot
from monitors.selectors import latest_results
from monitors.services import save_monitor
from monitors.shift import Clerk, Targets, run_shift
from tests import build
from tests.monitors.probing import OPEN
from tests.servers import Mute

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def monitor_of(kind: str, **config: object) -> Check:
    made = Monitor(
        name=kind, component=build.component(), kind=kind, config=config, interval=10, timeout=1
    )
    save_monitor(made, regions=())
    Check.objects.update(due=time.time())
    return build.check(made)


def shift(seconds: float = 0.6) -> int:
    Slot.objects.get_or_create(region="global", number=0)
    engine = Engine(guard=OPEN)
    try:
        return run_shift(
            region="global", slot=0, engine=engine, stopping=lambda: False, seconds=seconds
        )
    finally:
        engine.close()


def test_a_kind_that_blocks_is_made_and_stored() -> None:
    with Mute() as mute:
        up = monitor_of("tcp", host="127.0.0.1", port=mute.port)
        with socket.create_server(("127.0.0.1", 0)) as once:
            port = once.getsockname()[1]
        down = monitor_of("tcp", host="127.0.0.1", port=port)

        made = shift()

    # At least: the next regular instant of either may fall into the same shift.
    assert made >= 2
    assert {result.word for result in latest_results(up)} == {"up"}
    assert {(result.word, result.message) for result in latest_results(down)} == {
        ("down", "connection refused")
    }


def test_checks_in_threads_take_no_places_from_claims_of_transfers() -> None:
    clerk = Clerk(
        region="global", slot=0, holder="one", capacity=2, targets=Targets(region="global")
    )
    for _ in range(3):
        monitor_of("tcp", host="127.0.0.1", port=9)
    clerk._claim(time.time())
    clerk._claim(time.time())

    assert clerk.claimed.qsize() == 3
