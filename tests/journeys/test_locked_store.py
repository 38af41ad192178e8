"""SQLite's store is locked by another process for longer than anybody waits for it (R8, F-O7).

Readers, incidents and pings go on meanwhile, each as its documentation asks: what is refused is
sent again. Afterwards all is there, once, and was told once.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from statuspage.drills import queries
from statuspage.drills.failover_load import FailoverLoad
from tests.journeys.product import Product, running
from tests.mailserver import Script, mail_server
from tests.servers import Target
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
LOCKED_SECONDS = 22
"""A statement waits for the lock for 20 s, then is refused."""
_LOCK = """\
import sqlite3, sys, time
holder = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
holder.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
holder.execute("ROLLBACK")
"""
PEOPLE = ("ann@example.org", "bob@example.org")
CATALOGUE = """\
groups:
- name: Shop
  components:
  - name: Shop
    slug: shop
    monitors:
    - {{name: Answers, config: {{url: "{url}"}}, interval: 1, timeout: 1}}
    - {{name: Job, kind: heartbeat, config: {{period: 3600}}}}
"""


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Let another process hold the store's write lock, and wait for its end."""
    command = [sys.executable, "-c", _LOCK, str(store), str(LOCKED_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "locked\n"
        yield
        holder.wait(PATIENCE)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[tuple[Product, Script]]:
    script = Script()
    with (
        mail_server(script) as (host, port),
        running(tmp_path / "data", EMAIL_URL=f"smtp://{host}:{port}") as made,
    ):
        made.wait_until_at_work()
        yield made, script


def load_of(product: Product, target: Target) -> FailoverLoad:
    """Have monitors and subscribers; return who uses the product."""
    catalogue, people = product.data_dir / "shop.yaml", product.data_dir / "people.csv"
    catalogue.write_text(CATALOGUE.format(url=target.url("/")))
    people.write_text("address,confirmed\n" + "".join(f"{each},yes\n" for each in PEOPLE))
    product.manage("preset", str(catalogue))
    product.manage("subscribers", "import", str(people))
    scopes = ("--scope", "status:write", "--scope", "monitors:write")
    headers = {"Authorization": f"Bearer {product.manage('token', 'load', *scopes).split()[-1]}"}
    monitors = f"{product.url}/api/v1/monitors"
    ((job,),) = queries.query_sqlite(product.data_dir / "db.sqlite3", _JOB, ())
    key = requests.put(f"{monitors}/{job}/ping-key", headers=headers, timeout=PATIENCE).json()
    path = str(key["ping_url"]).partition("/ping/")[2]
    return FailoverLoad(product.url, ping_url=f"{product.url}/ping/{path}", headers=headers)


def test_r8_a_store_that_is_locked_for_long_loses_and_doubles_nothing(
    product: tuple[Product, Script],
) -> None:
    up, mails = product
    store = up.data_dir / "db.sqlite3"
    with Target() as target:
        with load_of(up, target) as load:
            until(
                lambda: len(load.incidents) > 1 and len(load.pings) > 1, what="incidents and pings"
            )
            roles = {role: up.role(role).pid for role in ("web", "beat", "probes", "notify")}
            with locked(store):
                pages = load.pages[200]
                told, pings = len(load.incidents), len(load.pings)
            until(lambda: len(load.incidents) > told + 1, what="incidents after the lock")
            until(lambda: len(load.pings) > pings + 1, what="pings after the lock")
        wanted = len(load.incidents) * len(PEOPLE)
        with suppress(AssertionError):
            until(lambda: len(mails.mails) >= wanted, what="all mails")
        down = queries.query_sqlite(store, _DOWN, ())

    titles = Counter(title for (title,) in queries.query_sqlite(store, _TITLES, ()))
    kept = Counter(body for (body,) in queries.query_sqlite(store, _PINGS, ()))
    assert load.pages[200] > pages, "the page was asked for"
    assert load.lost_pages == 0, load.pages
    assert load.silent == []
    assert titles == Counter(load.incidents), "each incident once"
    assert {body: kept[body] for body in load.pings} == dict.fromkeys(load.pings, 1)
    ids = Counter((mail.recipients[0], mail.id) for mail in mails.mails)
    assert set(ids.values()) == {1}
    assert len(ids) == wanted
    assert down == []
    assert {role: up.role(role).pid for role in roles} == roles, "nobody was started anew"
    assert "Traceback" not in "\n".join(up.log)


_JOB = "SELECT id FROM monitors_monitor WHERE name = 'Job'"
_TITLES = "SELECT title FROM incidents_incident"
_PINGS = "SELECT body FROM monitors_ping"
_DOWN = """SELECT data FROM components_journalentry WHERE kind = 'monitor.state_changed'
AND data->>'verdict' <> 'up'"""
