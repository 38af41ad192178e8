"""S1: no target, however it is written or wherever it leads, gets a packet to a closed address.

Every textual form goes through every door (admin, API POST, PUT and PATCH) and is then checked as
the product stores it, against a real server that must not be reached. The guard's own table is in
`tests/monitors/probing/test_guarded_addresses.py`.
"""

import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from components.network.address_guard import AddressGuard
from monitors import on_demand
from monitors.models import Monitor
from monitors.probing.base import CheckResult, Outcome, ProbeStatus
from monitors.worker.probe_factory import prober_and_config
from monitors.worker.target_guard import configured_guard
from statuspage.access import tokens
from tests import build
from tests.monitors.checks import make, outcome_of, probe
from tests.servers import Target

FORMS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0", "0.0.0.0",
    "localhost", "a.localhost", "127.0.0.1.", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254",
    "[fd00:ec2::254]", "100.100.100.200", "10.0.0.1", "100.64.0.1", "[fec0::1]", "224.0.0.1",
    "[2606:4700::5efe:7f00:1]",
    "good.example@127.0.0.1", "127.0.0.1%2f@good.example", "%31%32%37.0.0.1",
]  # fmt: skip
ALWAYS = ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "[::ffff:a9fe:a9fe]",
          "2852039166", "0xa9fea9fe", "[64:ff9b::a9fe:a9fe]", "224.0.0.1"]  # fmt: skip
API = "/api/v1/monitors"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target() as started:
        yield started


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "private_targets", False)


def body(config: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": "m", "component": build.component().slug, "kind": "endpoint",
            "config": config, "interval": 30, "timeout": 1, **fields}  # fmt: skip


class Doors:
    """Every way in which somebody can set a monitor's target."""

    def __init__(self, staff: Client) -> None:
        self._staff, self._client = staff, Client()
        key = tokens.create(name="t", scopes=["monitors:read", "monitors:write"])
        self._headers = {"Authorization": f"Bearer {key}"}

    def admin(self, url: str) -> None:
        form = {
            "name": "m", "component": build.component().pk, "interval": "30", "timeout": "1",
            "confirm_down": "1", "confirm_up": "0", "enabled": "on", "config_url": url,
            "config_method": "GET", "config_expected_status": "200-399",
            "config_follow_redirects": "5", "config_max_bytes": "1000",
            "config_ip_version": "any", "config_http_version": "any",
        }  # fmt: skip
        self._staff.post(reverse("admin:monitors_monitor_add"), form)

    def post(self, url: str) -> None:
        self._send("post", API, body({"url": url}))

    def put(self, url: str) -> None:
        monitor = build.monitor()
        answer = self._send("put", f"{API}/{monitor.pk}", body({"url": url}))
        if answer.status_code != 200:
            monitor.delete()

    def patch(self, url: str) -> None:
        monitor = build.monitor()
        answer = self._send("patch", f"{API}/{monitor.pk}", {"config": {"url": url}})
        if answer.status_code != 200:
            monitor.delete()

    def _send(self, method: str, address: str, data: dict[str, Any]) -> Any:
        send: Callable[..., Any] = getattr(self._client, method)
        return send(address, data, content_type="application/json", headers=self._headers)


@pytest.mark.parametrize("door", ["admin", "post", "put", "patch"])
def test_s1_no_form_of_an_address_gets_through_any_door(
    door: str, target: Target, staff: Client, closed: None
) -> None:
    doors, before = Doors(staff), target.accepted
    for form in FORMS:
        getattr(doors, door)(f"http://{form}:{target.port}/ok")
    monitors = list(Monitor.objects.all())

    found = checked(monitors)

    refused_at_the_door = 2  # those with an @
    assert len(monitors) == len(FORMS) - refused_at_the_door
    for monitor in monitors:
        outcome = found[monitor.pk].outcome
        assert outcome.status is ProbeStatus.INCONCLUSIVE, (monitor.config, outcome)
        assert outcome.message.startswith("blocked address"), (monitor.config, outcome)
    assert target.accepted == before


