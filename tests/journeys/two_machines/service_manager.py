"""Runs a machine's systemd units as plain processes: what `systemctl` asks for, and no more.

Of a unit it reads how systemd would start, restart and end it: `ExecStart=`, `Environment=`,
`EnvironmentFile=`, `Type=notify`, `Restart=`, `TimeoutStopSec=`, and what a target wants.
"""

import os
import shlex
import signal
import socket
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from tests.waiting import PATIENCE, until

RESTART_SECONDS = 0.2
_UNITS = (".service", ".target")


@dataclass
class Unit:
    """A unit file, read; each key may have several values."""

    name: str
    values: Mapping[str, Sequence[str]]

    def last(self, key: str, default: str = "") -> str:
        return self.values.get(key, [default])[-1]


@dataclass
class _Service:
    unit: Unit
    process: subprocess.Popen[bytes]
    wanted: bool = True
    """Whether it is to be started again when it ends."""
    restarts: int = 0
    states: list[str] = field(default_factory=list)
    """What it said to its service manager."""


def read_unit(path: Path) -> Unit:
    """Read a unit file; continued lines are joined."""
    values: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text("utf-8").replace("\\\n", " ").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";")):
            values[name].append(value.strip())
    return Unit(path.name, dict(values))


class ServiceManager:
    """The services of one machine. `units` is where its unit files lie; `translate` maps paths."""

    def __init__(self, units: Path, *, environ: Mapping[str, str], log: Path, socket_folder: Path):
        self._units, self._environ, self._log = units, environ, log
        self._socket_folder = socket_folder
        self._services: dict[str, _Service] = {}
        self._lock = threading.RLock()
        self._open = True
        threading.Thread(target=self._restart_ended, name="service manager", daemon=True).start()

    def command(self, arguments: Sequence[str]) -> None:
        """Do what `systemctl ARGUMENTS` does. Raises ValueError for what this does not know."""
        words = [word for word in arguments if word not in ("--now", "--quiet", "enable")]
        verb = "start" if "--now" in arguments else words.pop(0)
        if verb == "daemon-reload" or ("enable" in arguments and "--now" not in arguments):
            return
        names = [name for word in words for name in self._services_of(word)]
        if verb in ("stop", "restart"):
            self._stop(names)
        elif verb != "start":
            raise ValueError(f"systemctl {' '.join(arguments)} is not known here")
        if verb in ("start", "restart"):
            self._start(names)

    def main_process(self, name: str) -> int:
        """Return the process ID of a service's main process."""
        return self._services[self._full(name)].process.pid

    def kill_all(self) -> None:
        """Kill every process of every service at once, as a loss of power would."""
        with self._lock:
            services = list(self._services.values())
            for service in services:
                service.wanted = False
            for service in services:
                _kill_group(service.process)

    def close(self) -> None:
        """End everything."""
        self._open = False
        self.kill_all()

    def restarts(self) -> dict[str, int]:
        """Return how often each service was started again after it had ended by itself."""
        return {name: service.restarts for name, service in self._services.items()}

    def _full(self, name: str) -> str:
        return name if name.endswith(_UNITS) else f"{name}.service"

    def _services_of(self, word: str) -> list[str]:
        name = self._full(word)
        unit = read_unit(self._units / name)
        if name.endswith(".service"):
            return [name]
        wanted = [each for key in ("Wants", "Requires") for each in unit.values.get(key, ())]
        by_target = [
            path.name
            for path in sorted(self._units.glob("*.service"))
            if name in " ".join(read_unit(path).values.get("WantedBy", ())).split()
        ]
        listed = [each for line in wanted for each in line.split() if each.endswith(".service")]
        return list(dict.fromkeys([*listed, *by_target]))

    def _start(self, names: Sequence[str]) -> None:
        for name in names:
            with self._lock:
                running = self._services.get(name)
                if running is None or running.process.poll() is not None:
                    self._services[name] = self._spawn(read_unit(self._units / name))
        for name in names:
            service = self._services[name]
            if service.unit.last("Type") == "notify":
                until(partial(service.states.__contains__, "READY=1"), what=f"{name} is ready")

    def _spawn(self, unit: Unit, *, former: _Service | None = None) -> _Service:
        environ = dict(self._environ)
        for line in unit.values.get("Environment", ()):
            environ |= dict(word.split("=", 1) for word in shlex.split(line))
        for line in unit.values.get("EnvironmentFile", ()):
            environ |= read_environment(Path(line.removeprefix("-")))
        states: list[str] = []
        ear = _listen(self._socket_folder / f"{unit.name}.notify", states)
        environ["NOTIFY_SOCKET"] = ear
        with self._log.open("ab") as log:
            process = _popen(shlex.split(unit.last("ExecStart")), environ, log)
        restarts = former.restarts + 1 if former else 0
        return _Service(unit, process, restarts=restarts, states=states)

    def _stop(self, names: Sequence[str]) -> None:
        with self._lock:
            services = [self._services[name] for name in names if name in self._services]
            for service in services:
                service.wanted = False
        for service in services:
            # To every process of it, as KillMode=control-group does.
            with suppress(ProcessLookupError):
                os.killpg(service.process.pid, signal.SIGTERM)
        for service in services:
            try:
                service.process.wait(PATIENCE)
            finally:
                _kill_group(service.process)

    def _restart_ended(self) -> None:
        while self._open:
            with self._lock:
                for name, service in self._services.items():
                    ended = service.wanted and service.process.poll() is not None
                    if ended and service.unit.last("Restart") in ("always", "on-failure"):
                        _kill_group(service.process)
                        self._services[name] = self._spawn(service.unit, former=service)
            time.sleep(RESTART_SECONDS)


def read_environment(path: Path) -> dict[str, str]:
    """Read a file of `NAME=value` lines as systemd does; quotes around a value are dropped."""
    values = {}
    for line in path.read_text("utf-8").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            values[name] = value.strip("\"'")
    return values


def _popen(
    command: Sequence[str], environ: Mapping[str, str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, env=dict(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        start_new_session=True,
    )  # fmt: skip


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _listen(path: Path, states: list[str]) -> str:
    """Listen for a service's notifications; `states` grows. Returns the socket's path."""
    path.unlink(missing_ok=True)
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.bind(str(path))

    def hear() -> None:
        with ear, suppress(OSError):
            while True:
                states.extend(ear.recv(4096).decode().splitlines())

    threading.Thread(target=hear, name="notifications", daemon=True).start()
    return str(path)
