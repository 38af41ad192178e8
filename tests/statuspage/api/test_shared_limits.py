"""S17: requests are limited by all web processes together, without a query for each request."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.api.limits import WINDOW, Limiter

START = 60_000 * WINDOW


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


class Store:
    """What processes have counted, as the database keeps it."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[int, Mapping[str, int]]] = {}
        self.away = False
        self.exchanges = 0

    def of(self, process: str) -> "Process":
        return Process(self, process)


class Process:
    """The store as one process exchanges with it."""

    def __init__(self, store: Store, name: str) -> None:
        self.store, self.name = store, name

    def __call__(
        self, *, window: int, counts: Mapping[str, int], is_news: bool
    ) -> Mapping[str, int]:
        if self.store.away:
            raise ConnectionError
        self.store.exchanges += 1
        if is_news:
            self.store.rows[self.name] = window, counts
        others = [
            row
            for name, (its_window, row) in self.store.rows.items()
            if name != self.name and its_window == window
        ]
        return {caller: sum(row.get(caller, 0) for row in others) for caller in counts}


@pytest.fixture
def clock() -> Clock:
    return Clock()


def admitted(limiter: Limiter, requests: int, *, quota: int, caller: str = "a") -> int:
    return sum(not limiter.count(caller, quota=quota).refused for _ in range(requests))


def test_two_processes_allow_what_one_does_s17(clock: Clock) -> None:
    store = Store()
    processes = [(Limiter(clock=clock), store.of(name)) for name in ("first", "second")]

    passed = 0
    for _ in range(30):
        clock.now += 1
        for limiter, its_store in processes:
            passed += admitted(limiter, 5, quota=100)
            limiter.exchange(its_store)

    # As many more as one process admits before it hears of the other.
    assert 100 <= passed <= 105


@given(
    asked=st.lists(st.lists(st.integers(0, 8), min_size=3, max_size=3), min_size=1, max_size=25),
    quota=st.integers(1, 60),
)
def test_what_passes_beyond_the_quota_is_what_was_asked_between_two_exchanges_s17(
    asked: list[list[int]], quota: int
) -> None:
    store, clock = Store(), Clock()
    limiters = [Limiter(clock=clock) for _ in range(3)]

    passed = 0
    for second in asked:
        for limiter, requests in zip(limiters, second, strict=True):
            passed += admitted(limiter, requests, quota=quota)
        for number in (0, 1, 2, 0, 1, 2):
            limiters[number].exchange(store.of(str(number)))

    total = sum(map(sum, asked))
    assert min(quota, total) <= passed <= quota + 3 * 8


def test_callers_and_minutes_are_counted_apart(clock: Clock) -> None:
    store = Store()
    first, second = Limiter(clock=clock), Limiter(clock=clock)
    for limiter, name in ((first, "first"), (second, "second"), (first, "first")):
        admitted(limiter, 3, quota=5)
        limiter.exchange(store.of(name))

    assert first.count("a", quota=5).refused
    assert not first.count("b", quota=5).refused
    clock.now += WINDOW
    assert admitted(first, 9, quota=5) == 5
    second.count("a", quota=5)
    second.exchange(store.of("second"))
    first.exchange(store.of("first"))
    assert second.count("a", quota=12).remaining == 12 - 2


def test_an_exchange_that_is_late_says_nothing_of_the_next_minute(clock: Clock) -> None:
    limiter = Limiter(clock=clock)
    limiter.count("a", quota=5)

    def late(*, window: int, counts: Mapping[str, int], is_news: bool) -> Mapping[str, int]:
        clock.now += WINDOW
        limiter.count("a", quota=5)
        return {"a": 100}

    limiter.exchange(late)

    assert limiter.count("a", quota=5).remaining == 3


def test_while_the_store_is_away_each_process_counts_by_itself_and_then_all_is_told(
    clock: Clock,
) -> None:
    store = Store()
    first, second = Limiter(clock=clock), Limiter(clock=clock)
    store.away = True

    for limiter, name in ((first, "first"), (second, "second")):
        assert admitted(limiter, 8, quota=6) == 6
        with pytest.raises(ConnectionError):
            limiter.exchange(store.of(name))
    store.away = False
    first.exchange(store.of("first"))
    second.exchange(store.of("second"))

    assert second.count("a", quota=20).remaining == 20 - 13


def test_a_process_that_has_told_everything_goes_on_hearing_the_others_s17(clock: Clock) -> None:
    store = Store()
    first, second = Limiter(clock=clock), Limiter(clock=clock)
    admitted(first, 5, quota=10)
    first.exchange(store.of("first"))
    admitted(second, 5, quota=10)
    second.exchange(store.of("second"))

    first.exchange(store.of("first"))

    assert first.count("a", quota=10).refused


@given(pauses=st.lists(st.floats(0, 70), min_size=1, max_size=60), quota=st.integers(1, 8))
def test_no_minute_has_more_than_the_quota_wherever_it_begins_s17(
    pauses: list[float], quota: int
) -> None:
    clock = Clock()
    limiter = Limiter(clock=clock)

    passed: list[float] = []
    for pause in pauses:
        clock.now += pause
        waited = [at for at in passed if clock.now - at < WINDOW]
        refused = limiter.count("a", quota=quota).refused
        # A second is counted as one: of the oldest, part may have gone already.
        assert refused <= (len(waited) >= quota)
        if not refused:
            passed.append(clock.now)

    for at in passed:
        assert sum(at - (WINDOW - 1) < each <= at for each in passed) <= quota


def test_of_two_processes_neither_begins_anew_with_the_minute_s17(clock: Clock) -> None:
    store = Store()
    first, second = Limiter(clock=clock), Limiter(clock=clock)
    clock.now += WINDOW - 1
    assert admitted(first, 9, quota=5) == 5
    first.exchange(store.of("first"))

    clock.now += 2
    first.exchange(store.of("first"))
    second.count("a", quota=5)
    second.exchange(store.of("second"))

    assert admitted(first, 9, quota=5) == 0
    assert second.count("a", quota=5).refused
    clock.now += WINDOW - 2
    first.exchange(store.of("first"))
    second.exchange(store.of("second"))
    assert admitted(second, 9, quota=5) == 4


def test_where_nothing_was_asked_nothing_is_exchanged(clock: Clock) -> None:
    store, limiter = Store(), Limiter(clock=clock)

    assert not limiter.exchange(store.of("first"))
    limiter.count("a", quota=5)
    assert [limiter.exchange(store.of("first")) for _ in range(3)] == [True, True, True]
    clock.now += WINDOW
    assert not limiter.exchange(store.of("first"))
    assert store.exchanges == 3
