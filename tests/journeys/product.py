"""Starts the whole product as its users do, `manage.py up`, and watches it from outside."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import requests

from tests import ROOT
from tests.migrated_store import put_migrated_store
from tests.waiting import PATIENCE, until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Backend:
    """A service that can be stopped and started again on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _Fine)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Fine(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        pass


@dataclass
class Stream:
    """What `/status/events` said."""

    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def names(self) -> list[str]:
        return [name for name, _ in self.heard]

    def find(self, name: str, **values: Any) -> dict[str, Any] | None:
        for heard, data in self.heard:
            if heard == name and all(data.get(key) == value for key, value in values.items()):
                return data
        return None


@dataclass
class Product:
    """A running `up`."""

    process: subprocess.Popen[str]
    data_dir: Path
    port: int
    management_port: int
    environ: dict[str, str]
    code: Path = ROOT
    """Where the code lies that it runs."""
    log: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        found = re.search(r"password: (\S+)", "\n".join(self.log))
        assert found, "\n".join(self.log)
        return found[1]

    def status(self) -> dict[str, Any]:
        answer = requests.get(f"{self.url}/status", timeout=PATIENCE)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def service(self, slug: str) -> dict[str, Any]:
        return next(item for item in self.status()["services"] if item["id"] == slug)

    def manage(self, *arguments: str, **environ: str) -> str:
        """Run a command on the same data folder, and nothing else in common."""
        clean = {k: v for k, v in os.environ.items() if k not in self.environ and k not in _OURS}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments, "--data-dir", str(self.data_dir)],
            cwd=self.code,
            env={**clean, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def wait_until_at_work(self) -> None:
        """Wait until the page answers and every role makes progress."""
        until(self.status, what="the page answers")
        until(lambda: self.slowest_progress() < PATIENCE, what="all roles at work")

    def add_component(self) -> None:
        """Add "Checkout", which nothing watches: the product's own components are not shown."""
        path = self.data_dir / "shop.yaml"
        path.write_text("groups: [{name: Shop, components: [{name: Checkout, slug: checkout}]}]\n")
        self.manage("preset", str(path))
        until(lambda: self.service("checkout"), what="the component on the page")

    def processes(self) -> list[psutil.Process]:
        """Everything that `up` started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def role(self, name: str) -> psutil.Process:
        """The main process of a role."""
        for child in psutil.Process(self.process.pid).children():
            # One that has just ended may be among them.
            with suppress(psutil.NoSuchProcess):
                if child.name() == f"status {name}":
                    return child
        raise LookupError(name)

    def slowest_progress(self) -> int:
        """Seconds since the role that is furthest behind made progress, as the product says."""
        answer = requests.get(
            f"http://127.0.0.1:{self.management_port}/healthz/workers", timeout=PATIENCE
        )
        found = re.findall(r"(\w+) (\d+) s ago", answer.json()["detail"])
        ages = {role: int(age) for role, age in found}
        return max(ages.values()) if ages.keys() >= {"beat", "probes", "notify"} else 3600

    @contextmanager
    def stream(self) -> Iterator[Stream]:
        """Listen as `curl -N` does."""
        heard = Stream()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", "/status/events")
        answer = connection.getresponse()
        thread = threading.Thread(target=_listen, args=(answer, heard), daemon=True)
        thread.start()
        try:
            yield heard
        finally:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=PATIENCE)
            connection.close()


_OURS = ("DATABASE_URL", "STATUSPAGE_DATA_DIR", "STATUSPAGE_SECRET_KEY", "STATUSPAGE_REQUIRE")


def _listen(answer: http.client.HTTPResponse, stream: Stream) -> None:
    name = ""
    with suppress(OSError, http.client.HTTPException):
        for raw in answer:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                stream.heard.append((name, json.loads(line[6:])))


@contextmanager
def running(
    data_dir: Path, *arguments: str, code: Path | str = ROOT, **environ: str
) -> Iterator[Product]:
    """`manage.py up` on free ports, until the block ends; then all of it must stop.

    `code` is where its code lies, if it is not this one.
    """
    port, management = free_port(), free_port()
    if "DATABASE_URL" not in environ and not (data_dir / "db.sqlite3").exists():
        put_migrated_store(data_dir)
    clean = {k: v for k, v in os.environ.items() if k not in _OURS}
    process = subprocess.Popen(
        [
            sys.executable, "manage.py", "up", "--port", str(port),
            "--management-port", str(management), "--data-dir", str(data_dir), *arguments,
        ],
        cwd=code,
        env={**clean, "NO_COLOR": "1", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    product = Product(process, data_dir, port, management, environ, Path(code))
    assert process.stdout is not None
    reader = threading.Thread(target=_read, args=(process.stdout, product.log), daemon=True)
    reader.start()
    try:
        yield product
    except BaseException:
        print("\n".join(product.log[-80:]))  # noqa: T201  (pytest shows it with the failure)
        raise
    finally:
        _end(product)
        reader.join(timeout=PATIENCE)
        process.stdout.close()


@contextmanager
def web_beside(product: Product, *arguments: str) -> Iterator[str]:
    """Another web process of a running product, from the same store; yields its address."""
    port = free_port()
    clean = {k: v for k, v in os.environ.items() if k not in _OURS}
    log = product.data_dir / "beside.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable, "manage.py", "web", "--port", str(port), "--management-port",
                str(free_port()), "--data-dir", str(product.data_dir), *arguments,
            ],
            cwd=product.code, stdout=out, stderr=out,
            env={**clean, "STATUSPAGE_INTERNAL_PORT": str(free_port()), **product.environ},
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: requests.get(f"{url}/status", timeout=PATIENCE).ok, what=f"see {log}")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _read(pipe: Any, log: list[str]) -> None:
    with suppress(ValueError):
        for line in pipe:
            log.append(line.rstrip("\n"))  # noqa: PERF401  (each line is to be seen as it comes)


def _end(product: Product) -> None:
    """Stop `up` and see that nothing of it is left."""
    children = product.processes() if product.process.poll() is None else []
    product.process.send_signal(signal.SIGTERM)
    ended = True
    try:
        product.process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        ended = False
        product.process.kill()
        product.process.wait()
    left = psutil.wait_procs(children, timeout=PATIENCE if ended else 0)[1]
    for orphan in left:
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    assert ended, "up did not stop"
    assert not left, f"orphans: {left}"
