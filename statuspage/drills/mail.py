"""R3, R5, R16, R19: senders that are killed and stopped, a mail server that fails, and poison.

Every incident goes to all recipients, and every mail that the server took is counted by its id: so
nothing can be lost or doubled unseen. Each sender is a cluster of its own with one worker, so that
a kill is the end of one sender.
"""

import csv
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.environment import MANAGE, DrillEnvironment, catalogue
from statuspage.drills.mail_server import MailFault, MailServer

SENDERS = 2
HUNDRED = 100
HUNDRED_SECONDS = 5.0
STOP_SECONDS = 5.0
NEIGHBOUR_SECONDS = 1.0
KILL_EVERY = 1.0


class FaultPlan:
    """The faults by recipient, each once; those of `is_gone` always."""

    def __init__(self) -> None:
        self._met: set[str] = set()
        self.at_work = False

    def __call__(self, address: str) -> MailFault | None:
        number = int("".join(filter(str.isdigit, address)) or 0)
        if not self.at_work:
            return None
        if is_gone(number):
            return MailFault.NEVER
        if address in self._met:
            return None
        fault = _FAULTS.get(number % 200)
        if fault:
            self._met.add(address)
        return fault


_FAULTS = {
    **dict.fromkeys((5, 30, 55, 80, 105, 130, 155, 180), MailFault.LATER),
    20: MailFault.DROP,
    41: MailFault.STALL,
}


def is_gone(number: int) -> bool:
    return number % 100 == 99


class Mail(Drill):
    name = "mail"
    fault = (
        "senders are killed and stopped, the mail server refuses, stalls, drops and says 4xx and "
        "5xx, and there is poison among what is to be sent"
    )
    target = (
        "0 lost, at most 1 repeat per kill, under the same Message-ID (R3); the first 100 mails "
        "within 5 s (R5); a stop takes 5 s at most (R16); poison is given up, its neighbours "
        "wait less than 1 s (R19)"
    )
    takes_database = True
    alone = True

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        recipients, kills = (250, 2) if short else (10_000, 100)
        plan = FaultPlan()
        server = MailServer(plan)
        try:
            with DrillEnvironment(database=self.database) as environment:
                play = _MailScenario(environment, server, plan, recipients, say)
                play.begin()
                play.on_time()
                play.poisoned()
                play.stopped()
                play.in_trouble(kills)
                play.judge()
                return play.result
        finally:
            server.close()


