"""S13: who gives way when all places are taken, as a table; and on both servers, over sockets."""

import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.server.connection_slots import (
    GRACE,
    Networks,
    Phase,
    PlaceRegister,
    Standing,
    who_gives_way,
)
from statuspage.server.descriptors import MAX_CONNECTIONS, MAX_STREAMS, places
from statuspage.server.serve import SERVERS
from tests.statuspage.raw_client import PAGE, Client
from tests.statuspage.runtime.supervisor.toy import killed_in_the_end
from tests.waiting import PATIENCE

NOW = 1_000.0
A, B, C = "192.0.2.1", "198.51.100.1", "203.0.113.1"


def held(address: str, phase: Phase, *, age: float = 60.0) -> Standing:
    return Standing(Networks.of(address), phase, NOW - age)


def leaving(*connections: Standing, count: int = 1) -> list[int]:
    return who_gives_way(connections, count=count, now=NOW)


@pytest.mark.parametrize(
    ("connections", "first"),
    [
        pytest.param([held(A, Phase.ANSWERING), held(B, Phase.IDLE)], 1, id="idle ones first"),
        pytest.param([held(A, Phase.HEAD), held(B, Phase.IDLE)], 1, id="before slow heads"),
        pytest.param([held(A, Phase.STREAM), held(B, Phase.HEAD)], 1, id="heads before streams"),
        pytest.param([held(A, Phase.STREAM), held(B, Phase.STALLED)], 1, id="who does not read"),
        pytest.param([held(A, Phase.BODY), held(B, Phase.STREAM)], 1, id="streams before bodies"),
        pytest.param([held(A, Phase.ANSWERING), held(B, Phase.BODY)], 1, id="bodies before work"),
        pytest.param(
            [held(A, Phase.IDLE), held(B, Phase.IDLE), held(B, Phase.IDLE)], 1,
            id="of the network that holds most",
        ),
        pytest.param(
            [held(A, Phase.IDLE, age=5), held(A, Phase.IDLE, age=9)], 1, id="the longest idle",
        ),
        pytest.param(
            [held(A, Phase.STREAM, age=9), held(A, Phase.STREAM, age=5)], 1, id="youngest stream",
        ),
        pytest.param(
            [held(A, Phase.IDLE, age=0.1), held(B, Phase.ANSWERING, age=5)], 1,
            id="nothing that just began before what is older",
        ),
        pytest.param(
            [held(A, Phase.IDLE, age=0.1)] * 9 + [held(B, Phase.IDLE)], 9,
            id="however much its network holds",
        ),
        pytest.param([held(A, Phase.HEAD, age=0.1)], 0, id="unless all just began"),
        pytest.param([held(A, Phase.ANSWERING, age=0.1)], None, id="but what is being answered"),
        pytest.param(
            [held("2001:db8:0:1::1", Phase.IDLE), held("2001:db8:0:1::2", Phase.IDLE),
             held("2001:db8:9::1", Phase.IDLE, age=99)], 0,
            id="a /64 is one network",
        ),
        pytest.param(
            [held(A, Phase.IDLE)] * 3 + [held(f"2001:db8:7:{n:x}::1", Phase.IDLE)
                                        for n in range(64)], 3,
            id="and many of one owner count together",
        ),
    ],
)  # fmt: skip
def test_who_gives_way_first_s13(connections: list[Standing], first: int | None) -> None:
    assert leaving(*connections) == ([] if first is None else [first])


def test_several_give_way_until_networks_hold_the_same() -> None:
    greedy = [held(A, Phase.IDLE)] * 6
    others = [held(B, Phase.IDLE)] * 2

    chosen = leaving(*greedy, *others, count=6)

    assert sum(index < 6 for index in chosen) >= 4
    assert len(chosen) == len(set(chosen)) == 6


STANDINGS = st.builds(
    held,
    st.sampled_from([A, B, C, "2001:db8::1", ""]),
    st.sampled_from(list(Phase)),
    age=st.floats(0, 100),
)


@given(st.lists(STANDINGS, max_size=30), st.integers(1, 10))
def test_it_is_never_more_than_asked_nor_what_is_just_answered(
    connections: list[Standing], count: int
) -> None:
    chosen = leaving(*connections, count=count)
    fresh = [n for n, each in enumerate(connections) if each.since > NOW - GRACE]
    older = len(connections) - len(fresh)

    assert len(chosen) == len(set(chosen)) <= count
    assert not any(connections[n].phase is Phase.ANSWERING for n in chosen if n in fresh)
    assert sum(n not in fresh for n in chosen) == min(count, older)


@pytest.mark.parametrize(
    ("limit", "connections", "streams"),
    [
        (64, 32, 24),
        (256, 192, 144),
        (1_024, 768, 576),
        (4_096, 3_072, 2_304),
        (20_000, 17_952, MAX_STREAMS),
        (1_048_576, MAX_CONNECTIONS, MAX_STREAMS),
    ],
)
def test_places_leave_descriptors_for_files_and_the_database_s13(
    limit: int, connections: int, streams: int
) -> None:
    given = places(limit)

    assert (given.connections, given.streams) == (connections, streams)


class Held:
    def __init__(self, phase: Phase, since: float) -> None:
        self.networks, self.phase, self.since, self.ended = Networks.of(A), phase, since, False

    def standing(self) -> tuple[Phase, float]:
        return self.phase, self.since

    def give_way(self) -> None:
        self.ended = True


def test_a_register_never_holds_more_than_its_places_and_refuses_where_none_may_go() -> None:
    register = PlaceRegister(4)
    working = [Held(Phase.ANSWERING, NOW) for _ in range(3)]
    for each in (*working, idle := Held(Phase.IDLE, NOW - 60)):
        register.enter(each, now=NOW)

    register.enter(first := Held(Phase.HEAD, NOW), now=NOW)
    assert (idle.ended, first.ended, len(register)) == (True, False, 4)
    first.phase = Phase.ANSWERING
    register.enter(second := Held(Phase.HEAD, NOW), now=NOW)
    assert (second.ended, len(register)) == (True, 4)
    assert not any(each.ended for each in working)


@pytest.fixture(scope="module", params=SERVERS)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A server with a limit of 128 descriptors: 96 places."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with (
        subprocess.Popen(
            [sys.executable, "-m", "tests.statuspage.known_heads_site", request.param],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard)),  # noqa: PLW1509
        ) as popen,
        killed_in_the_end(popen),
    ):
        assert popen.stdout is not None
        yield int(popen.stdout.readline().split()[0])


@pytest.mark.parametrize("first", [b"", b"GET /sta", PAGE], ids=["silent", "half a head", "idle"])
def test_the_page_is_served_however_many_connections_are_open_s13(port: int, first: bytes) -> None:
    with ExitStack() as stack:
        for number in range(300):
            client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            stack.enter_context(client)
            if first:
                client.sendall(first)
            if number % 50 == 0:
                time.sleep(0.05)
        for _ in range(20):
            with Client(port) as reader:
                reader.send(PAGE)
                assert reader.answer().startswith(b"HTTP/1.1 200")
