"""The image is really built by podman, on a small base that stands for Debian's with Python."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from statuspage.drills.counterparts.private_podman import BUSYBOX, ENGINE, STORE
from tests import ROOT
from tests.counterparts import missing, program
from tests.waiting import PATIENCE

pytestmark = pytest.mark.long

BASE, IMAGE = "localhost/base:1", "localhost/statuspage:1"
APPLETS = ("sh", "mkdir", "cp", "chown", "ls", "cat", "id")
STANDING_IN = {
    "useradd": 'echo "statuspage:x:10001:10001::/data:/bin/sh" >> /etc/passwd',
    "install": 'for last in "$@"; do :; done\nmkdir -p "$last" && chown 10001 "$last"',
    # Makes what a venv has; what else it is asked to do, it does not.
    "python3": (
        'case "$*" in "-m venv "*) for last in "$@"; do :; done\n'
        'mkdir -p "$last/bin"; cp /bin/python3 "$last/bin/python";; esac'
    ),
}
"""What the recipe calls that busybox has not, as scripts."""


def _base() -> bytes:
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:

        def put(name: str, text: str = "", *, kind: bytes = tarfile.REGTYPE) -> None:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.size = kind, 0o755, len(text)
            if kind == tarfile.SYMTYPE:
                entry.linkname, entry.size = text, 0
            archive.addfile(entry, BytesIO(text.encode()))

        for folder in ("bin", "etc", "tmp", "proc", "sys", "dev", "run"):
            put(folder, kind=tarfile.DIRTYPE)
        archive.add(BUSYBOX.resolve(), "bin/busybox")
        for name in APPLETS:
            put(f"bin/{name}", "busybox", kind=tarfile.SYMTYPE)
        for name, script in STANDING_IN.items():
            put(f"bin/{name}", f"#!/bin/sh\n{script}\n")
        put("etc/passwd", "root:x:0:0::/:/bin/sh\n")
        put("etc/group", "root:x:0:\n")
    return packed.getvalue()


@pytest.fixture(scope="module")
def built() -> Iterator[dict[str, Any]]:
    """What podman says of the image; `files` are those of its folder, with their owners."""
    for tool in ("podman", "runc", "conmon"):
        program("podman", tool)
    if not BUSYBOX.exists():
        missing("podman", "busybox-static is not installed")
    if os.geteuid():
        missing("podman", "its containers here have no user namespaces, and need root")
    folder = Path(tempfile.mkdtemp(prefix="sp-img-"))
    (folder / "engine.conf").write_text(ENGINE)
    (folder / "store.conf").write_text(STORE.format(folder=folder))
    (folder / "runtime").mkdir(mode=0o700)
    environ = {
        **os.environ,
        "CONTAINERS_CONF": str(folder / "engine.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "store.conf"),
        "XDG_RUNTIME_DIR": str(folder / "runtime"),
    }

    def podman(*words: str, given: bytes | None = None) -> str:
        done = subprocess.run(
            ["podman", *words], env=environ, input=given, capture_output=True, check=False,
            timeout=4 * PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return done.stdout.decode()

    try:
        podman("import", "--quiet", "-", BASE, given=_base())
        podman("build", "--quiet", "--format", "docker", "--isolation", "chroot",
               "--build-arg", f"PYTHON={BASE}", "--tag", IMAGE, str(ROOT))  # fmt: skip
        (told,) = json.loads(podman("image", "inspect", IMAGE))
        root = Path(podman("image", "mount", IMAGE).strip())
        files = {path.name: path.stat().st_uid for path in (root / "app").iterdir()}
        owners = {name: (root / name).stat().st_uid for name in ("data", "page")}
        yield {**told, "files": files, "owners": owners}
    finally:
        subprocess.run(["podman", "image", "umount", "--all"], env=environ, check=False,
                       capture_output=True)  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


def test_the_recipe_makes_an_image_that_runs_as_nobody_in_particular(built: Any) -> None:
    assert built["Config"]["User"] == "statuspage"
    assert built["Config"]["Cmd"] == ["python", "manage.py", "up"]
    assert set(built["Config"]["Volumes"]) == {"/data", "/page"}
    (check,) = (value for name, value in built.items() if name.lower() == "healthcheck")
    assert check["Test"] == ["CMD", "python", "-m", "statuspage.runtime.container_health"]
    # What it runs is root's, what it writes its own.
    assert set(built["files"].values()) == {0}
    assert set(built["owners"].values()) == {10001}
    assert "tests" not in built["files"]
    assert {"manage.py", "templates", "statuspage", ".venv"} <= set(built["files"])
