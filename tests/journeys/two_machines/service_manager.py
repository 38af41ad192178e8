"""Runs a machine's systemd units as plain processes: what `systemctl` asks for, and no more.

Of a unit it reads how systemd would start, restart and end it: `ExecStart=`, `ExecStartPost=`,
`Environment=`, `EnvironmentFile=`, `Type=notify`, `Restart=`, `KillSignal=`, and what a target
wants.
"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.waiting import LONG_PATIENCE, PATIENCE, until

RESTART_SECONDS = 0.2
Unit = Mapping[str, Sequence[str]]
"""A unit file, read: each key may have several values."""


@dataclass
class _Service:
    unit: Unit
    process: subprocess.Popen[bytes]
    wanted: bool = True
    """Whether it is to be started again when it ends."""
    states: list[str] = field(default_factory=list)
    """What it said to its service manager."""


class ServiceManager:
    """The services of one machine. `units` is where its unit files lie; `translate` maps paths."""

    def __init__(
        self, units: Path, *, environ: Mapping[str, str], log: Path,
        translate: Callable[[str], str],
    ) -> None:  # fmt: skip
        self.sockets = Path(tempfile.mkdtemp(prefix="sp-units-"))
        self.actions: dict[str, Callable[[str], None]] = {}
        """What is no process of ours: called with the verb."""
        self.enabled: list[str] = []
        self._units, self._environ, self._log = units, environ, log
        self._translate = translate
        self._services: dict[str, _Service] = {}
        self._lock = threading.RLock()
        self._open = True
        threading.Thread(target=self._restart_ended, name="service manager", daemon=True).start()

    def command(self, arguments: Sequence[str]) -> None:
        """Do what `systemctl ARGUMENTS` does. Raises ValueError for what this does not know."""
        options = [word for word in arguments if word.startswith("-")]
        verb, *words = [word for word in arguments if word not in options]
        if verb == "enable":
            self.enabled += words
            verb = "start" if "--now" in options else "daemon-reload"
        verb = "stop" if verb == "disable" else verb
        if words and words[0] in self.actions:
            self.actions[words[0]](verb)
            return
        names = [name for word in words for name in self._services_of(word)]
        match verb:
            case "daemon-reload":
                return
            case "start":
                self._start(names)
            case "stop":
                self._stop(names)
            case "restart":
                self._stop(names)
                self._start(names)
            case "kill" if options == ["--signal=KILL"]:
                for name in names:
                    self._services[name].process.kill()
            case "poweroff":
                self.kill_all()
            case _:
                raise ValueError(f"systemctl {' '.join(arguments)} is not known here")

    def switch_on(self) -> None:
        """Start what is enabled, as a machine that boots does."""
        self._start([name for word in self.enabled for name in self._services_of(word)])

    def kill_all(self) -> None:
        """Kill every process of every service at once, as a loss of power would."""
        with self._lock:
            for service in self._services.values():
                service.wanted = False
            for service in self._services.values():
                _kill_group(service.process)

    def close(self) -> None:
        """End everything."""
        self._open = False
        self.kill_all()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _services_of(self, word: str) -> list[str]:
        if word.endswith(".target"):
            wanted = self._read(word).get("Wants", ())
            return [each for line in wanted for each in line.split()]
        return [word if word.endswith(".service") else f"{word}.service"]

    def _read(self, name: str) -> Unit:
        values: dict[str, list[str]] = defaultdict(list)
        for line in self._translate((self._units / name).read_text("utf-8")).splitlines():
            key, equals, value = line.strip().partition("=")
            if equals and not key.startswith("#"):
                values[key].append(value.strip())
        return values

    def _start(self, names: Sequence[str]) -> None:
        for name in names:
            with self._lock:
                running = self._services.get(name)
                if running is None or running.process.poll() is not None:
                    self._services[name] = self._spawn(name)
        for name in names:
            service = self._services[name]
            for command in service.unit.get("ExecStartPost", ()):
                subprocess.run(shlex.split(command), timeout=PATIENCE, check=True)
            if service.unit.get("Type") == ["notify"]:
                until(
                    partial(service.states.__contains__, "READY=1"), what=f"{name} is ready",
                    patience=LONG_PATIENCE,
                )  # fmt: skip

    def _spawn(self, name: str) -> _Service:
        unit, environ = self._read(name), dict(self._environ)
        for line in unit.get("Environment", ()):
            environ |= dict(word.split("=", 1) for word in shlex.split(line))
        for line in unit.get("EnvironmentFile", ()):
            found = read_environment(Path(line))
            environ |= {key: self._translate(value) for key, value in found.items()}
        # Here many start, and what they import is to be compiled once.
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        states: list[str] = []
        environ["NOTIFY_SOCKET"] = _listen(self.sockets / f"{name}.notify", states)
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                shlex.split(unit["ExecStart"][-1]), env=environ, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        return _Service(unit, process, states=states)

    def _stop(self, names: Sequence[str]) -> None:
        with self._lock:
            services = [self._services[name] for name in names if name in self._services]
            for service in services:
                service.wanted = False
        for service in services:
            # The main process alone, as `KillMode=mixed` says.
            service.process.send_signal(
                signal.Signals[service.unit.get("KillSignal", ["SIGTERM"])[-1]]
            )
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
                    if ended and service.unit.get("Restart") == ["always"]:
                        _kill_group(service.process)
                        self._services[name] = self._spawn(name)
            time.sleep(RESTART_SECONDS)


def read_environment(path: Path) -> dict[str, str]:
    """Read a file of `NAME=value` lines as systemd does."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


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
