"""Two machines on one PostgreSQL, the release before and this one, while tables are migrated."""

import io
import shutil
import subprocess
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
import requests

from tests import ROOT
from tests.architecture.test_migrations import BASELINE
from tests.counterparts import missing
from tests.environment import start_private_postgres
from tests.journeys.product import Product, running
from tests.mailserver import Script, mail_server
from tests.servers import Target
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.long


def code_before_the_migrations(folder: Path) -> Path:
    """Put the code that knew none of the migrations after the baseline into a folder.

    Skips where there is no history, as in a package or a shallow clone.
    """
    newer = [
        str(path.relative_to(ROOT))
        for app, number in BASELINE.items()
        for path in (ROOT / app / "migrations").glob("0*.py")
        if int(path.name[:4]) > number
    ]
    told = _git("log", "--first-parent", "-m", "--diff-filter=A", "--format=%H", "--", *newer)
    packed = _git("archive", f"{told.decode().split()[-1]}^1")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    if done.returncode or not done.stdout.strip():
        missing("history", f"git {arguments[0]}: {done.stderr.decode()[:200]}")
    return done.stdout


class Visitor:
    """Asks for the page all the time, and remembers what it was refused."""

    def __init__(self, url: str) -> None:
        self.asked = 0
        self.refused: list[str] = []
        self._url = url
        self._leaving = threading.Event()

    @contextmanager
    def visiting(self) -> Iterator["Visitor"]:
        thread = threading.Thread(target=self._visit, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._leaving.set()
            thread.join(timeout=PATIENCE)

    def _visit(self) -> None:
        while not self._leaving.wait(0.02):
            try:
                answer = requests.get(f"{self._url}/status", timeout=PATIENCE)
            except requests.RequestException as error:
                self.refused.append(repr(error))
            else:
                self.asked += 1
                if answer.status_code != 200:
                    self.refused.append(f"{answer.status_code}: {answer.text[:200]}")


def post(product: Product, path: str, key: str, **body: object) -> dict[str, object]:
    answer = requests.post(
        f"{product.url}{path}", headers={"Authorization": f"Bearer {key}"}, json=body,
        timeout=PATIENCE,
    )  # fmt: skip
    assert answer.ok, answer.text
    told: dict[str, object] = answer.json()
    return told


def test_the_release_before_serves_while_this_one_migrates_and_joins(tmp_path: Path) -> None:
    """No page is missed, no check is made twice, nothing is sent twice, and both may write."""
    before = code_before_the_migrations(tmp_path / "before")
    script = Script()
    with (
        start_private_postgres() as postgres,
        Target() as target,
        mail_server(script) as (host, port),
    ):
        shared = {
            "STATUSPAGE_SECRET_KEY": "k" * 50, "DATABASE_URL": postgres.url,
            "EMAIL_URL": f"smtp://{host}:{port}",
        }  # fmt: skip
        old_environ = {**shared, "STATUSPAGE_MACHINE": "a"}
        with running(tmp_path / "a", code=before, **old_environ) as old:
            old.wait_until_at_work()
            key = old.manage(
                "token", "upgrade", "--scope", "monitors:write", "--scope", "status:write",
                "--scope", "subscribers:write",
            )  # fmt: skip
            old.add_component()
            people = tmp_path / "people.csv"
            people.write_text("address,confirmed_at\nann@example.org,2026-01-01T00:00:00Z\n")
            old.manage("subscribers", "import", str(people))
            post(
                old, "/api/v1/monitors", key, name="Answers", component="checkout",
                kind="endpoint", config={"url": target.url("/checked")}, interval=1, timeout=1,
            )  # fmt: skip
            with Visitor(old.url).visiting() as visitor:
                (tmp_path / "b").mkdir()
                shutil.copyfile(tmp_path / "a" / "secrets.keys", tmp_path / "b" / "secrets.keys")
                new_environ = {**shared, "STATUSPAGE_MACHINE": "b"}
                with running(tmp_path / "b", **new_environ) as new:
                    new.wait_until_at_work()
                    opened = post(
                        old, "/api/v1/status/incidents", key, title="Slow", severity="minor",
                        message="We look into it.",
                    )  # fmt: skip
                    until(
                        lambda: "Slow" in str(new.status()["incidents"]), what="it on the new page"
                    )
                    post(
                        new, f"/api/v1/status/incidents/{opened['id']}/updates", key,
                        status="resolved", message="It is over.",
                    )  # fmt: skip
                    until(lambda: not old.status()["incidents"], what="its end on the old page")
                    until(lambda: len(script.mails) >= 2, what="both mails")
                    with psycopg.connect(postgres.url) as database:
                        made = database.execute(
                            "SELECT check_id, at_ms - late_ms FROM monitors_result ORDER BY 1, 2"
                        ).fetchall()

    assert visitor.asked > 50
    assert visitor.refused == []
    told = Counter(mail.id for mail in script.mails)
    assert sorted(told.values()) == [1, 1]
    # Twice is what was due at one instant. One that was late, or made up for by whoever took it
    # over, may be followed by the next in time after less than its interval.
    gaps = [b[1] - a[1] for a, b in pairwise(made) if a[0] == b[0]]
    assert [gap for gap in gaps if gap < 10] == [], "a check was made twice"
