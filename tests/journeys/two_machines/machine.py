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

_PLACES = "/etc|/var/lib|/var/backups|/opt|/usr/local"
"""What a machine has of its own."""
_OURS = ("STATUSPAGE_", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "DJANGO_", "TEST_")
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
    "apt-get": "true",
    "chown": "true",
    "useradd": "true",
    "make": "true",
    "sudo": 'while [ "${{1#-}}" != "$1" ]; do shift 2; done; exec "$@"',
    # There are no users but the test's.
    "install": 'exec /usr/bin/install $(echo "$@" | sed -E "s/-[og] [a-z]+ //g")',
    # The code is this one, and is there as soon as it is asked for.
    "git": 'case "$1" in clone) exec sh {folder}/link-code;; esac',
    "scp": """for each; do case "$each" in
*:*) host=${{each%%:*}}; from="$from {machines}/$host${{each#*:{folder}}}";; *) to=$each;;
esac; done; exec cp $from "$to" """,
    "statuspage": "set -a; . {folder}/etc/statuspage/statuspage.env; set +a; "
    "export STATUSPAGE_DATA_DIR={folder}/var/lib/statuspage; "
    'exec {python} {manage} "$@"',
}


class Machine:
    """One machine by its name, in a folder of that name beside the others."""

    def __init__(
        self, folder: Path, *, replaced: Mapping[str, str], environ: Mapping[str, str],
    ) -> None:  # fmt: skip
        """Make its folder. `replaced` is what stands for an address of the documentation here."""
        self.name, self.folder = folder.name, folder
        self._replaced = replaced
        for place in (*_PLACES.split("|"), "/etc/systemd/system", "/usr/local/bin", "/bin"):
            (folder / place[1:]).mkdir(parents=True, exist_ok=True)
        self.log = folder / "log"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        self.environ = {
            **clean, **environ, "STATUSPAGE_MACHINE": self.name,
            "PATH": f"{folder}/bin:{clean['PATH']}",
        }  # fmt: skip
        self.services = ServiceManager(
            folder / "etc/systemd/system", environ=self.environ, log=self.log,
            translate=self.translate,
        )  # fmt: skip
        self._add_programs()

    def run(self, text: str) -> str:
        """Run lines of the documentation by a shell, and return what they print."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.translate(text)], cwd=self.folder,
            env=self.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{self.name}: {text}\n{done.stdout}{done.stderr}"
        return done.stdout

    def translate(self, text: str) -> str:
        """Return a text with this machine's places and network instead of the documentation's."""
        text = re.sub(rf"(?<![\w./-])({_PLACES})(?=/|\b)", rf"{self.folder}\1", text)
        for there, here in self._replaced.items():
            text = text.replace(there, here)
        return text

    def program(self, name: str, script: str) -> None:
        """Give the machine a program: a shell script."""
        path = self.folder / "bin" / name
        path.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def close(self) -> None:
        self.services.close()

    def _add_programs(self) -> None:
        known = {
            "folder": self.folder, "machines": self.folder.parent,
            "python": shlex.quote(sys.executable), "manage": shlex.quote(str(ROOT / "manage.py")),
        }  # fmt: skip
        for name, script in _STAND_INS.items():
            self.program(name, script.format(**known))
        code = self.folder / "opt/statuspage"
        (self.folder / "link-code").write_text(
            f"mkdir -p {code}/.venv/bin && ln -s {ROOT}/* {code}/\n"
            f"printf '#!/bin/sh\\nexec {sys.executable} \"$@\"\\n' > {code}/.venv/bin/python\n"
            f"chmod 755 {code}/.venv/bin/python\n"
        )
        # Beside the machines' folders, whose paths may be too long for a socket's.
        path = str(self.services.sockets / "systemctl")
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
                    asked.sendall(f"systemctl: {error!r}\n".encode())
