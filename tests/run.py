"""Runs pytest; a few tests that failed beside others are made once more, alone, if that is allowed.

`python -m tests.run [arguments of pytest]`. `TESTS_TRY_ALONE=3` allows it for up to three
tests of a run: some start ten processes and are told apart from a busy machine only by being made
by themselves. A fault of the product fails there as well. What passed only alone is listed at the
end, for it is to be mended: see docs/adr/0016-tried-again-alone.md.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ALLOWED = "TESTS_TRY_ALONE"
FAILED = ".pytest_cache/v/cache/lastfailed"
"""Where pytest leaves the ids of the tests that failed."""
_TESTS_FAILED = 1
"""Pytest's exit code when tests failed, and nothing worse happened."""


def run(arguments: Sequence[str], *, allowed: int, root: Path) -> int:
    """Return the exit code of a run of pytest, after at most `allowed` tests were made again."""
    (root / FAILED).unlink(missing_ok=True)
    code = _pytest(arguments, root)
    failed = failed_tests(root) if code == _TESTS_FAILED else []
    if not 0 < len(failed) <= allowed:
        return code
    _tell(f"{len(failed)} failed; made once more, alone:", failed)
    options = [each for each in arguments if each == "--postgres"]
    code = _pytest([*options, "-n", "0", *failed], root)
    if code == 0:
        _tell("Passed only when made alone, to be mended:", failed)
    return code


def failed_tests(root: Path) -> list[str]:
    """Return the ids of the tests that failed in the last run: none if it did not come to them."""
    try:
        failed: list[str] = sorted(json.loads((root / FAILED).read_text("utf-8")))
    except FileNotFoundError:
        return []
    # A process that collected other tests than its sibling stands there by its own name.
    return failed if all("::" in each for each in failed) else []


def _tell(what: str, tests: Sequence[str]) -> None:
    sys.stdout.write("\n  ".join([f"\n{what}", *tests]) + "\n")
    sys.stdout.flush()


def _pytest(arguments: Sequence[str], root: Path) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=root, check=False
    ).returncode


if __name__ == "__main__":
    home = Path(__file__).parent.parent
    sys.exit(run(sys.argv[1:], allowed=int(os.environ.get(ALLOWED) or 0), root=home))
