"""Logging in: who is slowed down, who is not, and which forms are refused (drill S11)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from components.models import LimitedUse
from statuspage.access import login
from statuspage.access.client_address import network_of

pytestmark = [pytest.mark.django_db(transaction=True)]

HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"
RIGHT, WRONG = "a long password", "a wrong password"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def olga() -> None:
    get_user_model().objects.create_user("olga", "", RIGHT, is_staff=True)


def try_it(password: str, *, user: str = "olga", at: str = HERE, **headers: str) -> Any:
    return Client(REMOTE_ADDR=at).post(
        "/admin/login/?next=/admin/", {"username": user, "password": password}, headers=headers
    )


@pytest.mark.both
@pytest.mark.usefixtures("olga")
def test_ten_tries_then_none_and_the_owner_gets_in_from_elsewhere_s11() -> None:
    tries = [try_it(WRONG).status_code for _ in range(12)]

    assert tries == [200] * 10 + [429] * 2
    refused = try_it(RIGHT)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    assert "Wait 15 minutes" in refused.content.decode()
    assert try_it(RIGHT, user="OLGA").status_code == 429
    assert try_it(RIGHT, at="198.51.100.200").status_code == 429
    assert try_it(RIGHT, at=ELSEWHERE).status_code == 302


@pytest.mark.usefixtures("olga")
def test_the_right_password_starts_the_count_anew() -> None:
    """Of somebody without an address, too, whom no mail can tell of the new device."""
    for _ in range(2):
        for _ in range(9):
            try_it(WRONG)
        assert try_it(RIGHT).status_code == 302

    assert LimitedUse.objects.count() <= 40


def test_one_password_for_many_names_meets_the_limit_of_its_network() -> None:
    for n in range(login.MAX_NETWORK_ATTEMPTS):
        login.count_attempt(user=str(n), network=network_of(HERE), now=datetime.now(UTC))

    assert try_it(WRONG, user="anybody").status_code == 429
    assert try_it(WRONG, user="anybody", at=ELSEWHERE).status_code == 200


def test_one_name_guessed_from_many_networks_meets_a_limit_of_its_own_s17() -> None:
    said = [
        login.count_attempt(user="olga", network=str(n), now=NOW)
        for n in range(login.MAX_USER_ATTEMPTS + 1)
    ]

    assert said == [True] * login.MAX_USER_ATTEMPTS + [False]
    assert login.count_attempt(user="otto", network="1", now=NOW)


@pytest.mark.usefixtures("olga")
def test_strangers_cannot_lock_out_who_logged_in_on_this_device_s17() -> None:
    mine = Client(REMOTE_ADDR=HERE)
    form = {"username": "olga", "password": RIGHT}
    assert mine.post("/admin/login/?next=/admin/", form).status_code == 302
    cookie = mine.cookies["statuspage_device"]
    assert cookie["httponly"]
    mine.post("/admin/logout/")
    for n in range(login.MAX_USER_ATTEMPTS):
        login.count_attempt(user="olga", network=str(n), now=datetime.now(UTC))
    for n in range(login.MAX_NETWORK_ATTEMPTS):
        login.count_attempt(user=str(n), network=network_of(HERE), now=datetime.now(UTC))

    assert try_it(RIGHT).status_code == 429
    assert mine.post("/admin/login/?next=/admin/", form).status_code == 302


@pytest.mark.usefixtures("olga")
def test_a_known_device_has_ten_tries_and_is_known_for_its_own_name_only_s17() -> None:
    get_user_model().objects.create_user("otto", "", RIGHT, is_staff=True)
    mine = Client(REMOTE_ADDR=HERE)
    mine.post("/admin/login/", {"username": "olga", "password": RIGHT})
    mine.post("/admin/logout/")

    wrong = {"username": "olga", "password": WRONG}
    tries = [mine.post("/admin/login/?next=/admin/", wrong).status_code for _ in range(11)]

    assert tries == [200] * 10 + [429]
    for _ in range(10):
        login.count_attempt(user="otto", network=network_of(HERE), now=datetime.now(UTC))
    other = {"username": "otto", "password": RIGHT}
    assert mine.post("/admin/login/?next=/admin/", other).status_code == 429


def test_whoever_waits_gets_in_however_often_they_asked_meanwhile() -> None:
    said = [
        login.count_attempt(user="olga", network="n", now=NOW + timedelta(minutes=minute))
        for minute in [0] * 10 + list(range(1, 15)) + [16]
    ]

    assert said == [True] * 10 + [False] * 14 + [True]


@pytest.mark.both
def test_of_many_at_once_no_more_than_ten_pass_s11() -> None:
    def one(_: int) -> bool:
        try:
            return login.count_attempt(user="olga", network="n", now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        passed = list(pool.map(one, range(60)))

    assert sum(passed) <= login.MAX_ATTEMPTS
    assert any(passed)


@pytest.mark.usefixtures("olga")
def test_a_made_up_forwarded_address_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(10):
        try_it(WRONG, **{"X-Forwarded-For": f"192.0.2.{n}"})
    assert try_it(RIGHT, **{"X-Forwarded-For": "8.8.8.8"}).status_code == 429

    # Behind one proxy of ours, the last address is the one that it has seen.
    monkeypatch.setattr(settings.STATUSPAGE, "num_proxies", 1)
    assert try_it(RIGHT, **{"X-Forwarded-For": f"{ELSEWHERE}, {HERE}"}).status_code == 429
    assert try_it(RIGHT, **{"X-Forwarded-For": f"{HERE}, {ELSEWHERE}"}).status_code == 302


@pytest.mark.usefixtures("olga")
@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
def test_a_form_from_elsewhere_is_refused_s11(origin: str) -> None:
    client = Client(enforce_csrf_checks=True)
    token = client.get("/admin/login/").cookies["statuspage_csrf"].value
    form = {"username": "olga", "password": RIGHT, "csrfmiddlewaretoken": token}

    assert client.post("/admin/login/", form, headers={"Origin": origin}).status_code == 403
    assert client.post("/admin/login/", {**form, "csrfmiddlewaretoken": ""}).status_code == 403
    came_in = client.post("/admin/login/", form, headers={"Origin": "http://testserver"})
    assert came_in.status_code == 302


@pytest.mark.usefixtures("olga")
def test_a_session_ends_when_the_password_changes_s11() -> None:
    client = Client()
    client.post("/admin/login/", {"username": "olga", "password": RIGHT})
    assert client.get("/admin/").status_code == 200

    user = get_user_model().objects.get()
    user.set_password("another long one")
    user.save()

    assert client.get("/admin/").status_code == 302


@pytest.mark.usefixtures("olga")
def test_the_sessions_cookie_is_out_of_scripts_and_other_sites_reach() -> None:
    cookie = try_it(RIGHT).cookies["statuspage_session"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
