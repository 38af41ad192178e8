"""Heartbeats on the running product: nothing that was answered is lost, and old clients work."""

import concurrent.futures
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from tests.counterparts import program
from tests.environment import start_private_postgres
from tests.journeys.product import Product, running
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
SECONDS = 3.0
SENDERS = 8


@contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    """What the product is told of its database."""
    if kind == "SQLite":
        yield {}
        return
    with start_private_postgres() as server:
        yield {"DATABASE_URL": server.url}


def api(product: Product, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(
        method,
        f"{product.url}/api/v1/{path}",
        json=body,
        headers={"Authorization": f"Bearer {product.environ['TOKEN']}"},
        timeout=PATIENCE,
    )
    answer.raise_for_status()
    return answer.json()


def new_heartbeat(product: Product, **config: Any) -> str:
    """Make a heartbeat and return its ping address."""
    monitor = api(
        product, "POST", "monitors",
        {"name": "calls", "component": "checkout", "kind": "heartbeat", "config": config},
    )  # fmt: skip
    product.environ["MONITOR"] = str(monitor["id"])
    return str(api(product, "PUT", f"monitors/{monitor['id']}/ping-key")["ping_url"])


def said(product: Product) -> dict[str, Any]:
    state: dict[str, Any] = api(product, "GET", f"monitors/{product.environ['MONITOR']}")["state"][
        0
    ]
    return state


def start(product: Product) -> None:
    until(product.status, what="the page answers")
    product.add_component()
    product.environ["TOKEN"] = product.manage(
        "token", "test", "--scope", "monitors:read", "--scope", "monitors:write"
    ).splitlines()[-1].split()[-1]  # fmt: skip


def ping_until_told(address: str, stop: threading.Event, told: list[str]) -> None:
    """Ping on; note what was answered with 200."""
    number = 0
    with requests.Session() as session:
        while not stop.is_set():
            name = f"{threading.get_ident()}-{number}"
            number += 1
            with suppress(requests.RequestException):
                answer = session.post(f"{address}/log", data=name, timeout=10)
                if answer.status_code == 200:
                    told.append(name)


def stored_pings(product: Product) -> list[tuple[str, str]]:
    """The words and bodies of all pings in order, from the database itself."""
    query = "SELECT word, body FROM monitors_ping ORDER BY id"
    url = product.environ.get("DATABASE_URL")
    if url:
        with psycopg.connect(url) as connection:
            return connection.execute(query).fetchall()
    with sqlite3.connect(product.data_dir / "db.sqlite3") as file:
        rows = file.execute(query).fetchall()
    file.close()
    return rows


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_a_killed_web_process_loses_no_ping_that_was_answered_r14(
    kind: str, tmp_path: Path
) -> None:
    with database(kind) as environ, running(tmp_path, **environ) as product:
        start(product)
        address = new_heartbeat(product, period=60)
        told: list[str] = []
        stop = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
            for _ in range(SENDERS):
                pool.submit(ping_until_told, address, stop, told)
            rounds = kills = 0
            while rounds < 3 or kills < 2:
                rounds += 1
                time.sleep(SECONDS / 3)
                with suppress(LookupError):
                    before = len(told)
                    product.role("web").kill()
                    kills += 1
                    until(lambda: len(told) > before + SENDERS, what="pings again")  # noqa: B023
            stop.set()

        assert kills >= 2
        assert len(told) > 50
        assert set(told) <= {body for _, body in stored_pings(product)}


def test_existing_clients_work_and_silence_is_noticed(tmp_path: Path) -> None:
    program("curl")
    with running(tmp_path) as product:
        start(product)
        address = new_heartbeat(product, period=2, grace=1)

        # As the documentation of cron jobs everywhere has it.
        cron = f"curl -fsS -m 10 --retry 5 -o /dev/null {address}/start && sleep 0.2; "
        cron += f"curl -fsS -m 10 --retry 5 -o /dev/null --data-raw 'went well' {address}/$?"

        def ran() -> Any:
            """What is said just after a job: three seconds later it would be silence."""
            subprocess.run(["sh", "-c", cron], check=True, timeout=PATIENCE, env=dict(os.environ))
            told = said(product)
            return told if told["verdict"] == "up" else None

        took = until(ran, what="up")["latency_ms"]
        until(lambda: said(product)["verdict"] == "down", what="down")

        # A push agent of Uptime Kuma, as its own examples have it.
        push = address.replace("/ping/", "/api/push/")
        answers: list[Any] = []

        def pushed() -> bool:
            got = requests.get(f"{push}?status=up&msg=OK&ping=", timeout=PATIENCE)
            answers.append(got.json())
            return bool(said(product)["verdict"] == "up")

        until(pushed, what="up again")

    assert answers[0] == {"ok": True}
    assert took >= 200


def test_while_the_database_is_away_a_ping_is_503_and_nobody_is_called_silent(
    tmp_path: Path,
) -> None:
    with start_private_postgres() as server, running(tmp_path, DATABASE_URL=server.url) as product:
        start(product)
        address = new_heartbeat(product, period=5, grace=1)

        def up() -> bool:
            """Having pinged just now: silence would be down, and rightly so."""
            return requests.get(address, timeout=10).ok and said(product)["verdict"] == "up"

        until(up, what="up")
        server.stop()
        away = [requests.get(address, timeout=PATIENCE) for _ in range(3)]
        time.sleep(7.0)
        server.start()
        until(up, what="pings are stored again")
        with psycopg.connect(server.url) as connection:
            told = connection.execute(
                "SELECT data->>'verdict' FROM components_journalentry"
                " WHERE kind = 'monitor.state_changed' AND data->>'name' = 'calls'"
            ).fetchall()

    assert [answer.status_code for answer in away] == [503, 503, 503]
    assert all(answer.headers["Retry-After"] for answer in away)
    assert ("down",) not in told
