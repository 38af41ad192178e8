"""F-O10: a backup is made under load, then all is killed and the store is lost and restored.

What was sent since the backup must not be sent again: the restored store knows nothing of it.
"""

import email
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.environment import DrillEnvironment, catalogue
from statuspage.drills.mail_server import MailServer
from statuspage.drills.targets import DrillTargets

INCIDENTS = "/api/v1/status/incidents"
_OUTAGE = timedelta(days=7)
"""Declared of a component; a few minutes of checks move its uptime by less than the tolerance."""
_TOLERANCE = 0.5
"""Percentage points."""
_LINK = re.compile(r"https?://[^\s<>\"]+")


class StoreLoss(Drill):
    name = "backup"
    fault = "a store at work is backed up, then all is killed, wiped and restored"
    target = (
        "figures, incidents and old links are as before, and nothing is sent until released (F-O10)"
    )
    takes_database = True

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        monitors, recipients, seconds = (10, 5, 1.0) if short else (300, 200, 60.0)
        targets, server = DrillTargets(), MailServer(lambda address: None)
        try:
            with DrillEnvironment(database=self.database) as environment, ExitStack() as sockets:
                urls = [targets.url()] * monitors
                play = _Scenario(environment, server, sockets, self.database, say)
                play.begin(urls, recipients)
                play.back_up(seconds, verify=not short)
                play.lose()
                play.restore()
                play.judge()
                return play.result
        finally:
            server.close()
            targets.close()


