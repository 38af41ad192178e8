"""The kind `container`, against a real engine with real containers (M11 to M14)."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from components.network.address_guard import AddressGuard
from monitors.probers.container import ContainerConfig, ContainerProber, combine, judge
from monitors.probing.base import Outcome, ProbeStatus
from statuspage.drills.counterparts.private_podman import Podman
from tests.monitors.checks import make, probe
from tests.podman import podman
from tests.servers import LOCAL, Greeter, Mute, Target
from tests.waiting import ending, until


@pytest.fixture(scope="module")
def engine() -> Iterator[Podman]:
    with podman() as started:
        yield started


def check(socket: str, *, timeout: float = 5.0, allowed: bool = True, **settings: Any) -> Outcome:
    """One check as a worker makes it, in a thread beside the loop."""
    guard = AddressGuard(allow_private=True, container_sockets=(socket,) if allowed else ())
    config = ContainerConfig(socket=socket, **settings)
    made = make([probe(config, timeout=timeout, prober=ContainerProber())], guard=guard)
    return made[1].outcome


def test_m12_a_running_container_is_up(engine: Podman) -> None:
    engine.run("plain")

    outcome = check(engine.socket, container="plain")

    assert (outcome.status, outcome.message, outcome.code) == (ProbeStatus.UP, "", 0)
    assert outcome.latency_ms is not None


def test_m13_what_its_health_check_says_counts(engine: Podman) -> None:
    engine.run(
        "checked", "--health-cmd=CMD-SHELL test -e /tmp/well", "--health-retries=1",
        "--health-interval=disable",
    )  # fmt: skip

    starting = check(engine.socket, container="checked")
    for_long = check(engine.socket, container="checked", starting_seconds=0)
    engine("healthcheck", "run", "checked", good=False)
    unhealthy = check(engine.socket, container="checked")
    engine("exec", "checked", "/bin/touch", "/tmp/well")
    engine("healthcheck", "run", "checked")
    healthy = check(engine.socket, container="checked")

    assert starting.status is ProbeStatus.UP
    assert (for_long.status, for_long.message[:22]) == (
        ProbeStatus.DEGRADED,
        "checked: still startin",
    )
    assert (unhealthy.status, unhealthy.message) == (ProbeStatus.DEGRADED, "checked: unhealthy")
    assert (healthy.status, healthy.message) == (ProbeStatus.UP, "")


def test_m14_a_container_that_does_not_run_is_down_and_says_why(engine: Podman) -> None:
    engine.run("stopped")
    engine("pause", "stopped")
    paused = check(engine.socket, container="stopped")
    engine("unpause", "stopped")
    engine("kill", "stopped")
    until(lambda: check(engine.socket, container="stopped").status is ProbeStatus.DOWN, what="down")
    killed = check(engine.socket, container="stopped")
    engine("rm", "stopped")
    removed = check(engine.socket, container="stopped")

    assert (paused.status, paused.message) == (ProbeStatus.DOWN, "stopped: paused")
    assert (killed.status, killed.message) == (ProbeStatus.DOWN, "stopped: exited with code 137")
    assert (removed.status, removed.message) == (ProbeStatus.DOWN, "there is no container stopped")


def test_restarts_are_counted_and_a_fresh_one_may_count_as_degraded(engine: Podman) -> None:
    once = "test -e /tmp/again || { touch /tmp/again; exit 1; }; exec sleep 1000"
    engine.run("shaky", "--restart=on-failure:3", command=once)
    until(lambda: check(engine.socket, container="shaky").code == 1, what="a restart")

    strict = check(engine.socket, container="shaky", restart_seconds=600)
    lenient = check(engine.socket, container="shaky")

    assert (lenient.status, lenient.code) == (ProbeStatus.UP, 1)
    assert strict.status is ProbeStatus.DEGRADED
    assert "restarts so far: 1" in strict.message


def test_all_that_match_a_label_have_to_run_unless_fewer_will_do(engine: Podman) -> None:
    for name in ("one", "two"):
        engine.run(name, "--label=app=shop")
    both = check(engine.socket, label="app=shop")
    engine("kill", "two")
    until(lambda: check(engine.socket, label="app=shop").status is ProbeStatus.DOWN, what="down")

    all_wanted = check(engine.socket, label="app=shop")
    one_wanted = check(engine.socket, label="app", at_least=1)
    nobody = check(engine.socket, label="app=office")

    assert both.status is ProbeStatus.UP
    assert all_wanted.message == "1 of 2 run; two: exited with code 137"
    assert one_wanted.status is ProbeStatus.DEGRADED
    assert (nobody.status, nobody.message) == (
        ProbeStatus.DOWN,
        "no container has the label app=office",
    )


def test_a_socket_that_is_not_on_the_list_is_not_opened_s1(engine: Podman) -> None:
    outcome = check(engine.socket, allowed=False, container="plain")

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith("blocked: unix://")


def test_being_on_the_list_does_not_open_a_metadata_address_s1() -> None:
    outcome = check("tcp://169.254.169.254:2375", container="plain")

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith("blocked address 169.254.169.254")


def test_an_engine_that_is_not_there_says_nothing_about_the_container() -> None:
    outcome = check("unix:///nowhere/docker.sock", container="shop")

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message == (
        "the container engine at unix:///nowhere/docker.sock cannot be asked: "
        "no such file or directory"
    )


@pytest.mark.parametrize("path", ["/drip", "/garbage"])
def test_an_engine_that_talks_nonsense_says_nothing_about_the_container(path: str) -> None:
    with Target() as target, Greeter(b"\x00nonsense\r\n\r\n") as greeter:
        port = {"/drip": target.port, "/garbage": greeter.port}[path]

        outcome = check(f"tcp://{LOCAL}:{port}", container="shop")

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert "cannot be asked" in outcome.message


def test_a_silent_engine_is_given_up_at_the_deadline_s4() -> None:
    with Mute() as mute, ending("a check of a silent engine"):
        outcome = check(f"tcp://{LOCAL}:{mute.port}", container="shop", timeout=0.4)

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.endswith("no complete answer within 0.4 s")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "either a container or a label"),
        ({"container": "a", "label": "b"}, "either a container or a label"),
        ({"container": "../../images"}, "pattern"),
        ({"container": "a", "at_least": 2}, "goes with a label"),
        ({"container": "a", "socket": "/var/run/docker.sock"}, "unix:///path"),
        ({"container": "a", "socket": "http://host/"}, "unix:///path"),
        ({"label": "=x"}, "not a label"),
    ],
)
def test_settings_that_will_not_do_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ContainerConfig(**settings)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"Status": "exited", "ExitCode": 137, "OOMKilled": True}, "code 137, out of memory"),
        ({"Status": "restarting", "ExitCode": 1}, "restarting with code 1, restarts so far: 7"),
        ({"Status": "created"}, "created"),
        ({"Status": "dead", "ExitCode": 2}, "dead with code 2"),
        ({}, "unknown"),
    ],
)
def test_m14_other_states_that_an_engine_knows_are_down(state: dict[str, Any], says: str) -> None:
    config = ContainerConfig(container="shop")

    outcome = judge({"Name": "/shop", "State": state, "RestartCount": 7}, config, now=0.0)

    assert outcome.status is ProbeStatus.DOWN
    assert says in outcome.message


def test_fewer_than_have_to_run_is_down_though_all_there_are_run() -> None:
    assert combine([Outcome(ProbeStatus.UP)], 2) == Outcome(ProbeStatus.DOWN, "1 run, 2 have to")