def checked(monitors: list[Monitor]) -> dict[int, CheckResult]:
    """What a shift would find of them, with the address guard of the settings."""
    probes = []
    for monitor in monitors:
        prober, config = prober_and_config(monitor)
        probes.append(probe(config, key=monitor.pk, timeout=5.0, prober=prober))
    return make(probes, guard=configured_guard())


@pytest.mark.parametrize(
    ("kind", "settings_for"),
    [
        ("endpoint", lambda host: {"url": f"http://{host}/"}),
        ("tcp", lambda host: {"host": host.strip("[]"), "port": 80}),
        ("certificate", lambda host: {"host": host.strip("[]")}),
        ("storage", lambda host: {"url": f"http://{host}", "bucket": "models", "access_key": "A",
                                  "secret_key": "S"}),
    ],
)  # fmt: skip
def test_s1_metadata_addresses_are_closed_to_every_kind_even_where_private_ones_are_open(
    kind: str, settings_for: Callable[[str], dict[str, Any]], staff: Client
) -> None:
    assert configured_guard().allow_private
    doors = Doors(staff)
    for host in ALWAYS:
        doors._send("post", API, body(settings_for(host), kind=kind))
    monitors = list(Monitor.objects.all())

    found = checked(monitors)

    assert len(monitors) == len(ALWAYS) or kind in ("tcp", "certificate")  # decimal forms are names
    for monitor in monitors:
        outcome = found[monitor.pk].outcome
        assert outcome.status is ProbeStatus.INCONCLUSIVE, (monitor.config, outcome)
        assert outcome.message.startswith("blocked address"), (monitor.config, outcome)


@pytest.mark.parametrize("to", ["127.0.0.1", "[::ffff:7f00:1]", "2130706433", "localhost"])
def test_s1_a_redirect_from_an_open_address_to_a_closed_one_is_not_followed(
    to: str,
) -> None:
    with Target() as inner, Front() as front:
        url = f"http://127.0.0.2:{front.port}/redirect?to=http://{to}:{inner.port}/ok"
        outcome = outcome_of(url, guard=ONLY_FRONT)

        assert outcome.message.startswith("blocked address "), outcome
        assert outcome.status is ProbeStatus.INCONCLUSIVE
        assert inner.accepted == 0
        assert front.accepted == 1


class Front(Target):
    """A target on an address of its own, which the guard leaves open."""

    address = "127.0.0.2"


ONLY_FRONT = AddressGuard(allow_private=False, allowed_networks=(ip_network("127.0.0.2/32"),))


def answer_with(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> list[str]:
    """Have name servers answer so, one address a question, the last one for ever."""
    left = list(answers)
    real = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **options: Any) -> list[Any]:
        if host != b"rebound.example":
            return real(host, *args, **options)
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return left


@pytest.mark.parametrize("kind", ["endpoint", "tcp", "certificate", "storage"])
def test_s1_a_name_that_answers_differently_the_second_time_leads_nowhere(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that is judged is the one that is connected to: there is no time in between."""
    with Target() as inner:
        configs: dict[str, dict[str, Any]] = {
            "endpoint": {"url": f"http://rebound.example:{inner.port}/"},
            "tcp": {"host": "rebound.example", "port": inner.port},
            "certificate": {"host": "rebound.example", "port": inner.port},
            "storage": {"url": f"http://rebound.example:{inner.port}", "bucket": "models",
                        "access_key": "A", "secret_key": "S"},
        }  # fmt: skip
        answer_with(monkeypatch, ["127.0.0.2", "127.0.0.1"])

        first = once(kind, configs[kind])
        second = once(kind, configs[kind])

        assert first.status is ProbeStatus.DOWN  # 127.0.0.2 may be reached, and nobody is there
        assert second.message == "blocked address 127.0.0.1: loopback"
        assert inner.accepted == 0


def once(kind: str, config: dict[str, Any]) -> Outcome:
    monitor = Monitor(name="m", kind=kind, config=config, timeout=1)
    return on_demand.check_now(monitor, guard=ONLY_FRONT).outcome
