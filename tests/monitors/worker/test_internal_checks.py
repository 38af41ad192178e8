"""The kind `readers` (X14): the share of a group's live readers, from real registrations."""

import time

import pytest
from django.test import Client

from components.status import Status
from monitors.models import Check, Monitor, Reader
from monitors.probers.readers import ReadersConfig, judge
from monitors.services import save_monitor
from monitors.worker import internal_checks, leases
from statuspage.access import tokens
from statuspage.publishing import projector
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def watching(**config: object) -> Monitor:
    made = Monitor(
        name="Shared Agents",
        component=build.component("Shared Agents"),
        kind="readers",
        config={"group": "agents", **config},
        interval=1,
        timeout=1,
        confirm_down=0,
    )
    return save_monitor(made, regions=[build.region("eu-west")], now=time.time() - 10)


def register(client: Client, *names: str) -> None:
    key = tokens.create(name=f"t {time.time_ns()}", scopes=["readers:write"])
    for name in names:
        body = {"consumer_name": name, "consumer_groups": ["agents"]}
        answer = client.post(
            "/api/v1/readers/heartbeat",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.status_code == 200


def kill(*names: str) -> None:
    Reader.objects.filter(name__in=names).update(heartbeat=time.time() - 60)


@pytest.mark.parametrize(
    ("live", "known", "expected", "word"),
    [
        (4, 4, None, "up"),
        (3, 4, None, "degraded"),
        (2, 4, None, "degraded"),
        (1, 4, None, "down"),
        (0, 4, None, "down"),
        (0, 0, None, "inconclusive"),
        (2, 2, 4, "degraded"),
        (0, 0, 4, "down"),
    ],
)
def test_x14_the_share_decides(live: int, known: int, expected: int | None, word: str) -> None:
    config = ReadersConfig(group="agents", expected=expected)

    assert judge(config, live=live, known=known).status == word


def test_nobody_live_is_down_whatever_the_thresholds() -> None:
    config = ReadersConfig(group="agents", down_below=0, degraded_below=0)

    assert judge(config, live=0, known=3).status == "down"


def test_x14_many_agents_are_one_component(client: Client) -> None:
    monitor = watching()
    told = []

    register(client, "a", "b", "c", "d")
    for dying in ((), ("a",), ("b", "c")):
        kill(*dying)
        Check.objects.update(due=time.time())
        internal_checks.evaluate_due(now=time.time())
        projector.catch_up()
        told.append(build.status_of(monitor.component))

    assert told == [Status.OPERATIONAL, Status.DEGRADED, Status.MAJOR_OUTAGE]
    assert build.check(monitor).message == "1 of 4 readers are live"


def test_it_is_judged_once_when_it_is_due_and_no_worker_takes_it() -> None:
    monitor = watching(expected=2)
    now = time.time()

    judged = [internal_checks.evaluate_due(now=now) for _ in range(2)]
    claimed = leases.lease_due(region="global", lease="x", now=now + 60, horizon=now + 60, limit=9)

    assert judged == [1, 0]
    assert claimed == []
    check = build.check(monitor)
    assert check.due is not None
    assert check.due > now
    assert internal_checks.evaluate_due(now=check.due + 0.1) == 0
    assert build.check(monitor).checked == check.due + 0.1
