"""How `up` has its roles forked: its end of the line to the process that does it (`cradle.py`).

Nothing depends on that process: while it is away, not ready or does not answer, a role is started
as a fresh interpreter instead, which takes longer and holds more memory. Another is started soon.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from statuspage.runtime.parent_death import PARENT_VARIABLE, adopt_orphans
from statuspage.runtime.supervisor import forkserver

ANSWER_WITHIN = 2.0
AGAIN_AFTER = 5.0


class ForkServerClient:
    """To be made and used in the main thread of `up`, and made before there is another thread.

    `again` is the command that starts another, given the option `--fd` and the number of its end
    of the line. `fds` are the descriptors that roles may be handed, under their own numbers.
    """

    def __init__(self, *, again: Sequence[str], fds: Sequence[int]) -> None:
        self._again = tuple(again)
        self._fds = tuple(fds)
        self._born_at = time.monotonic()
        self._ready = False
        adopt_orphans()
        sys.stdout.flush()
        sys.stderr.flush()
        up = os.getpid()
        self._line, theirs = _line()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            self._line.close()
            forkserver.serve(asks=theirs, up=up)
        theirs.close()
        self._is_ready(patience=ANSWER_WITHIN)

    def spawn(
        self, *, command: Sequence[str], environ: Mapping[str, str], fds: Sequence[int], output: int
    ) -> int | None:
        """Have `command`, one of manage.py's, run in a forked child of this process.

        The answer is its process id, or None when there is nobody to do it now.
        """
        request = json.dumps({"command": command, "environ": dict(environ), "fds": list(fds)})
        try:
            if not self._is_ready(patience=0.0):
                return None
            socket.send_fds(self._line, [request.encode()], [output])
            pid = int(self._line.recv(64)) if self._hears(ANSWER_WITHIN) else 0
        except (OSError, ValueError):
            pid = 0
        if not pid:
            self._lose()
        return pid or None

    def keep_alive(self) -> None:
        """Start another if it has ended; does not wait."""
        if self.pid and _has_ended(self.pid):
            self.pid = 0
        if self.pid == 0 and time.monotonic() - self._born_at > AGAIN_AFTER:
            self._start_again()

    def _start_again(self) -> None:
        self._line.close()
        self._line, theirs = _line()
        self._born_at, self._ready = time.monotonic(), False
        with theirs, suppress(OSError):
            self.pid = subprocess.Popen(  # noqa: S603  (our own command, no shell)
                [*self._again, "--fd", str(theirs.fileno())],
                env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                pass_fds=(*self._fds, theirs.fileno()),
                start_new_session=True,
            ).pid

    def _is_ready(self, *, patience: float) -> bool:
        if not self._ready and self._hears(patience):
            self._ready = self._line.recv(64) == forkserver.READY
        return self._ready

    def _hears(self, patience: float) -> bool:
        return bool(select.select([self._line], [], [], patience)[0])

    def _lose(self) -> None:
        """It does not answer, or not sensibly: what it may still say must not be taken for more."""
        self._ready = False
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True  # collected by somebody else


def _line() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
