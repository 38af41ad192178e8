"""F-O7 on the running product: its PostgreSQL turns read-only, hangs, and is stopped, in turn.

One product and one server for all of it. Whatever writes is refused with words, the page stays, and
nobody restarts anything.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from tests.environment import Postgres, start_private_postgres
from tests.journeys.product import Product, running
from tests.migrated_store import migrate_database
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
HTML = {"Accept": "text/html"}
SIGN_IN = {"username": "admin", "password": "x"}
INCIDENT = {"title": "Down", "severity": "minor", "message": "We look into it."}


@dataclass
class Trouble:
    """The product, its server, and what a client knows of them."""

    product: Product
    postgres: Postgres
    key: str
    ping_url: str
    csrf: str
    holder: str
    """The cookie with a pass to the private page `inner`."""

    def writes(self) -> dict[str, tuple[str, str, dict[str, object]]]:
        """Return what changes something: by name, the method, the path and the arguments."""
        bearer = {"Authorization": f"Bearer {self.key}"}
        link = f"1-{'a' * 40}"
        return {
            "the admin": (
                "POST", "/admin/login/",
                {
                    "headers": HTML, "cookies": {"statuspage_csrf": self.csrf},
                    "data": {**SIGN_IN, "csrfmiddlewaretoken": self.csrf},
                },
            ),
            "the API": ("POST", "/api/v1/status/incidents", {"headers": bearer, "json": INCIDENT}),
            "a ping": ("POST", self.ping_url.removeprefix(self.product.url), {}),
            "an agent's results": (
                "POST", "/api/v1/agent/results", {"headers": bearer, "json": {"results": []}},
            ),
            "a reader's report": (
                "POST", "/api/v1/readers/heartbeat",
                {"headers": bearer, "json": {"consumer_name": "r"}},
            ),
            "a subscription": (
                "POST", "/status/subscribe",
                {"headers": HTML, "data": {"email": "ada@example.org", "channel": "email"}},
            ),
            "confirming": ("POST", f"/status/confirm/{link}", {"headers": HTML}),
            "leaving": ("POST", f"/status/unsubscribe/{link}", {"headers": HTML}),
        }  # fmt: skip

    def request(self, method: str, path: str, **arguments: object) -> requests.Response:
        return requests.request(
            method, f"{self.product.url}{path}", timeout=PATIENCE, allow_redirects=False,
            **arguments,  # type: ignore[arg-type]
        )  # fmt: skip

    def check(self, name: str) -> requests.Response:
        """Ask the management listener for a named check."""
        address = f"http://127.0.0.1:{self.product.management_port}/healthz/{name}"
        return requests.get(address, timeout=PATIENCE)

    def until_known(self) -> None:
        until(lambda: self.check("database").status_code == 503, what="the alarm")

    def refusals(self) -> dict[str, requests.Response]:
        return {
            name: self.request(method, path, **arguments)
            for name, (method, path, arguments) in self.writes().items()
        }

    def until_well(self) -> None:
        """Wait until all roles make progress again and an incident is stored, by themselves."""
        until(lambda: self.check("database").status_code == 200, what="the end of the alarm")
        _, path, arguments = self.writes()["the API"]
        until(lambda: self.request("POST", path, **arguments).status_code == 201, what="a write")
        until(lambda: self.product.slowest_progress() < 5, what="progress of every role")


@pytest.fixture(scope="module")
def trouble(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trouble]:
    folder = tmp_path_factory.mktemp("product")
    with start_private_postgres() as postgres:
        migrate_database(postgres.url, folder)
        yield from troubled(postgres, folder)


def troubled(postgres: Postgres, folder: Path) -> Iterator[Trouble]:
    with (
        # Without one nobody could subscribe by mail; nothing is ever sent there.
        running(folder, DATABASE_URL=postgres.url, EMAIL_URL="smtp://127.0.0.1:9") as made,
    ):
        made.wait_until_at_work()
        made.add_component()
        scopes = ("status:write", "monitors:write", "readers:write", "pages:write")
        key = made.manage(
            "token", "trouble", *(word for scope in scopes for word in ("--scope", scope))
        ).split()[-1]
        monitor = {
            "name": "calls", "component": "checkout", "kind": "heartbeat",
            "config": {"period": 3600},
        }  # fmt: skip
        bearer = {"Authorization": f"Bearer {key}"}
        monitors = f"{made.url}/api/v1/monitors"
        answer = requests.post(monitors, json=monitor, headers=bearer, timeout=PATIENCE)
        address = f"{monitors}/{answer.json()['id']}/ping-key"
        ping_url = requests.put(address, headers=bearer, timeout=PATIENCE).json()["ping_url"]
        path = ping_url.partition("/ping/")[2]
        form = requests.get(f"{made.url}/admin/login/", timeout=PATIENCE)
        csrf = form.cookies["statuspage_csrf"]
        holder = enter_private_page(made, bearer)
        yield Trouble(made, postgres, key, f"{made.url}/ping/{path}", csrf, holder)


def enter_private_page(product: Product, bearer: dict[str, str]) -> str:
    """Make a private page; return the cookie of somebody who entered its password."""
    page = {"slug": "inner", "name": "Inner", "everything": True, "private": True}
    made = requests.post(
        f"{product.url}/api/v1/pages", json={**page, "password": "correct horse"}, headers=bearer,
        timeout=PATIENCE,
    )  # fmt: skip
    assert made.status_code == 201, made.text

    def entered() -> str:
        answer = requests.post(
            f"{product.url}/status/p/inner/door", data={"password": "correct horse"},
            timeout=PATIENCE, allow_redirects=False,
        )  # fmt: skip
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

    return str(until(entered, what="a pass to the private page"))


def set_read_only(url: str, *, on: bool) -> None:
    """What a switch-over does to a former primary."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        state = "on" if on else "off"
        connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {state}".encode())
        connection.execute("SELECT pg_reload_conf()")


