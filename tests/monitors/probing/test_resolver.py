"""Looking names up, with both ways to wait. The system's resolver, which is outside, is a fake."""

import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from monitors.probing.base import ProbeStatus
from monitors.probing.name_servers.health import NameServerHealth
from monitors.probing.resolver import Lookups, Resolution, Resolver, ThreadResolver
from tests.waiting import FOR_EVER, PATIENCE, ending


class FakeResolver:
    """`silent.*` is answered only when the test ends, `missing.*` does not exist, `failing.*` gets
    an error so many times; the rest is answered at once."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.failures = 1000
        self.over = threading.Event()

    def getaddrinfo(self, host: bytes, *_args: object, **_options: object) -> list[Any]:
        name = host.decode()
        self.asked[name] += 1
        if name.startswith("silent"):
            self.over.wait(FOR_EVER)
        if name.startswith(("silent", "missing")):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        if name.startswith("failing") and self.asked[name] <= self.failures:
            raise socket.gaierror(socket.EAI_AGAIN, "temporary failure")
        if name.startswith("broken"):
            raise OSError("something else")
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*stream, ("127.0.0.1", 0)), (*stream, ("127.0.0.1", 0))]


class FakeHealth(NameServerHealth):
    """Name servers that answer other questions, or not."""

    def __init__(self, *, answering: bool) -> None:
        super().__init__()
        self.answering = answering

    def answer(self, **_options: Any) -> float | None:
        return 0.0 if self.answering else None

    def is_late_for_us(self, host: str, **_options: Any) -> bool:
        return not self.answering

    def renew(self) -> None:
        pass


def lookups(*, answering: bool = True) -> Lookups:
    return Lookups(health=FakeHealth(answering=answering))


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeResolver]:
    made = FakeResolver()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    yield made
    made.over.set()


def answers(names: Resolver, *, count: int = 1) -> dict[str, Resolution]:
    found: dict[str, Resolution] = {}
    while len(found) < count:
        assert select.select([names], [], [], PATIENCE)[0], "no answer came"
        found |= {answer.host: answer for answer in names.answers()}
    return found


def test_an_answer_rings_the_bell_and_comes_once(resolver: FakeResolver) -> None:
    names = Resolver(under_way=lookups())

    assert names.lookup("good.example") is None
    assert answers(names) == {"good.example": Resolution("good.example", ("127.0.0.1",))}
    assert names.answers() == []
    assert not select.select([names], [], [], 0)[0]
    names.close()


def test_all_who_ask_for_a_name_share_one_look_up(resolver: FakeResolver) -> None:
    names = Resolver(under_way=lookups())
    for _ in range(5):
        names.lookup("silent.example")
    resolver.over.set()
    answers(names)

    assert resolver.asked == {"silent.example": 1}
    names.close()


def test_a_good_answer_is_kept_for_a_while(resolver: FakeResolver) -> None:
    names = Resolver(keep=0.05, under_way=lookups())
    names.lookup("good.example")
    answers(names)

    kept = names.lookup("good.example")
    assert kept is not None
    assert kept.addresses == ("127.0.0.1",)
    time.sleep(0.06)
    assert names.lookup("good.example") is None
    names.close()


def test_a_bad_answer_is_not_kept(resolver: FakeResolver) -> None:
    names = Resolver(under_way=lookups())
    names.lookup("missing.example")

    answer = answers(names)["missing.example"]
    assert answer.error == socket.EAI_NONAME
    assert not answer.ours
    assert names.lookup("missing.example") is None
    names.close()


def test_trouble_of_this_machine_is_told_apart(resolver: FakeResolver) -> None:
    names = Resolver(under_way=lookups())
    names.lookup("broken.example")

    assert answers(names)["broken.example"].ours
    names.close()


def test_silent_names_do_not_hold_up_others(resolver: FakeResolver) -> None:
    names = Resolver(under_way=lookups())
    for number in range(100):
        names.lookup(f"silent-{number}.example")
    names.lookup("good.example")

    assert list(answers(names)) == ["good.example"]
    names.close()


def test_what_exceeds_the_threads_waits_its_turn(resolver: FakeResolver) -> None:
    names = Resolver(threads=2, under_way=lookups())
    for number in range(3):
        names.lookup(f"silent-{number}.example")

    assert [names.is_queued(f"silent-{number}.example") for number in range(3)] == [
        False, False, True,
    ]  # fmt: skip
    resolver.over.set()
    assert len(answers(names, count=3)) == 3
    names.close()


def test_closing_does_not_wait_for_silent_names(resolver: FakeResolver) -> None:
    names = Resolver(under_way=lookups())
    names.lookup("silent.example")

    with ending("closing"):
        names.close()
    resolver.over.set()


def test_a_thread_looks_a_name_up(resolver: FakeResolver) -> None:
    answer = ThreadResolver(under_way=lookups()).lookup("good.example", seconds=PATIENCE)

    assert answer is not None
    assert answer.addresses == ("127.0.0.1",)


def test_no_thread_waits_longer_than_it_can(resolver: FakeResolver) -> None:
    with ending("a look-up"):
        names = ThreadResolver(under_way=lookups())
        assert names.lookup("silent.example", seconds=0.1) is None


def test_threads_that_ask_for_the_same_name_share_a_look_up(resolver: FakeResolver) -> None:
    names = ThreadResolver(threads=1, under_way=lookups())
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: names.lookup("silent.example", seconds=0.1), range(4)))

    assert told == [None] * 4
    assert resolver.asked == {"silent.example": 1}


def test_too_many_look_ups_of_threads_are_our_own_trouble(resolver: FakeResolver) -> None:
    names = ThreadResolver(threads=1, under_way=lookups())
    names.lookup("silent.example", seconds=0.05)
    answer = names.lookup("other.example", seconds=0.05)

    assert answer is not None
    assert answer.ours


def test_threads_get_their_turn_again_after_an_answer(resolver: FakeResolver) -> None:
    names = ThreadResolver(threads=1, under_way=lookups())

    for number in range(3):
        answer = names.lookup(f"good-{number}.example", seconds=PATIENCE)
        assert answer is not None
        assert answer.addresses


def test_the_loop_and_the_threads_share_a_look_up(resolver: FakeResolver) -> None:
    under_way = lookups()
    names, threads = Resolver(under_way=under_way), ThreadResolver(under_way=under_way)
    names.lookup("silent.example")
    assert threads.lookup("silent.example", seconds=0.01) is None
    later = Resolver(under_way=under_way)
    later.lookup("silent.example")
    resolver.over.set()

    for each in (names, later):
        assert answers(each)["silent.example"].error == socket.EAI_NONAME
        each.close()
    assert resolver.asked == {"silent.example": 1}


def test_without_a_thread_to_be_had_it_is_our_own_trouble(
    resolver: FakeResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    names, threads = Resolver(under_way=lookups()), ThreadResolver(under_way=lookups())
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        names.lookup("good.example")
        refused = threads.lookup("good.example", seconds=PATIENCE)

    assert answers(names)["good.example"].ours
    assert refused is not None
    assert refused.ours
    names.close()


def test_a_failure_is_the_names_own_while_others_are_answered_f_t1(
    resolver: FakeResolver,
) -> None:
    names = Resolver(under_way=lookups())
    names.lookup("failing.example")

    answer = answers(names)["failing.example"]
    assert not answer.ours
    assert answer.outcome.status is ProbeStatus.DOWN
    names.close()


def test_a_failure_says_nothing_of_the_name_while_nothing_is_answered_f_t1(
    resolver: FakeResolver,
) -> None:
    names = Resolver(under_way=lookups(answering=False))
    names.lookup("failing.example")

    outcome = answers(names)["failing.example"].outcome
    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message == "this machine's name servers do not answer"
    assert outcome.no_name_server
    names.close()


def test_name_servers_that_are_back_are_asked_for_the_name_again_f_t1(
    resolver: FakeResolver,
) -> None:
    resolver.failures = 1
    names = Resolver(under_way=lookups())
    names.lookup("failing.example")

    assert answers(names)["failing.example"].addresses == ("127.0.0.1",)
    names.close()


@pytest.mark.parametrize("answering", [True, False])
def test_that_a_name_does_not_exist_counts_in_any_case_f_t1(
    resolver: FakeResolver, answering: bool
) -> None:
    names = Resolver(under_way=lookups(answering=answering))
    names.lookup("missing.example")

    assert answers(names)["missing.example"].outcome.status is ProbeStatus.DOWN
    names.close()


@pytest.mark.parametrize("answering", [True, False])
def test_a_late_name_is_judged_by_what_else_is_answered_f_t1(
    resolver: FakeResolver, answering: bool
) -> None:
    names = Resolver(under_way=lookups(answering=answering))
    names.lookup("silent.example")
    names.judge_late("silent.example", within=1.0)

    assert select.select([names], [], [], PATIENCE)[0]
    assert [answer.unasked for answer in names.judgements()] == [not answering]
    names.close()


def test_a_thread_is_told_when_nobody_could_be_asked_f_t1(resolver: FakeResolver) -> None:
    names = ThreadResolver(under_way=lookups(answering=False))

    answer = names.lookup("silent.example", seconds=0.05)

    assert answer is not None
    assert answer.unasked
