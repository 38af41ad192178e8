"""A real name server for a drill, and the private resolv.conf that leads to it.

Debian's unbound, in the network of the drill's targets. It knows `ok.drill.internal` itself, and
has to ask others for `dead.internal`, who are not there.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from statuspage.drills.base import NotSupportedError

ADDRESS = "127.0.0.1"
# Not below ".test": a preset does not start monitors of names that stand for others.
GOOD, DEAD = "ok.drill.internal", "www.dead.internal"
_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
_START_SECONDS = 0.5
_PLACES = "/usr/sbin:/usr/local/sbin:/sbin"
_CONFIGURATION = """
server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  num-threads: 1
  interface: {address}
  access-control: 127.0.0.0/8 {access}
  do-not-query-localhost: no
  module-config: "iterator"
  local-zone: "." static
  local-data: ". 3600 IN NS a.root.drill.internal."
  local-zone: "drill.internal." static
  local-data: "{good}. 1 IN A 127.0.0.1"
  local-zone: "dead.internal." transparent
remote-control:
  control-enable: no
forward-zone:
  name: "dead.internal."
  forward-addr: 127.0.0.9
"""


class DrillNameServer:
    """The name server, which can be taken away in several ways. Root needed, Linux."""

    def __init__(self, folder: Path, *, join: Callable[[], None]) -> None:
        """`join` takes a process into the network of the targets."""
        program = shutil.which("unbound", path=f"{os.environ.get('PATH', '')}:{_PLACES}")
        if program is None:
            raise NotSupportedError("it needs a name server: install unbound")
        self._program, self._folder, self._join = program, folder, join
        self._process: subprocess.Popen[bytes] | None = None
        self._resolv_conf = folder / "resolv.conf"
        self._resolv_conf.write_text(f"nameserver {ADDRESS}\n", encoding="ascii")

    def joiner(self) -> Callable[[], None]:
        """Return what a process calls before it starts, to have the targets' network and names."""
        source = os.fsencode(self._resolv_conf)
        libc = ctypes.CDLL(None, use_errno=True)

        def join() -> None:
            self._join()
            if (
                libc.unshare(_CLONE_NEWNS)
                or libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
                or libc.mount(source, b"/etc/resolv.conf", None, _MS_BIND, None)
            ):
                raise OSError(ctypes.get_errno(), "mount")

        return join

    def start(self, *, access: str = "allow") -> None:
        """Start it; return when it is there. With the access "refuse" it refuses everybody."""
        self.stop()
        configuration = self._folder / "unbound.conf"
        configuration.write_text(
            _CONFIGURATION.format(folder=self._folder, address=ADDRESS, access=access, good=GOOD),
            encoding="ascii",
        )
        with (self._folder / "unbound.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  (a program of the system)
                [self._program, "-d", "-c", str(configuration)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self._join,  # noqa: PLW1509
            )  # fmt: skip
        time.sleep(_START_SECONDS)
        if self._process.poll() is not None:
            told = (self._folder / "unbound.log").read_text(errors="replace")
            raise NotSupportedError(f"unbound does not start: {told[-300:]}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it be there and say nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def drag(self, *, seconds: float, each: float = 3.0) -> None:
        """Let it answer once in `each` seconds only, for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.freeze()
            time.sleep(each)
            self.thaw()
            time.sleep(0.1)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