def assert_refused(answers: dict[str, requests.Response], *, what: str) -> None:
    told = {
        name: f"{answer.status_code} {answer.headers.get('Retry-After')} {answer.text[:300]}"
        for name, answer in answers.items()
        if answer.status_code != 503 or not answer.headers.get("Retry-After") or not answer.text
    }
    assert told == {}
    assert what in answers["the API"].json()["detail"]


def test_a_primary_that_turns_read_only_is_found_out_and_nothing_claims_that_it_wrote(
    trouble: Trouble,
) -> None:
    set_read_only(trouble.postgres.url, on=True)
    try:
        trouble.until_known()
        answers = trouble.refusals()
        alarm = trouble.check("database")
        page = trouble.request("GET", "/status", headers=HTML)
        until(
            lambda: 'id="stale"' in trouble.request("GET", "/status", headers=HTML).text,
            what="the age of the figures on the page",
        )
    finally:
        set_read_only(trouble.postgres.url, on=False)
    trouble.until_well()

    # A server that can be read tells that these links and this key are nobody's.
    for name in ("confirming", "leaving", "an agent's results"):
        assert 400 <= answers.pop(name).status_code < 600
    assert_refused(answers, what="takes no changes")
    assert "it can be read, and not be written to" in alarm.text
    assert page.status_code == 200


def test_a_server_that_hangs_keeps_no_request_waiting_for_good(trouble: Trouble) -> None:
    main = psutil.Process(trouble.postgres._server.get_pid())
    hung = [main, *main.children(recursive=True)]
    for process in hung:
        process.send_signal(signal.SIGSTOP)
    try:
        trouble.until_known()
        answers = trouble.refusals()
        pages = [trouble.request("GET", "/status", headers=HTML) for _ in range(20)]
    finally:
        for process in reversed(hung):
            process.send_signal(signal.SIGCONT)
    trouble.until_well()

    assert_refused(answers, what="does not answer")
    assert {page.status_code for page in pages} == {200}


def test_a_server_that_is_stopped_and_started_is_found_again(trouble: Trouble) -> None:
    trouble.postgres.stop()
    try:
        trouble.until_known()
        answers = trouble.refusals()
        pages = [trouble.request("GET", "/status", headers=HTML) for _ in range(20)]
        private = {
            path: [
                trouble.request("GET", f"/status/p/inner{path}", headers=headers).status_code
                for headers in ({**HTML, "Cookie": trouble.holder}, HTML)
            ]
            for path in ("", "/feed.atom", "/api/v2/summary.json")
        }
    finally:
        trouble.postgres.start()
    trouble.until_well()

    assert_refused(answers, what="does not answer")
    assert {page.status_code for page in pages} == {200}
    # Who has a pass reads on, and who has none learns nothing.
    assert set(map(tuple, private.values())) == {(200, 401)}


def test_no_traceback_was_logged_and_no_outage_twice_a_second(trouble: Trouble) -> None:
    told = "\n".join(trouble.product.log)

    assert "Traceback" not in told, told[-4000:]
    assert len([line for line in trouble.product.log if "database" in line]) < 120, told[-4000:]