class _MailScenario:
    """The steps of the drill, one after the other, on one store."""

    def __init__(
        self,
        environment: DrillEnvironment,
        server: MailServer,
        plan: FaultPlan,
        recipients: int,
        say: Callable[[str], None],
    ) -> None:
        self._environment, self._server, self._plan = environment, server, plan
        self._recipients, self._say = recipients, say
        self._incidents = 0
        self._first = 0.0
        self._writer: subprocess.Popen[bytes] | None = None
        """The process that carries out commands on the store."""
        self._senders: list[subprocess.Popen[bytes]] = []
        self._timeout = 60.0 + recipients / 20
        self.result = DrillResult()

    def begin(self) -> None:
        self._environment.environ |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{self._server.port}",
            "SITE_URL": "https://status.example.com",
            "STATUSPAGE_NOTIFY_WORKERS": "1",
        }
        self._environment.prepare(catalogue([]))
        file = self._environment.folder / "people.csv"
        with file.open("w", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(["address", "confirmed"])
            rows.writerows((f"p{number}@example.org", "yes") for number in range(self._recipients))
        subprocess.run(  # noqa: S603  (our own command)
            [sys.executable, str(MANAGE), "subscribers", "import", str(file)],
            env=self._environment.environ, capture_output=True, check=True,
        )  # fmt: skip
        self._writer = self._environment.start(module="statuspage.drills.notice_writer", piped=True)
        self._environment.start("beat")
        self._senders = [self._sender() for _ in range(SENDERS)]
        self._environment.wait_until(
            lambda: bool(
                self._environment.query(
                    "SELECT role FROM statuspage_progress WHERE role LIKE ?", "notify%"
                )
            ),
            seconds=60,
            what="the senders' beginning",
        )

    def on_time(self) -> None:
        """R5: the first mails are sent in time."""
        sent_at = self._notify()
        self._wait_for_all()
        self._first = self._server.arrivals[0] - sent_at
        hundredth = self._server.arrivals[min(HUNDRED, self._recipients) - 1] - sent_at
        self.result.expect(
            hundredth <= HUNDRED_SECONDS, f"the first 100 mails took {hundredth:.1f} s"
        )
        self._say(f"R5: the first mail after {self._first:.2f} s, 100 after {hundredth:.2f} s")

    def poisoned(self) -> None:
        """R19: a row, a task and a schedule."""
        self._command("poison")
        self.result.injected += 3
        before = len(self._server.arrivals)
        sent_at = self._notify()
        self._wait_for_all()
        first = self._server.arrivals[before] - sent_at
        delay = first - self._first
        self.result.expect(
            delay < NEIGHBOUR_SECONDS, f"poison delayed its neighbours {delay:.1f} s"
        )
        self._say(f"R19: with poison beside it, the first mail after {first:.2f} s")

    def _is_set_aside(self) -> bool:
        rows = self._environment.query(
            "SELECT reason FROM subscribers_delivery WHERE state = 'failed' AND channel = 'webhook'"
        )
        return bool(rows) and all("given up after 3 tries" in reason for (reason,) in rows)

    def stopped(self) -> None:
        """R16: SIGTERM to a sender in the middle of its work."""
        repeats, before = self._server.repeats, len(self._server.arrivals)
        self._notify()
        self._environment.wait_until(
            lambda: len(self._server.arrivals) > before, seconds=30, what="the sending's beginning"
        )
        began = time.monotonic()
        self._senders[0].send_signal(signal.SIGTERM)
        try:
            self._senders[0].wait(STOP_SECONDS * 4)
        except subprocess.TimeoutExpired:
            self.result.expect(False, "a sender did not stop")
        took = time.monotonic() - began
        self.result.injected += 1
        self.result.expect(took <= STOP_SECONDS, f"a stop took {took:.1f} s")
        self._environment.stop([self._senders[0]])
        self._senders[0] = self._sender()
        self._wait_for_all()
        again = self._server.repeats - repeats
        self.result.duplicated += again
        self.result.expect(again == 0, f"a stop made {again} repeats")
        self._say(f"R16: stopped within {took:.1f} s under load, {again} repeats")

    def in_trouble(self, kills: int) -> None:
        """R3: the server fails, and senders are killed."""
        repeats = self._server.repeats
        self._plan.at_work = True
        self._notify()
        for number in range(kills):
            self._server.refusing = number % 10 == 1
            time.sleep(KILL_EVERY)
            victim = random.randrange(SENDERS)  # noqa: S311  (which of two)
            self._senders[victim].kill()
            self._environment.stop([self._senders[victim]])
            self._senders[victim] = self._sender()
            if self._have_all_ended():
                self._notify()
        self._server.refusing = False
        self.result.injected += kills
        healed = time.monotonic()
        self._environment.wait_until(
            self._have_all_ended, seconds=self._timeout, what="all messages' having an end"
        )
        self.result.recovery = time.monotonic() - healed
        again = self._server.repeats - repeats
        self.result.duplicated += max(0, again - kills)
        self.result.expect(again <= kills, f"{again} repeats of {kills} kills")
        self._say(f"R3: {kills} kills, {self._server.faults} faults of the server, {again} repeats")

    def judge(self) -> None:
        self._environment.wait_until(
            self._is_set_aside, seconds=60, what="the poison's being given up"
        )
        self.result.injected += self._server.faults
        gone = sum(is_gone(number) for number in range(self._recipients))
        wanted = self._incidents * self._recipients
        rows = dict(
            self._environment.query(
                "SELECT state, COUNT(*) FROM subscribers_delivery WHERE channel = 'email'"
                " GROUP BY state"
            )
        )
        refused = rows.get("failed", 0)
        # What a recipient's server refused for good is recorded, not lost.
        self.result.lost = max(0, wanted - refused - len(self._server.accepted))
        self.result.false = max(0, refused - gone * self._incidents)
        self.result.expect(self.result.lost == 0, f"{self.result.lost} mails were lost")
        self.result.expect(
            self.result.false == 0, f"{self.result.false} mails failed that nobody had refused"
        )
        sent = rows.get("sent", 0)
        self.result.expect(sent == len(self._server.accepted), f"the ledger says {sent} were sent")
        self._say(f"{wanted} mails: {len(self._server.accepted)} accepted, {refused} refused")

    def _sender(self) -> "subprocess.Popen[bytes]":
        return self._environment.start("work", "--queue", "notify")

    def _notify(self) -> float:
        self._incidents += 1
        return float(self._command("notify"))

    def _wait_for_all(self) -> None:
        self._environment.wait_until(
            lambda: (
                len(self._server.accepted) >= self._incidents * self._recipients
                and self._have_all_ended()
            ),
            seconds=self._timeout,
            what="the mails' coming",
        )

    def _have_all_ended(self) -> bool:
        """Return whether every mail of every recipient has ended; poison is checked elsewhere."""
        rows = self._environment.query(
            "SELECT COUNT(*), SUM(CASE WHEN due IS NULL THEN 1 ELSE 0 END)"
            " FROM subscribers_delivery WHERE channel = 'email'"
        )
        return bool(rows) and rows[0][0] == rows[0][1] == self._incidents * self._recipients

    def _command(self, command: str) -> str:
        writer = self._writer
        if writer is None or writer.stdin is None or writer.stdout is None:
            raise RuntimeError("nothing has begun")
        writer.stdin.write(f"{command}\n".encode())
        writer.stdin.flush()
        if not (response := writer.stdout.readline()):
            raise RuntimeError(f"{command} did not succeed")
        return response.decode()
