"""R3, R5, R16, R19: senders that are killed and stopped, a mail server that fails, and poison.

Every incident is told to everybody, and every mail that the server took is counted by its id: so
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

from statuspage.drills.base import Drill, Line
from statuspage.drills.environment import MANAGE, DrillEnvironment, catalogue
from statuspage.drills.mail_server import MailServer, Trouble

SENDERS = 2
HUNDRED = 100
HUNDRED_SECONDS = 5.0
STOP_SECONDS = 5.0
NEIGHBOUR_SECONDS = 1.0
KILL_EVERY = 1.0


class Plan:
    """Which recipients meet with which trouble, each once; those of `gone` always."""

    def __init__(self) -> None:
        self._met: set[str] = set()
        self.at_work = False

    def __call__(self, address: str) -> Trouble | None:
        number = int("".join(filter(str.isdigit, address)) or 0)
        if not self.at_work:
            return None
        if is_gone(number):
            return Trouble.NEVER
        if address in self._met:
            return None
        trouble = _TROUBLES.get(number % 200)
        if trouble:
            self._met.add(address)
        return trouble


_TROUBLES = {
    **dict.fromkeys((5, 30, 55, 80, 105, 130, 155, 180), Trouble.LATER),
    20: Trouble.DROP,
    41: Trouble.STALL,
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
        "within 5 s (R5); a stop takes 5 s at most (R16); poison is set aside, its neighbours "
        "wait less than 1 s (R19)"
    )
    takes_database = True

    def run(self, *, short: bool, say: Callable[[str], None]) -> Line:
        people, kills = (250, 2) if short else (10_000, 100)
        plan = Plan()
        server = MailServer(plan)
        try:
            with DrillEnvironment(database=self.database) as stage:
                play = _Play(stage, server, plan, people, say)
                play.begin()
                play.on_time()
                play.poisoned()
                play.stopped()
                play.in_trouble(kills)
                play.judge()
                return play.line
        finally:
            server.close()


class _Play:
    """The scenes, one after the other, on one store."""

    def __init__(
        self,
        stage: DrillEnvironment,
        server: MailServer,
        plan: Plan,
        people: int,
        say: Callable[[str], None],
    ) -> None:
        self._stage, self._server, self._plan = stage, server, plan
        self._people, self._say = people, say
        self._incidents = 0
        self._first = 0.0
        self._voice: subprocess.Popen[bytes] | None = None
        """The process that does what is asked for to the store."""
        self._senders: list[subprocess.Popen[bytes]] = []
        self._patience = 60.0 + people / 20
        self.line = Line()

    def begin(self) -> None:
        self._stage.environ |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{self._server.port}",
            "SITE_URL": "https://status.example.com",
            "STATUSPAGE_NOTIFY_WORKERS": "1",
        }
        self._stage.prepare(catalogue([]))
        file = self._stage.folder / "people.csv"
        with file.open("w", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(["address", "confirmed"])
            rows.writerows((f"p{number}@example.org", "yes") for number in range(self._people))
        subprocess.run(  # noqa: S603  (our own command)
            [sys.executable, str(MANAGE), "subscribers", "import", str(file)],
            env=self._stage.environ, capture_output=True, check=True,
        )  # fmt: skip
        self._voice = self._stage.start(module="statuspage.drills.notice_writer", piped=True)
        self._stage.start("beat")
        self._senders = [self._sender() for _ in range(SENDERS)]
        self._stage.until(
            lambda: bool(
                self._stage.ask("SELECT role FROM statuspage_progress WHERE role LIKE ?", "notify%")
            ),
            seconds=60,
            what="the senders' beginning",
        )

    def on_time(self) -> None:
        """R5."""
        told = self._tell()
        self._all_came()
        self._first = self._server.arrivals[0] - told
        hundredth = self._server.arrivals[min(HUNDRED, self._people) - 1] - told
        self.line.expect(
            hundredth <= HUNDRED_SECONDS, f"the first 100 mails took {hundredth:.1f} s"
        )
        self._say(f"R5: the first mail after {self._first:.2f} s, 100 after {hundredth:.2f} s")

    def poisoned(self) -> None:
        """R19: a row, a task and a schedule."""
        self._ask("poison")
        self.line.injected += 3
        before = len(self._server.arrivals)
        told = self._tell()
        self._all_came()
        first = self._server.arrivals[before] - told
        delay = first - self._first
        self.line.expect(delay < NEIGHBOUR_SECONDS, f"poison delayed its neighbours {delay:.1f} s")
        self._say(f"R19: with poison beside it, the first mail after {first:.2f} s")

    def _is_set_aside(self) -> bool:
        rows = self._stage.ask(
            "SELECT reason FROM subscribers_delivery WHERE state = 'failed' AND channel = 'webhook'"
        )
        return bool(rows) and all("set aside after 3 tries" in reason for (reason,) in rows)

    def stopped(self) -> None:
        """R16: SIGTERM to a sender in the middle of its work."""
        repeats, before = self._server.repeats, len(self._server.arrivals)
        self._tell()
        self._stage.until(
            lambda: len(self._server.arrivals) > before, seconds=30, what="the sending's beginning"
        )
        began = time.monotonic()
        self._senders[0].send_signal(signal.SIGTERM)
        try:
            self._senders[0].wait(STOP_SECONDS * 4)
        except subprocess.TimeoutExpired:
            self.line.expect(False, "a sender did not stop")
        took = time.monotonic() - began
        self.line.injected += 1
        self.line.expect(took <= STOP_SECONDS, f"a stop took {took:.1f} s")
        self._stage.stop([self._senders[0]])
        self._senders[0] = self._sender()
        self._all_came()
        again = self._server.repeats - repeats
        self.line.duplicated += again
        self.line.expect(again == 0, f"a stop made {again} repeats")
        self._say(f"R16: stopped within {took:.1f} s under load, {again} repeats")

    def in_trouble(self, kills: int) -> None:
        """R3: the server fails, and senders are killed."""
        repeats = self._server.repeats
        self._plan.at_work = True
        self._tell()
        for number in range(kills):
            self._server.refusing = number % 10 == 1
            time.sleep(KILL_EVERY)
            victim = random.randrange(SENDERS)  # noqa: S311  (which of two)
            self._senders[victim].kill()
            self._stage.stop([self._senders[victim]])
            self._senders[victim] = self._sender()
            if self._is_all_over():
                self._tell()
        self._server.refusing = False
        self.line.injected += kills
        healed = time.monotonic()
        self._stage.until(
            self._is_all_over, seconds=self._patience, what="all messages' having an end"
        )
        self.line.recovery = time.monotonic() - healed
        again = self._server.repeats - repeats
        self.line.duplicated += max(0, again - kills)
        self.line.expect(again <= kills, f"{again} repeats of {kills} kills")
        self._say(
            f"R3: {kills} kills, {self._server.troubles} troubles of the server, {again} repeats"
        )

    def judge(self) -> None:
        self._stage.until(self._is_set_aside, seconds=60, what="the poison's being set aside")
        self.line.injected += self._server.troubles
        gone = sum(is_gone(number) for number in range(self._people))
        wanted = self._incidents * self._people
        rows = dict(
            self._stage.ask(
                "SELECT state, COUNT(*) FROM subscribers_delivery WHERE channel = 'email'"
                " GROUP BY state"
            )
        )
        refused = rows.get("failed", 0)
        # What a recipient's server refused for good is told, not lost.
        self.line.lost = max(0, wanted - refused - len(self._server.accepted))
        self.line.false = max(0, refused - gone * self._incidents)
        self.line.expect(self.line.lost == 0, f"{self.line.lost} mails were lost")
        self.line.expect(
            self.line.false == 0, f"{self.line.false} mails failed that nobody had refused"
        )
        sent = rows.get("sent", 0)
        self.line.expect(sent == len(self._server.accepted), f"the ledger says {sent} were sent")
        self._say(f"{wanted} mails: {len(self._server.accepted)} accepted, {refused} refused")

    def _sender(self) -> "subprocess.Popen[bytes]":
        return self._stage.start("work", "--queue", "notify")

    def _tell(self) -> float:
        self._incidents += 1
        return float(self._ask("tell"))

    def _all_came(self) -> None:
        self._stage.until(
            lambda: (
                len(self._server.accepted) >= self._incidents * self._people and self._is_all_over()
            ),
            seconds=self._patience,
            what="the mails' coming",
        )

    def _is_all_over(self) -> bool:
        """Whether everybody's every mail has ended; poison is looked after elsewhere."""
        rows = self._stage.ask(
            "SELECT COUNT(*), SUM(CASE WHEN due IS NULL THEN 1 ELSE 0 END)"
            " FROM subscribers_delivery WHERE channel = 'email'"
        )
        return bool(rows) and rows[0][0] == rows[0][1] == self._incidents * self._people

    def _ask(self, act: str) -> str:
        voice = self._voice
        if voice is None or voice.stdin is None or voice.stdout is None:
            raise RuntimeError("nothing has begun")
        voice.stdin.write(f"{act}\n".encode())
        voice.stdin.flush()
        if not (answer := voice.stdout.readline()):
            raise RuntimeError(f"{act} did not succeed")
        return answer.decode()
