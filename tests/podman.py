"""A real container engine: podman with a store of its own, and its Docker-compatible API."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tests.counterparts import missing, program
from tests.waiting import PATIENCE, until

BUSYBOX = Path("/bin/busybox")
IMAGE = "localhost/toy:1"
# Neither systemd nor delegated control groups are there where tests run.
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
    folder: Path
    environ: dict[str, str]

    @property
    def socket(self) -> str:
        return f"unix://{self.folder}/api.sock"

    def __call__(self, *arguments: str, good: bool = True, given: bytes | None = None) -> str:
        done = subprocess.run(
            ["podman", *arguments], env=self.environ, input=given, capture_output=True,
            timeout=60, check=False,
        )  # fmt: skip
        told = (done.stdout + done.stderr).decode()
        assert done.returncode == 0 or not good, told
        return told

    def run(self, name: str, *options: str, command: str = "exec sleep 1000") -> None:
        """Start a container without a network."""
        self(
            "run", "--detach", "--name", name, "--network=none", *options, IMAGE,
            "/bin/sh", "-c", command,
        )  # fmt: skip


@contextmanager
def podman() -> Iterator[Podman]:
    """An engine with one small image, until the block ends."""
    for tool in ("podman", "runc", "conmon"):
        program("podman", tool)
    if not BUSYBOX.exists():
        missing("podman", "busybox-static is not installed")
    if os.geteuid():
        missing("podman", "its containers here have no user namespaces, and need root")
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
        service = subprocess.Popen(
            ["podman", "system", "service", "--time=0", engine.socket],
            env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until((folder / "api.sock").exists, what="podman's API")
        yield engine
    finally:
        engine("rm", "--all", "--force", "--time=0", good=False)
        if service is not None:
            service.terminate()
            service.wait(PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def _root() -> bytes:
    """A root file system: busybox, and the few names that the tests call it by."""
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
