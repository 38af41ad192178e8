"""`/api/v1/monitors/{id}/results` and `…/rollups`: what is told, and what is refused by name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from monitors.history import aggregation
from monitors.models import Check, Monitor, Result
from statuspage.access import tokens
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

START = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def reader(client: Client) -> Client:
    key = tokens.create(name="reader", scopes=("monitors:read",))
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.fixture
def monitor() -> Monitor:
    made = build.monitor(regions=(build.region(), build.region("us-east-1", "Virginia")))
    checks = list(Check.objects.order_by("region_id"))
    for number, check in enumerate(checks):
        for minute in range(90):
            at = START + timedelta(minutes=minute, seconds=number)
            down = minute == 5
            Result.objects.create(
                check_id=check.pk,
                at_ms=round(at.timestamp() * 1000),
                word="down" if down else "up",
                latency_us=None if down else 40_000 * (number + 1),
                code=503 if down else 200,
                late_ms=1,
                message="status 503" if down else "",
                phases={"name": 1.5} if down else None,
            )
    return made


def fold() -> None:
    list(aggregation.aggregate(now=START.timestamp() + 2 * 3600, results_hours=48))


def get(reader: Client, monitor: Monitor, what: str, **query: Any) -> Any:
    return reader.get(f"/api/v1/monitors/{monitor.pk}/{what}", query)


def test_the_latest_results_come_newest_first(reader: Client, monitor: Monitor) -> None:
    told = get(reader, monitor, "results", limit=3).json()["results"]

    assert [each["region"] for each in told] == ["us-east-1", "global", "us-east-1"]
    assert told[0]["started_at"] == "2026-11-20T01:29:01Z"
    assert told[0]["latency_ms"] == 80
    assert (told[0]["result"], told[0]["message"], told[0]["phases"]) == ("up", "", None)


def test_one_regions_results(reader: Client, monitor: Monitor) -> None:
    told = get(reader, monitor, "results", region="global").json()["results"]

    assert {each["region"] for each in told} == {"global"}
    failed = next(each for each in told if each["result"] == "down")
    assert (failed["code"], failed["message"], failed["phases"]) == (
        503,
        "status 503",
        {"name": 1.5},
    )


def test_hours_with_all_regions_together(reader: Client, monitor: Monitor) -> None:
    fold()

    told = get(
        reader, monitor, "rollups", resolution="hour",
        **{"from": "2026-11-20T01:00:00+01:00", "to": "2026-11-20T02:00:00Z"},
    ).json()  # fmt: skip

    assert [row["start"] for row in told["rows"]] == ["2026-11-20T00:00:00Z"]
    (row,) = told["rows"]
    assert (row["count"], row["failures"], row["inconclusive"]) == (120, 2, 0)
    assert row["latency_ms"]["min"] == 40
    assert row["latency_ms"]["max"] == 80
    assert row["latency_ms"]["avg"] == 60
    assert row["latency_ms"]["p99"] == pytest.approx(80, rel=0.02)


def test_minutes_of_one_region(reader: Client, monitor: Monitor) -> None:
    fold()

    told = get(
        reader, monitor, "rollups", resolution="minute", region="us-east-1",
        **{"from": "2026-11-20T00:04:00Z", "to": "2026-11-20T00:07:00Z"},
    ).json()  # fmt: skip

    assert [(row["count"], row["failures"]) for row in told["rows"]] == [(1, 0), (1, 1), (1, 0)]
    assert told["rows"][1]["latency_ms"]["p50"] is None


@pytest.mark.parametrize(
    ("what", "query", "parameter"),
    [
        ("results", {"limit": "0"}, "limit"),
        ("results", {"limit": "many"}, "limit"),
        ("results", {"limit": "1001"}, "limit"),
        ("results", {"region": "moon"}, "region"),
        ("results", {"lines": "3"}, "lines"),
        ("rollups", {"resolution": "week"}, "resolution"),
        ("rollups", {"from": "2026-11-20T01:00:00"}, "from"),
        ("rollups", {"to": "yesterday"}, "to"),
        ("rollups", {"to": "0001-01-02T00:00:00Z"}, "to"),
        ("rollups", {"from": "2026-11-20T01:00:00Z", "to": "2026-11-20T01:00:00Z"}, "from"),
        ("rollups", {"resolution": "minute", "from": "2026-01-01T00:00:00Z"}, "from"),
        ("rollups", {"region": "moon"}, "region"),
    ],
)
def test_a_parameter_that_will_not_do_is_named(
    reader: Client, monitor: Monitor, what: str, query: dict[str, str], parameter: str
) -> None:
    answer = get(reader, monitor, what, **query)

    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {parameter}


def test_without_the_scope_nothing_is_told(client: Client, monitor: Monitor) -> None:
    key = tokens.create(name="other", scopes=("status:read",))
    for what in ("results", "rollups"):
        address = f"/api/v1/monitors/{monitor.pk}/{what}"
        assert client.get(address).status_code == 401
        answer = client.get(address, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 403
        assert "monitors:read" in answer.json()["detail"]


def test_a_monitor_that_is_not_there_is_404(reader: Client) -> None:
    assert reader.get("/api/v1/monitors/77/rollups").status_code == 404
