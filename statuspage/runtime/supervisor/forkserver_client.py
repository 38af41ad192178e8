"""The client by which `up` has its roles forked by the fork server.

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

ANSWER_SECONDS = 2.0
RESTART_SECONDS = 5.0


class ForkServerClient:
    """A fork server and a socket to it; used in the main thread, created before any other thread.

    `restart` is the command that starts another, given the option `--fd` and the number of its end
    of the socket. `fds` are the descriptors that roles may be handed, under their own numbers.
    """

    def __init__(self, *, restart: Sequence[str], fds: Sequence[int]) -> None:
        self._restart_command = tuple(restart)
        self._fds = tuple(fds)
        self._started_at = time.monotonic()
        self._ready = False
        adopt_orphans()
        sys.stdout.flush()
        sys.stderr.flush()
        up = os.getpid()
        self._socket, server_end = _socket()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            self._socket.close()
            forkserver.serve(requests=server_end, up=up)
        server_end.close()
        self._is_ready(timeout=ANSWER_SECONDS)

    def spawn(
        self, *, command: Sequence[str], environ: Mapping[str, str], fds: Sequence[int], output: int
    ) -> int | None:
        """Run `command`, one of manage.py's, in a forked child of this process.

        Returns its process id, or None when the fork server is not there now.
        """
        request = json.dumps({"command": command, "environ": dict(environ), "fds": list(fds)})
        try:
            if not self._is_ready(timeout=0.0):
                return None
            socket.send_fds(self._socket, [request.encode()], [output])
            pid = int(self._socket.recv(64)) if self._can_receive(ANSWER_SECONDS) else 0
        except (OSError, ValueError):
            pid = 0
        if not pid:
            self._kill_server()
        return pid or None

    def keep_alive(self) -> None:
        """Start another server if it has ended; does not wait."""
        if self.pid and _has_ended(self.pid):
            self.pid = 0
        if self.pid == 0 and time.monotonic() - self._started_at > RESTART_SECONDS:
            self._restart()

    def _restart(self) -> None:
        self._socket.close()
        self._socket, server_end = _socket()
        self._started_at, self._ready = time.monotonic(), False
        with server_end, suppress(OSError):
            self.pid = subprocess.Popen(  # noqa: S603  (our own command, no shell)
                [*self._restart_command, "--fd", str(server_end.fileno())],
                env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                pass_fds=(*self._fds, server_end.fileno()),
                start_new_session=True,
            ).pid

    def _is_ready(self, *, timeout: float) -> bool:
        if not self._ready and self._can_receive(timeout):
            self._ready = self._socket.recv(64) == forkserver.READY
        return self._ready

    def _can_receive(self, timeout: float) -> bool:
        return bool(select.select([self._socket], [], [], timeout)[0])

    def _kill_server(self) -> None:
        """Kill a server that does not answer sensibly: what it may still send is not used."""
        self._ready = False
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True  # collected elsewhere


def _socket() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
