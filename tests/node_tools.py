"""Tools from npm, pinned in `tests/node` and installed beside it by `make`."""

import shutil
import subprocess
from pathlib import Path

from tests.counterparts import missing, program

FOLDER = Path(__file__).parent / "node"


def tool(name: str) -> Path:
    """The command of one of the packages; skips, or fails where `node` is required."""
    found = FOLDER / "node_modules" / ".bin" / name
    program("node")
    if not found.exists():
        missing("node", f"{name} is not installed; run `npm ci` in tests/node, or make test")
    return found


def package(name: str) -> Path:
    """The folder of one of the packages; skips, or fails where `node` is required."""
    found = FOLDER / "node_modules" / name
    program("node")
    if not found.exists():
        missing("node", f"{name} is not installed; run `npm ci` in tests/node, or make test")
    return found


def workspace(folder: Path) -> Path:
    """A copy of our own programs in `tests/node`, with the packages that they need."""
    tool("tsc")
    copied = folder / "node"
    shutil.copytree(FOLDER, copied, ignore=shutil.ignore_patterns("node_modules"))
    (copied / "node_modules").symlink_to(FOLDER / "node_modules")
    return copied


def run(folder: Path, *command: str | Path) -> str:
    """Run a program in a workspace; the answer is what it wrote."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
