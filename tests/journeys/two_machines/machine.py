"""A machine of the documentation: a folder, an address of loopback, and the commands it has.

What the documentation says is run by a shell as it stands there. Only the machine's private
network and its places in the file system are others, and `systemctl`, `scp`, `sudo` and the like
are small stand-ins, for there is neither a second machine nor systemd.
"""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests import ROOT
from tests.journeys.two_machines.service_manager import ServiceManager

PLACES = ("/etc", "/var/lib", "/var/backups", "/opt", "/srv", "/usr/local")
"""What a machine has of its own."""
_SYSTEMCTL = """\
#!{python}
import json, socket, sys
asked = socket.socket(socket.AF_UNIX)
asked.connect({path!r})
asked.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
trouble = asked.makefile().read()
sys.exit(trouble or 0)
"""
_STAND_INS = {
    "sudo": 'while [ "${1#-}" != "$1" ]; do case "$1" in -u|-g) shift 2;; *) shift;; esac; done; '
    'exec "$@"',
    "useradd": "true",
    "chown": "true",
    "apt-get": "true",
}


class Machine:
    """One machine by its name; `others` are those that `scp` reaches."""

    def __init__(
        self, name: str, folder: Path, *, address: str, network: tuple[str, str],
        environ: Mapping[str, str],
    ) -> None:  # fmt: skip
        """Make its folder. `network` is how addresses begin in the documentation, and here."""
        self.name, self.folder, self.address = name, folder, address
        self._network = network
        self.others: dict[str, Machine] = {}
        for place in PLACES:
            (folder / place[1:]).mkdir(parents=True, exist_ok=True)
        (folder / "etc/systemd/system").mkdir(parents=True)
        self._bin = folder / "bin"
        self._bin.mkdir()
        self.log = folder / "log"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        self.environ = {**clean, **environ, "PATH": f"{self._bin}:{clean['PATH']}"}
        self.services = ServiceManager(
            folder / "etc/systemd/system", environ=self.environ, log=self.log,
            socket_folder=folder,
        )  # fmt: skip
        self._add_programs()

    def run(self, text: str) -> str:
        """Run lines of the documentation by a shell, and return what they print."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.translate(text)], cwd=ROOT, env=self.environ,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        return done.stdout

    def translate(self, text: str) -> str:
        """Return a text with this machine's places and network instead of the documentation's."""
        there, here = self._network
        places = "|".join(re.escape(place) for place in PLACES)
        text = re.sub(rf"(?<![\w./-])({places})(?=/|\b)", rf"{self.folder}\1", text)
        return text.replace(there, here)

    def program(self, name: str, script: str) -> None:
        """Give the machine a program: a shell script."""
        path = self._bin / name
        path.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def close(self) -> None:
        self.services.close()

    def _add_programs(self) -> None:
        ours = f'exec {shlex.quote(sys.executable)} {shlex.quote(str(ROOT / "manage.py"))} "$@"'
        self.program("statuspage", ours)
        for name, script in _STAND_INS.items():
            self.program(name, script)
        path = str(self.folder / "systemctl.sock")
        self.program("systemctl", _SYSTEMCTL.format(python=sys.executable, path=path))
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen()
        threading.Thread(target=self._serve, args=(server,), name="systemctl", daemon=True).start()

    def _serve(self, server: socket.socket) -> None:
        while True:
            asked, _ = server.accept()
            with asked, suppress(OSError):
                line = asked.makefile().readline()
                try:
                    self.services.command(json.loads(line))
                except Exception as error:  # noqa: BLE001  (told to who asked)
                    asked.sendall(f"systemctl: {error}\n".encode())


_OURS = ("STATUSPAGE_", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "DJANGO_", "TEST_")