class _Scenario:
    """The steps of the drill, one after the other."""

    def __init__(
        self,
        environment: DrillEnvironment,
        server: MailServer,
        sockets: ExitStack,
        database: str,
        say: Callable[[str], None],
    ) -> None:
        self._environment, self._server, self._say = environment, server, say
        self._database = database
        listeners = [sockets.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in "12"]
        self._fds = [each.fileno() for each in listeners]
        self._site = f"http://127.0.0.1:{listeners[0].getsockname()[1]}"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._headers: dict[str, str] = {}
        self._recipients = 0
        self._posted = 0
        self._before: dict[str, float] = {}
        self._pages: dict[str, str] = {}
        self._link = ""
        self._sent = 0
        self._backup = environment.folder / "backup.tar.gz"
        self._passphrase = environment.folder / "passphrase"
        self.result = DrillResult()

    def begin(self, urls: list[str], recipients: int) -> None:
        """Start every role, with a store that has a past."""
        environ = self._environment.environ
        # As on one machine: keys lie in the data folder, and are lost with it.
        del environ["STATUSPAGE_SECRET_KEY"]
        environ |= {"EMAIL_URL": f"smtp://127.0.0.1:{self._server.port}", "SITE_URL": self._site}
        self._recipients = recipients
        key = self._environment.prepare(catalogue(urls, interval=1, timeout=1))
        self._headers = {"Authorization": f"Bearer {key}"}
        people = self._environment.folder / "people.csv"
        rows = (f"p{number}@example.org,yes\n" for number in range(recipients))
        people.write_text(f"address,confirmed\n{''.join(rows)}")
        self._environment.manage("subscribers", "import", str(people))
        self._start()
        past = datetime.now(UTC) - timedelta(days=9)
        self._post(
            "Of last week", notify=False, started_at=past.isoformat(),
            resolved_at=(past + _OUTAGE).isoformat(), status="resolved",
            component_statuses={str(self._component()): "major_outage"},
        )  # fmt: skip

    def back_up(self, seconds: float, *, verify: bool) -> None:
        """Make the backup while checks, incidents and mails go on."""
        self._passphrase.write_text("the passphrase of a drill")
        with self._load():
            self._wait(lambda: self._server.accepted.total() > 0, "the first mail")
            self._before = self._public()
            self._pages = self._incident_pages()
            self._link = self._manage_link()
            # So that mails wait in the backup that are sent afterwards, and not to be sent again.
            self._server.refusing = True
            self._wait(lambda: self._waiting("due IS NOT NULL") > 0, "mails that wait")
            self._environment.manage("backup", str(self._backup), *self._with_keys())
            self._server.refusing = False
            time.sleep(seconds)
        self._wait(
            lambda: len(self._server.accepted) >= self._posted * self._recipients, "all mails"
        )
        if verify:
            self._environment.manage("backup", str(self._backup), "--verify")
        size = self._backup.stat().st_size
        self._say(f"{size:,} bytes of backup, made while {self._posted} incidents were posted")

    def lose(self) -> None:
        """Kill all that runs, and wipe the store with its keys."""
        for process in self._processes:
            process.kill()
        self._environment.stop(self._processes)
        self._processes.clear()
        self.result.injected += 1
        self._sent = self._server.accepted.total()
        shutil.rmtree(self._environment.data)
        self._environment.data.mkdir()
        if self._database:
            import psycopg  # noqa: PLC0415  (only a drill on PostgreSQL needs the driver)

            with psycopg.connect(self._database, autocommit=True) as connection:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")

    def restore(self) -> None:
        """Restore on what might be another machine, and start again."""
        lost_at = time.monotonic()
        self._environment.manage("restore", str(self._backup), *self._with_keys())
        self._start()
        self.result.recovery = time.monotonic() - lost_at

    def judge(self) -> None:
        """Compare with what was there before, and see that nothing is sent."""
        result, after = self.result, self._public()
        for name, figure in self._before.items():
            same = abs(after.get(name, -1.0) - figure) < _TOLERANCE
            result.false += not same
            result.expect(same, f"the uptime of {name} is {after.get(name)}, not {figure}")
        pages = self._incident_pages()
        result.lost = sum(pages.get(reference) != text for reference, text in self._pages.items())
        result.expect(result.lost == 0, f"{result.lost} incident pages are lost or changed")
        answer = requests.get(self._link, timeout=30)
        result.expect(answer.ok, f"a link of an old mail was answered {answer.status_code}")
        held = self._waiting("state = 'held'")
        result.expect(held > 0, "nothing was held that waited in the backup")
        self._post("After the restore")
        self._wait(
            lambda: self._waiting("state = 'held'") >= held + self._recipients,
            "the new mails' being held",
        )
        result.duplicated = self._server.accepted.total() - self._sent
        result.expect(result.duplicated == 0, f"{result.duplicated} mails before the release")
        self._environment.manage("deliveries", "discard")
        self._post("After the release")
        self._wait(
            lambda: self._server.accepted.total() >= self._sent + self._recipients,
            "the mails after the release",
        )
        self._say(
            f"{len(self._pages)} incident pages and {len(self._before)} figures are as they were; "
            f"{held} mails were held"
        )

    @contextmanager
    def _load(self) -> Iterator[None]:
        """Tell incidents within the block, one after the other."""
        stopping = threading.Event()

        def tell() -> None:
            while not stopping.is_set():
                with suppress(requests.RequestException):
                    self._post(f"Incident {self._posted}")
                stopping.wait(0.2)

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        try:
            yield
        finally:
            stopping.set()
            teller.join(60)

    def _start(self) -> None:
        public, management = map(str, self._fds)
        self._processes = [
            self._environment.start(
                "web", "--fd", public, "--management-fd", management, fds=self._fds
            ),
            self._environment.start("beat"),
            *(self._environment.start("work", "--queue", each) for each in ("probes", "notify")),
        ]
        began = time.time()
        self._wait(lambda: self._has_probed_since(began), "the first checks of all")
        self._wait(lambda: bool(self._public()), "the page")

    def _has_probed_since(self, began: float) -> bool:
        rows = self._environment.query(
            "SELECT (SELECT COUNT(*) FROM monitors_check),"
            " (SELECT COUNT(DISTINCT check_id) FROM monitors_result WHERE at_ms > ?)",
            int(began * 1000),
        )
        return bool(rows) and rows[0][0] > 0 and rows[0][0] == rows[0][1]

    def _wait(self, holds: Callable[[], bool], what: str) -> None:
        self._environment.wait_until(holds, seconds=120, what=what)

    def _post(self, title: str, *, notify: bool = True, **more: Any) -> None:
        body = {"title": title, "severity": "minor", "message": "Of a drill.", **more}
        response = requests.post(
            f"{self._site}{INCIDENTS}", json={**body, "notify": notify}, headers=self._headers,
            timeout=30,
        )  # fmt: skip
        response.raise_for_status()
        self._posted += notify

    def _component(self) -> int:
        return int(self._environment.query("SELECT MAX(id) FROM components_component")[0][0])

    def _public(self) -> dict[str, float]:
        """Return the uptime of each component, as the page says; empty while there is none."""
        with suppress(requests.RequestException, ValueError, KeyError):
            told = requests.get(f"{self._site}/status?format=json", timeout=30).json()
            figures = {each["id"]: each["uptime_90d"] for each in told["services"]}
            return {name: 100.0 if each is None else each for name, each in figures.items()}
        return {}

    def _incident_pages(self) -> dict[str, str]:
        """Return the title of each incident's page by its reference."""
        told = requests.get(
            f"{self._site}{INCIDENTS}?limit=200", headers=self._headers, timeout=30
        ).json()
        pages = {}
        for reference in (each["reference"] for each in told["incidents"]):
            answer = requests.get(f"{self._site}/status/incidents/{reference}", timeout=30)
            title = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)
            if answer.ok and title:
                pages[reference] = title[1]
        return pages

    def _manage_link(self) -> str:
        """Return a recipient's own link out of a mail."""
        mail = email.message_from_bytes(self._server.newest)
        header = str(mail.get("List-Unsubscribe", ""))
        found = _LINK.search(header)
        if found is None:
            raise RuntimeError(f"a mail has no link: {header!r}")
        return found[0]

    def _waiting(self, condition: str) -> int:
        rows = self._environment.query(
            f"SELECT COUNT(*) FROM subscribers_delivery WHERE {condition}"  # noqa: S608  (ours)
        )
        return int(rows[0][0]) if rows else 0

    def _with_keys(self) -> tuple[str, ...]:
        return ("--with-keys", "--passphrase-file", str(self._passphrase))
