"""F-O5: what a service manager is told by each role, over a real datagram socket."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from statuspage.drills.environment import DrillEnvironment
from statuspage.runtime import role_watch, service_manager
from statuspage.runtime.role_watch import WebWatch
from statuspage.runtime.service_manager import ServiceManager
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.long


class Manager:
    """The other end, as systemd has it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.settimeout(0.05)

    def close(self) -> None:
        self._socket.close()

    def environ(self, **more: str) -> dict[str, str]:
        return {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": "400000", **more}

    def listen(self) -> list[str]:
        while True:
            try:
                self.heard += self._socket.recv(4096).decode().splitlines()
            except TimeoutError:
                return self.heard

    def fill(self) -> None:
        """Have as many messages waiting as the kernel keeps."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    sender.sendto(b"STATUS=busy", self._socket.getsockname())

    def says(self, line: str) -> bool:
        return line in self.listen()

    def is_silent(self, seconds: float) -> bool:
        self.heard.clear()
        time.sleep(seconds)
        return not self.says("WATCHDOG=1")


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    path = str(tmp_path / "notify")
    made = Manager(path if request.param == "path" else f"@statuspage-test-{os.getpid()}")
    yield made
    made.close()


def test_it_is_told_what_it_understands_and_no_child_speaks_for_us(manager: Manager) -> None:
    environ = manager.environ(WATCHDOG_PID=str(os.getpid()), HOME="/")

    service = ServiceManager.take(environ)
    service.ready("serving")
    service.ready("again")
    service.stopping()

    assert environ == {"HOME": "/"}
    assert service.watchdog == 0.4
    assert manager.listen() == ["READY=1", "STATUS=serving", "WATCHDOG=1", "STOPPING=1"]


def test_progress_is_told_often_enough_and_no_oftener(manager: Manager) -> None:
    service = ServiceManager.take(manager.environ())
    for _ in range(50):
        service.alive()

    assert manager.listen() == ["WATCHDOG=1"]


@pytest.mark.parametrize(("tell", "line"), [("ready", "READY=1"), ("stopping", "STOPPING=1")])
def test_a_manager_that_has_no_room_yet_hears_of_the_start_and_the_end(
    manager: Manager, monkeypatch: pytest.MonkeyPatch, tell: str, line: str
) -> None:
    monkeypatch.setattr(service_manager, "WAIT_SECONDS", PATIENCE)
    service = ServiceManager.take(manager.environ())
    manager.fill()
    telling = threading.Thread(target=getattr(service, tell), daemon=True)
    telling.start()

    until(lambda: manager.says(line), what=f"it hears {line}")
    telling.join(PATIENCE)


@pytest.mark.parametrize("environ", [{"WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}])
def test_a_watchdog_of_another_process_or_none_is_not_fed(
    manager: Manager, environ: dict[str, str]
) -> None:
    service = ServiceManager.take(manager.environ(**environ))
    service.alive()

    assert service.watchdog == 0
    assert manager.listen() == []


def test_a_manager_that_is_gone_or_does_not_listen_keeps_nobody_from_work(
    manager: Manager,
) -> None:
    service = ServiceManager(manager.address)
    for _ in range(2000):
        service.status("x" * 100)
    manager.close()

    service.status("still here")
    ServiceManager().ready("nobody asked")


def test_a_web_process_that_does_not_answer_stops_telling_of_progress(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = threading.Event()
    answering.set()
    monkeypatch.setattr(role_watch, "answers", lambda **_: answering.is_set())
    monkeypatch.setattr(role_watch, "PAUSE_SECONDS", 0.05)
    watch = WebWatch(ServiceManager.take(manager.environ()), host="127.0.0.1", port=1)
    watch.start()
    until(lambda: manager.says("WATCHDOG=1"), what="it tells of progress")
    assert "READY=1" in manager.heard
    assert watch.is_answering()

    answering.clear()

    until(lambda: manager.is_silent(0.3), what="silence")


@pytest.fixture
def environment() -> Iterator[DrillEnvironment]:
    with DrillEnvironment() as started:
        started.prepare({"groups": []})
        yield started


def test_each_role_is_ready_and_alive_and_a_hung_one_is_not(
    environment: DrillEnvironment, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    roles = {
        "web": ("web", "--port", "0", "--management-port", "0"),
        "beat": ("beat",),
        "notify": ("work", "--queue", "notify"),
        "up": ("up", "--port", "0", "--management-port", "0"),
    }
    managers = {name: Manager(str(tmp_path / name)) for name in roles}
    for made in managers.values():
        request.addfinalizer(made.close)
    running = {
        name: environment.start(
            *words, environ=managers[name].environ(STATUSPAGE_INTERNAL_PORT="0")
        )
        for name, words in roles.items()
    }
    for name, manager in managers.items():
        until(lambda manager=manager: manager.says("READY=1"), what=f"{name} is ready")  # type: ignore[misc]
        until(lambda manager=manager: manager.says("WATCHDOG=1"), what=f"{name} is alive")  # type: ignore[misc]
    manager = managers["notify"]
    main = psutil.Process(running["notify"].pid)
    for child in main.children(recursive=True):
        child.send_signal(signal.SIGSTOP)

    until(
        lambda: manager.is_silent(2 * role_watch.PAUSE_SECONDS),
        what="nothing is told of hung workers",
    )

    assert main.status() != psutil.STATUS_STOPPED, "its main process goes on, and could lie"
    for child in main.children(recursive=True):
        child.send_signal(signal.SIGCONT)
    for name, process in running.items():
        managers[name].listen()  # as a service manager does all the time: else it has no room
        process.terminate()
        until(lambda name=name: managers[name].says("STOPPING=1"), what=f"{name} stops")  # type: ignore[misc]
        assert process.wait(PATIENCE) in (0, 1, -signal.SIGTERM)
