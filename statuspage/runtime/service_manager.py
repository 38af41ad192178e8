"""What a role tells the service manager that started it: ready, alive, stopping (sd_notify(3)).

systemd, and whatever else speaks the protocol, hands down the path of a datagram socket. A unit
with `Type=notify` is started when the role is ready, and one with `WatchdogSec=` is started again
when it has not heard of progress for so long. So `alive` is told of progress alone, never by a
timer. Without a socket, nothing is told to anybody.
"""

import os
import socket
import time
from collections.abc import MutableMapping
from contextlib import suppress

WAIT_SECONDS = 2.0
"""How long the start and the end of a role wait for a manager whose queue is full of other news:
Linux keeps ten messages. What is lost of progress, the next message makes good."""
_SOCKET, _USEC, _PID = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"


class ServiceManager:
    """The service manager of this process, if it has one. May be used from any thread."""

    def __init__(self, address: str = "", *, watchdog: float = 0.0) -> None:
        """`watchdog` is after how many seconds of silence we are ended; 0 for never."""
        # A name in the abstract namespace begins with a NUL, written as "@".
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.watchdog = watchdog
        self._told_alive = float("-inf")
        self._is_ready = self._is_stopping = False

    @classmethod
    def take(cls, environ: MutableMapping[str, str] = os.environ) -> "ServiceManager":
        """Return who started this process, and take it out of the environment, so that no child
        of ours speaks for us."""
        address = environ.pop(_SOCKET, "")
        microseconds, pid = environ.pop(_USEC, ""), environ.pop(_PID, "")
        is_watched = microseconds.isdecimal() and pid in ("", str(os.getpid()))
        return cls(address, watchdog=int(microseconds) / 1e6 if is_watched else 0.0)

    def ready(self, status: str = "") -> None:
        """Tell, once, that the role is started."""
        if not self._is_ready:
            self._is_ready = True
            self._send(
                "READY=1", f"STATUS={status}" if status else "", self._alive(), wait=WAIT_SECONDS
            )

    def status(self, text: str) -> None:
        """Tell in a few words what the role does."""
        self._send(f"STATUS={text}")

    def alive(self) -> None:
        """Tell that progress was made; call it as often as that happens."""
        # Four times within the limit is plenty; whoever makes progress all the time tells no more.
        if self.watchdog and time.monotonic() - self._told_alive >= self.watchdog / 4:
            self._send(self._alive())

    def _alive(self) -> str:
        if not self.watchdog:
            return ""
        self._told_alive = time.monotonic()
        return "WATCHDOG=1"

    def stopping(self) -> None:
        """Tell, once, that the role was asked to end, and does."""
        if not self._is_stopping:
            self._is_stopping = True
            self._send("STOPPING=1", wait=WAIT_SECONDS)

    def _send(self, *lines: str, wait: float = 0.0) -> None:
        message = "\n".join(line for line in lines if line)
        if not self._address or not message:
            return
        # A manager that is gone, or does not read, must not keep us from our work.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(wait)
            # Connected, it can be waited for until the other end has room.
            sender.connect(self._address)
            sender.send(message.encode())
