"""Tools from npm, pinned in `tests/node` and installed beside it by `make`."""

import shutil
from pathlib import Path

from tests.environment import missing

FOLDER = Path(__file__).parent / "node"


def tool(name: str) -> Path:
    """The command of one of the packages; skips, or fails where `node` is required."""
    found = FOLDER / "node_modules" / ".bin" / name
    if shutil.which("node") is None:
        missing("node", "Debian's nodejs and npm are not installed")
    if not found.exists():
        missing("node", f"{name} is not installed; run `npm ci` in tests/node, or make test")
    return found
