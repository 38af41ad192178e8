"""Limits: a moving window, shared by processes, in the database or in Redis (S17)."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from components import limiting
from components.limiting import MAX_SHARED, Limit, allow, allow_all, exchange_counts
from components.models import LimitedUse, RequestCount
from tests.counterparts import program
from tests.journeys.product import free_port
from tests.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["database", "redis"])
def storage(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    if request.param == "database":
        yield "database"
        return
    port = free_port()
    server = subprocess.Popen(
        [str(program("redis")), "--port", str(port), "--bind", "127.0.0.1", "--save", "",
         "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    import redis  # noqa: PLC0415

    client = redis.Redis(port=port)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    until(answers, what="Redis answers")
    monkeypatch.setattr(settings.STATUSPAGE, "redis_url", f"redis://127.0.0.1:{port}/0")
    yield "redis"
    client.close()
    server.terminate()
    server.wait()


def asked(*minutes: float, limit: int = 3) -> list[bool]:
    return [allow("k", limit, HOUR, NOW + timedelta(minutes=each)) for each in minutes]


@pytest.mark.usefixtures("storage")
def test_the_window_moves_and_a_refused_use_is_not_counted() -> None:
    assert asked(0, 20, 40) == [True] * 3
    assert asked(50, 55, 59) == [False] * 3
    assert asked(61, 62) == [True, False]
    assert asked(81) == [True]


@pytest.mark.usefixtures("storage")
def test_keys_count_apart_and_can_be_cleared() -> None:
    assert asked(0, 0, limit=1) == [True, False]
    assert allow("other", 1, HOUR, NOW)

    limiting.forget("k")

    assert asked(1, limit=1) == [True]
    assert not allow("other", 1, HOUR, NOW)


@pytest.mark.usefixtures("storage")
def test_of_several_limits_none_is_used_up_when_one_refuses() -> None:
    narrow, wide = Limit("narrow", 1, HOUR), Limit("wide", 3, HOUR)

    assert allow_all([narrow, wide], now=NOW) is None
    assert [allow_all([wide, narrow], now=NOW) for _ in range(5)] == [narrow] * 5
    assert allow_all([wide], now=NOW) is None


@pytest.mark.both
def test_of_many_at_once_no_more_than_the_limit_pass() -> None:
    def one(_: int) -> bool:
        try:
            return allow("k", 10, HOUR, NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        passed = list(pool.map(one, range(60)))

    assert 0 < sum(passed) <= 10


def test_while_redis_is_away_the_database_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    monkeypatch.setattr(settings.STATUSPAGE, "redis_url", url)

    assert asked(0, 0, 0, 0) == [True, True, True, False]
    assert LimitedUse.objects.count() == 3


def test_what_counts_no_more_is_deleted_and_no_key_is_kept_as_it_was() -> None:
    allow("hunter2", 3, HOUR, NOW)
    assert "hunter2" not in LimitedUse.objects.get().key

    limiting.prune(now=NOW + timedelta(minutes=59))
    assert LimitedUse.objects.count() == 1
    limiting.prune(now=NOW + HOUR)
    assert not LimitedUse.objects.exists()


@pytest.mark.both
@pytest.mark.usefixtures("storage")
def test_processes_hear_what_the_others_have_counted_of_the_same_callers_s17() -> None:
    window = int(NOW.timestamp())

    assert exchange_counts("one", window=window, counts={"a": 3, "b": 1}) == {}
    assert exchange_counts("two", window=window, counts={"a": 2, "c": 9}) == {"a": 3}
    assert exchange_counts("one", window=window, counts={"a": 4, "c": 1}) == {"a": 2, "c": 9}
    # Whole counts: what is stored twice counts once.
    exchange_counts("one", window=window, counts={"a": 4})
    assert exchange_counts("three", window=window, counts={"a": 1}) == {"a": 6}
    assert exchange_counts("three", window=window + 60, counts={"a": 1}) == {}


@pytest.mark.both
@pytest.mark.usefixtures("storage")
def test_a_process_without_news_hears_the_others_and_its_own_count_stays_s17() -> None:
    exchange_counts("one", window=0, counts={"a": 3})
    exchange_counts("two", window=0, counts={"a": 2})

    assert exchange_counts("one", window=0, counts={"a": 3}, is_news=False) == {"a": 2}
    assert exchange_counts("two", window=0, counts={"a": 2}, is_news=False) == {"a": 3}


def test_an_exchange_costs_two_statements_for_all_callers_s17() -> None:
    counts = {f"address 192.0.2.{number}": number for number in range(2 * MAX_SHARED)}
    exchange_counts("other", window=0, counts=counts)

    with CaptureQueriesContext(connection) as queries:
        elsewhere = exchange_counts("one", window=0, counts=counts)

    statements = [each["sql"].split()[0] for each in queries]
    assert [word for word in statements if word in ("INSERT", "SELECT")] == ["INSERT", "SELECT"]
    # Of those who called most.
    assert min(elsewhere.values()) == MAX_SHARED
    assert "192.0.2." not in str(RequestCount.objects.values_list("counts"))


def test_while_redis_is_away_processes_exchange_in_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    monkeypatch.setattr(settings.STATUSPAGE, "redis_url", url)

    exchange_counts("one", window=0, counts={"a": 3})

    assert exchange_counts("two", window=0, counts={"a": 1}) == {"a": 3}


def test_counts_of_windows_that_are_over_are_deleted() -> None:
    exchange_counts("one", window=int(NOW.timestamp()), counts={"a": 3})

    limiting.prune(now=NOW + timedelta(minutes=2))
    assert RequestCount.objects.count() == 1
    limiting.prune(now=NOW + timedelta(minutes=3))
    assert not RequestCount.objects.exists()
