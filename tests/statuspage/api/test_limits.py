"""Limits and problems of the APIs behind the edge."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from statuspage.access import tokens
from statuspage.api import limits
from statuspage.api.limits import Limiter


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITER", Limiter())
    monkeypatch.setattr(settings.STATUSPAGE, "api_requests_per_minute", 2)
    monkeypatch.setattr(settings.STATUSPAGE, "anonymous_requests_per_minute", 2)


def get(client: Client, key: str, **headers: str) -> Any:
    return client.get("/api/v1/monitors", headers={"Authorization": f"Bearer {key}", **headers})


@pytest.mark.django_db
def test_a_token_is_told_what_is_left_and_then_refused(few: None, client: Client) -> None:
    key = tokens.create(name="t", scopes=["monitors:read"])

    answers = [get(client, key, **{"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["RateLimit"].startswith('"caller";r=1;t=')
    assert answers[2]["RateLimit"].startswith('"caller";r=0;t=')
    assert 1 <= int(answers[2]["Retry-After"]) <= 61
    assert answers[2]["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_trying_keys_is_slowed_down_whatever_headers_say(few: None, client: Client) -> None:
    answers = [get(client, f"sp_{n}", **{"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[0]["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_many_addresses_of_one_network_of_ipv6_are_one_caller_s17(few: None) -> None:
    answers = [get(Client(REMOTE_ADDR=f"2001:db8::{n:x}"), "sp_x") for n in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert get(Client(REMOTE_ADDR="2001:db8:0:1::1"), "sp_x").status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("scopes", [["status:read"], None], ids=["no scope", "no key"])
def test_whoever_is_turned_away_is_counted_all_the_same(
    few: None, client: Client, scopes: list[str] | None
) -> None:
    key = "" if scopes is None else tokens.create(name="t", scopes=scopes)
    status = 401 if scopes is None else 403

    answers = [get(client, key) if key else client.get("/api/v1/monitors") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 429]
    assert answers[0]["RateLimit"].startswith('"caller";r=1;t=')
    assert 1 <= int(answers[2]["Retry-After"]) <= 61


def test_a_request_counts_for_a_minute_and_never_fills_memory() -> None:
    now = 60.0
    limiter = Limiter(clock=lambda: now)

    first = [limiter.count("a", quota=1).refused for _ in range(2)]
    now = 120.0
    later = limiter.count("a", quota=1)
    for number in range(limits.MAX_CALLERS + 5):
        limiter.count(str(number), quota=1)

    assert first == [False, True]
    assert (later.refused, later.reset) == (False, 60)
    assert len(limiter._uses) <= limits.MAX_CALLERS


def test_a_clock_that_is_set_back_by_an_hour_locks_nobody_out() -> None:
    now = 7_200.0
    limiter = Limiter(clock=lambda: now)
    limiter.count("a", quota=1)

    now = 3_600.0

    assert not limiter.count("a", quota=1).refused
    assert limiter.count("a", quota=1).refused


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "/api/v1/nothing", 404), ("get", "/api/", 404), ("get", "/v2/x", 404),
     ("delete", "/api/v1/monitors", 401), ("post", "/api/v1/monitors/abc", 404)],
)  # fmt: skip
@pytest.mark.django_db
def test_every_error_of_the_apis_is_a_problem(
    client: Client, method: str, path: str, status: int
) -> None:
    answer = getattr(client, method)(path)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


@pytest.mark.django_db
def test_wrong_methods_types_and_bodies_are_problems(client: Client) -> None:
    key = tokens.create(name="t", scopes=["monitors:read", "monitors:write"])
    headers = {"Authorization": f"Bearer {key}"}

    wrong_method = client.delete("/api/v1/monitors", headers=headers)
    wrong_type = client.post("/api/v1/monitors", {"a": "b"}, headers=headers)
    broken = client.post("/api/v1/monitors", "{", content_type="application/json", headers=headers)

    assert [answer.status_code for answer in (wrong_method, wrong_type, broken)] == [405, 415, 400]
    assert {answer["Content-Type"] for answer in (wrong_method, wrong_type, broken)} == {
        "application/problem+json"
    }
    assert wrong_method["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.django_db
def test_what_breaks_is_a_problem_without_details(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raise_request_exception = False
    key = tokens.create(name="t", scopes=["monitors:read"])
    monkeypatch.setattr("statuspage.api.views.monitors.MonitorList.get", None)

    answer = get(client, key)

    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert b"Traceback" not in answer.content
