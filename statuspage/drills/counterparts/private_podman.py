"""A real container engine of its own: podman with a store in a temporary folder, and its API."""

import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from statuspage.drills.base import NotSupportedError

BUSYBOX = Path("/bin/busybox")
IMAGE = "localhost/toy:1"
_TOOLS = ("podman", "runc", "conmon")
_SECONDS = 60.0
"""How long a command, or the API's start, may take."""
# Neither systemd nor delegated control groups are there where drills and tests run.
ENGINE = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
STORE = """\
[storage]
driver = "vfs"
runroot = "{folder}/run"
graphroot = "{folder}/store"
"""


@dataclass(frozen=True)
class Podman:
    """The engine; calling it runs a command of podman's and returns what it said."""

    folder: Path
    environ: dict[str, str]

    @property
    def socket(self) -> str:
        return f"unix://{self.folder}/api.sock"

    def __call__(self, *arguments: str, good: bool = True, given: bytes | None = None) -> str:
        """Raises RuntimeError for a command that fails, unless that is `good` as well."""
        done = subprocess.run(  # noqa: S603  (our own commands)
            ["podman", *arguments],  # noqa: S607
            env=self.environ, input=given, capture_output=True,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
        told = (done.stdout + done.stderr).decode(errors="replace")
        if done.returncode and good:
            raise RuntimeError(f"podman {arguments[0]} failed: {told}")
        return told

    def run(self, name: str, *options: str, command: str = "exec sleep 1000") -> None:
        """Start a container without a network."""
        self(
            "run", "--detach", "--name", name, "--network=none", *options, IMAGE,
            "/bin/sh", "-c", command,
        )  # fmt: skip


def require_podman() -> None:
    """Raise NotSupportedError, naming what is missing, where there cannot be one."""
    places = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    for tool in _TOOLS:
        if shutil.which(tool, path=places) is None:
            raise NotSupportedError(f"{tool} is not installed")
    if not BUSYBOX.exists():
        raise NotSupportedError("busybox-static is not installed")
    if os.geteuid():
        raise NotSupportedError("its containers here have no user namespaces, and need root")


@contextmanager
def private_podman() -> Iterator[Podman]:
    """An engine with one small image, until the block ends. Raises NotSupportedError."""
    require_podman()
    folder = Path(tempfile.mkdtemp(prefix="sp-pod-"))
    (folder / "engine.conf").write_text(ENGINE)
    (folder / "store.conf").write_text(STORE.format(folder=folder))
    (folder / "runtime").mkdir(mode=0o700)
    environ = {
        **os.environ,
        "CONTAINERS_CONF": str(folder / "engine.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "store.conf"),
        "XDG_RUNTIME_DIR": str(folder / "runtime"),
    }
    engine = Podman(folder, environ)
    service = None
    try:
        engine("import", "-", IMAGE, given=_root())
        service = subprocess.Popen(  # noqa: S603
            ["podman", "system", "service", "--time=0", engine.socket],  # noqa: S607
            env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _wait_for(folder / "api.sock")
        yield engine
    finally:
        engine("rm", "--all", "--force", "--time=0", good=False)
        if service is not None:
            service.terminate()
            service.wait(_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError("podman's API did not start")
        time.sleep(0.05)


def _root() -> bytes:
    """Return a root file system: busybox, and the few names that it is called by."""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for folder in ("bin", "tmp", "proc", "sys", "dev", "etc"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        archive.add(BUSYBOX.resolve(), "bin/busybox")
        for name in ("sh", "sleep", "test", "touch"):
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(entry)
    return packed.getvalue()
