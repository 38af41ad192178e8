"""Where a benchmark takes place: a temporary folder, databases, and the product's processes."""

import http.client
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from bench.databases import MANAGE, ROOT, Databases, clean_environ
from bench.processes import BrokenError, running
from bench.report import Progress
from statuspage.server.sockets import listen

LOCAL = "127.0.0.1"
START_SECONDS = 20.0


@dataclass(slots=True)
class Stage:
    """What every subject is given. `short` asks for a tiny form, whose figures mean nothing."""

    folder: Path
    short: bool
    progress: Progress
    databases: Databases
    many: int = 0
    """How many mails or hooks; 0 for all."""
    only: tuple[str, ...] = ()
    """Parts of the names of what is measured of a subject that has many; all when there is none."""
    monitors: int = 0
    """How many monitors every ten seconds, instead of the sizes of `scale`; 0 for those."""
    _numbers: Iterator[int] = field(default_factory=count)

    def wanted(self, name: str) -> bool:
        return not self.only or any(part in name for part in self.only)

    def place(self, name: str) -> Path:
        """A path in the temporary folder that nothing has yet."""
        return self.folder / f"{name}-{next(self._numbers)}"

    @contextmanager
    def site(self, database: str, **environ: str) -> Iterator["Site"]:
        """A fresh, migrated store of the product; `environ` is added to its environment."""
        data_dir = self.place("site")
        with self.databases.fresh(database, data_dir=data_dir) as url:
            settings = {
                **clean_environ(),
                "STATUSPAGE_DATA_DIR": str(data_dir),
                **({"DATABASE_URL": url} if url else {}),
                **environ,
            }
            yield Site(self, settings)


@dataclass(frozen=True, slots=True)
class Web:
    """A running web process."""

    port: int
    pid: int
    management: int
    """The port of its management listener."""


@dataclass(frozen=True, slots=True)
class Site:
    """One store, and whatever processes of the product are started on it."""

    stage: Stage
    environ: Mapping[str, str]

    def inside(self, task: str, **arguments: Any) -> Any:
        """Have `bench.inside` do something with the store in a Django process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.inside", task],
            # Not as an argument: of those the system takes no more than 128 kB, and URLs add up.
            input=json.dumps(arguments),
            env=dict(self.environ),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BrokenError(done.stderr[-2000:])
        return json.loads(done.stdout)

    @contextmanager
    def role(self, name: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run one of the product's background processes as `up` does."""
        environ = {**self.environ, "STATUSPAGE_ROLE": name, "Q_CLUSTER_NAME": name}
        command = [sys.executable, str(MANAGE), *arguments]
        with running(command, environ=environ, log=self.stage.place(name)) as process:
            yield process

    @contextmanager
    def web(self, server: str = "uvicorn") -> Iterator[Web]:
        """Run the web process as `up` does, on sockets that are handed down to it."""
        with (
            listen(host=LOCAL, port=0, option="") as public,
            listen(host=LOCAL, port=0, option="") as management,
        ):
            port = int(public.getsockname()[1])
            environ = {
                **self.environ,
                "STATUSPAGE_ROLE": "web",
                "STATUSPAGE_SERVER": server,
                "STATUSPAGE_PORT": str(port),
                "STATUSPAGE_MANAGEMENT_PORT": str(management.getsockname()[1]),
            }
            fds = (public.fileno(), management.fileno())
            arguments = ["web", "--fd", str(fds[0]), "--management-fd", str(fds[1])]
            command = [sys.executable, str(MANAGE), *arguments]
            log = self.stage.place("web")
            with running(command, environ=environ, log=log, fds=fds) as process:
                wait_for(process, port, "/status")
                yield Web(port, process.pid, int(environ["STATUSPAGE_MANAGEMENT_PORT"]))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def get(port: int, path: str, headers: Mapping[str, str]) -> Answer:
    """One GET from 127.0.0.1."""
    connection = http.client.HTTPConnection(LOCAL, port, timeout=10)
    try:
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read())
    finally:
        connection.close()


def wait_for(process: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    """Wait until a server answers 200. Raises BrokenError when it ends or is not ready in time."""
    told = ""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            status = get(port, path, {}).status
            if status == http.HTTPStatus.OK:
                return
            told = f"status {status}"
        except (OSError, http.client.HTTPException) as error:
            told = str(error)
        time.sleep(0.05)
    raise BrokenError(f"port {port} does not answer: {told}")


def raise_open_files() -> None:
    """Allow this process, and those it starts, as many open files as the system lets it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cores() -> int:
    return len(os.sched_getaffinity(0))
