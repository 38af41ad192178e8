"""This machine's name servers: questions that tell whether they answer at all.

A name that cannot be looked up is its owner's trouble only while the same name servers answer
other questions. So, after a look-up has failed, they are asked anew, and nothing that was
answered before counts: who has just lost its name servers was answered a second ago.

- The question is the one for the root's name servers, which any name server that resolves names
  of the Internet can answer.
- A network without the Internet has name servers that cannot. Where the root was never answered,
  names that were found before are asked for instead. Not elsewhere: a name server whose way to
  the Internet is cut goes on giving what it has in its cache.
"""

import os
import threading
from collections.abc import Callable, Iterable
from time import monotonic

from monitors.probing.name_servers.queries import (
    ROOT,
    NameServers,
    Question,
    ask,
    system_name_servers,
)

PATIENT_SECONDS = 4.0
"""How long an answer may take while the check that waits for it has time."""
LATE_SECONDS = 0.6
"""How long it may take once the check's time is over."""
REMEMBERED_NAMES = 8
"""How many names that were found are kept to be asked for."""
RENEW_SECONDS = 3600.0
"""How often the root is asked for while all is well, to know whether it can be."""
KNOWN_SECONDS = 6 * 3600.0
"""For how long one answer proves that this network has the Internet's names."""


class NameServerHealth:
    """What this process knows of its machine's name servers; may be asked from any thread."""

    def __init__(self, *, servers: Callable[[], NameServers] = system_name_servers) -> None:
        self._servers = servers
        self.forget()

    def forget(self) -> None:
        """Begin anew, as in a forked process."""
        self._lock = threading.Lock()
        self._names: dict[str, None] = {}
        self._root_answered = self._root_asked = self._failed = float("-inf")
        """When the root was answered and asked for, and when nothing was answered; monotonic."""

    def remember(self, host: str) -> None:
        """Note that this name was found."""
        if "." not in host.strip("."):
            return
        with self._lock:
            self._names.pop(host, None)
            self._names[host] = None
            while len(self._names) > REMEMBERED_NAMES:
                del self._names[next(iter(self._names))]

    def renew(self) -> None:
        """Ask for the root's servers if that has not been done for long."""
        with self._lock:
            now = monotonic()
            if now - self._root_asked < RENEW_SECONDS:
                return
            self._root_asked = now
        if ROOT in self._ask(self._read(), [ROOT], seconds=PATIENT_SECONDS):
            self._root_answered = monotonic()

    def answer(
        self,
        *,
        seconds: float = PATIENT_SECONDS,
        other_than: str = "",
        servers: NameServers | None = None,
    ) -> float | None:
        """Ask now; return how many seconds the system's resolver needs for an answer, or None.

        None: they do not answer, or could not be asked. What is said of the name `other_than`
        does not count. `servers` are those of the system unless they are given.
        """
        servers = servers or self._read()
        others = self._others(servers, other_than)
        return self._judge(self._ask(servers, [ROOT, *others], seconds=seconds), others)

    def is_late_for_us(
        self,
        host: str,
        *,
        within: float,
        servers: NameServers | None = None,
        question: Question | None = None,
    ) -> bool:
        """Return whether it was for want of name servers that a name was not found in time.

        `within` is how many seconds its look-up has had; `question` is what was asked if it was
        not for an address.
        """
        began = monotonic()
        failed_before = self._failed
        servers = servers or self._read()
        own = [question] if question else _questions(servers, [host])
        others = self._others(servers, host)
        found = self._ask(servers, [*own, ROOT, *others], seconds=LATE_SECONDS)
        needed = self._judge(found, others)
        if needed is None or needed >= within:
            return True
        # It is answered by now, or they have only just come back: it was not the name.
        is_answered = bool(own) and all(question in found for question in own)
        return is_answered or failed_before > began - within - PATIENT_SECONDS

    def _others(self, servers: NameServers | None, host: str) -> list[Question]:
        with self._lock:
            names = [name for name in self._names if name != host]
        return _questions(servers, names)

    def _judge(self, found: dict[Question, float], others: Iterable[Question]) -> float | None:
        with self._lock:
            now = self._root_asked = monotonic()
            if ROOT in found:
                self._root_answered = now
            is_known = now - self._root_answered < KNOWN_SECONDS
            proofs = [ROOT] if is_known else [ROOT, *others]
            needed = min((found[each] for each in proofs if each in found), default=None)
            if needed is None:
                self._failed = now
        return needed

    def _read(self) -> NameServers | None:
        try:
            return self._servers()
        except OSError:
            return None  # no descriptor to read the file with

    @staticmethod
    def _ask(
        servers: NameServers | None, questions: Iterable[Question], *, seconds: float
    ) -> dict[Question, float]:
        try:
            return {} if servers is None else ask(servers, questions, seconds=seconds)
        except (OSError, RuntimeError, MemoryError):
            return {}


def _questions(servers: NameServers | None, hosts: Iterable[str]) -> list[Question]:
    if servers is None:
        return []
    return [question for host in hosts for question in servers.questions(host)]


health = NameServerHealth()
"""That of this process."""
os.register_at_fork(after_in_child=health.forget)
