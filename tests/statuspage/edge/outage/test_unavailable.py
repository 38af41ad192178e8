"""What each dialect answers while the database is away (F-O7)."""

import json
from collections.abc import Iterator

import psycopg
import pytest
from django.db import InternalError, OperationalError, connection
from django.test import Client

from components.database.outage import OUTAGE

HTML, JSON = "text/html", "application/json"
ASKED = {
    "API": ("GET", "/api/v1/monitors"),
    "status administration (M)": ("GET", "/api/v1/status/incidents"),
    "an agent's assignments": ("GET", "/api/v1/agent/assignments"),
    "an agent's results": ("POST", "/api/v1/agent/results"),
    "a reader's heartbeat": ("POST", "/api/v1/readers/heartbeat"),
    "management (K)": ("GET", "/manage/status"),
    "signing up as a program": ("POST", "/status/subscribe"),
}
PAGES = {
    "the admin": ("GET", "/admin/"),
    "signing in": ("POST", "/admin/login/"),
    "confirming": ("POST", "/status/confirm/1-" + 40 * "a"),
    "managing": ("GET", "/status/manage/1-" + 40 * "a"),
    "leaving": ("POST", "/status/unsubscribe/1-" + 40 * "a"),
}
REFUSED = psycopg.OperationalError("connection refused")
READ_ONLY = psycopg.errors.ReadOnlySqlTransaction(
    "cannot execute INSERT in a read-only transaction"
)


@pytest.fixture(params=[REFUSED, READ_ONLY], ids=["away", "read-only"])
def trouble(request: pytest.FixtureRequest) -> Iterator[psycopg.Error]:
    """Whatever is asked of the database ends like this, as Django would pass it on."""

    def fail(*_arguments: object) -> None:
        kind = OperationalError if request.param is REFUSED else InternalError
        raise kind(str(request.param)) from request.param

    with connection.execute_wrapper(fail):
        yield request.param
    OUTAGE.reset()


def ask(method: str, path: str, *, accept: str) -> tuple[int, dict[str, str], bytes]:
    client = Client(
        raise_request_exception=False, headers={"Authorization": "Bearer key", "Accept": accept}
    )
    client.cookies["statuspage_session"] = "x" * 32
    if method == "GET":
        response = client.get(path)
    elif accept == HTML:
        response = client.post(path, {"login": "owner", "password": "secret"})
    else:
        hook = {"channel": "webhook", "endpoint": "https://8.8.8.8/hook"}
        response = client.post(path, json.dumps(hook), content_type=JSON)
    return response.status_code, dict(response.headers), response.content


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.usefixtures("trouble")
def test_a_program_is_answered_with_a_problem(asked: str, caplog: pytest.LogCaptureFixture) -> None:
    status, headers, body = ask(*ASKED[asked], accept=JSON)
    told = json.loads(body)
    assert (status, headers["Retry-After"], told["status"]) == (503, "5", 503)
    assert headers["Content-Type"] == "application/problem+json"
    assert "database" in told["detail"]
    if "(M)" in asked:
        assert told["error"]["message"] == told["detail"]
    assert not [each for each in caplog.records if each.name == "django.request"]


@pytest.mark.django_db
@pytest.mark.parametrize("asked", PAGES)
def test_a_person_is_answered_with_a_page_that_says_it_in_a_sentence(
    asked: str, trouble: psycopg.Error, caplog: pytest.LogCaptureFixture
) -> None:
    status, headers, body = ask(*PAGES[asked], accept=HTML)

    assert (status, headers["Retry-After"]) == (503, "5")
    assert headers["Content-Type"].startswith("text/html")
    what = "takes no changes" if trouble is READ_ONLY else "does not answer"
    assert f"The database behind this page {what} just now." in body.decode()
    assert "Traceback" not in caplog.text


@pytest.mark.django_db
def test_a_fault_of_ours_is_still_a_500_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    with connection.execute_wrapper(fail):
        status, _, _ = ask("GET", "/admin/", accept=HTML)

    assert status == 500
    assert "Traceback" in caplog.text
