"""Runs pytest; a few tests that failed beside others are made once more, alone, if that is allowed.

`python -m tests.run [arguments of pytest]`. `TESTS_TRY_ALONE=3` allows it for up to three
tests of a run: some start ten processes and are told apart from a busy machine only by being made
by themselves. A fault of the product fails there as well. What passed only alone is listed at the
end, for it is to be mended: see docs/adr/0016-tried-again-alone.md.

`--both` makes them on SQLite and on PostgreSQL, beside each other: each alone leaves cores idle.
Long tests, which judge by the clock, are not made beside another run.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tests.counterparts import LONG, required

ALLOWED = "TESTS_TRY_ALONE"
BOTH, POSTGRES = "--both", "--postgres"
_CACHE = {False: ".pytest_cache", True: ".pytest_cache/postgres"}
"""Where pytest keeps what it knows of a run, by whether that is on PostgreSQL."""
FAILED = "v/cache/lastfailed"
"""Where in there it leaves the ids of the tests that failed."""
_TESTS_FAILED = 1
"""Pytest's exit code when tests failed, and nothing worse happened."""


def run(arguments: Sequence[str], *, allowed: int, root: Path) -> int:
    """Return the exit code of a run of pytest, after at most `allowed` tests were made again."""
    cache = _CACHE[POSTGRES in arguments]
    options = ["-o", f"cache_dir={cache}", *([POSTGRES] if POSTGRES in arguments else [])]
    (root / cache / FAILED).unlink(missing_ok=True)
    code = _pytest([*options, *(each for each in arguments if each != POSTGRES)], root)
    failed = failed_tests(root / cache / FAILED) if code == _TESTS_FAILED else []
    if not 0 < len(failed) <= allowed:
        return code
    _tell(f"{len(failed)} failed; made once more, alone:", failed)
    code = _pytest([*options, "-n", "0", *failed], root)
    if code == 0:
        _tell("Passed only when made alone, to be mended:", failed)
    return code


def run_on_both(arguments: Sequence[str], *, allowed: int, root: Path) -> int:
    """Return the exit code of a run on each database: that of the first that is not 0."""
    on_sqlite, on_postgres = [*arguments], [POSTGRES, *arguments]
    if required(LONG) or "--long" in arguments:
        codes = [run(each, allowed=allowed, root=root) for each in (on_sqlite, on_postgres)]
        return next(filter(None, codes), 0)
    with (
        tempfile.NamedTemporaryFile("wb") as written,
        Path(written.name).open(encoding="utf-8", errors="replace") as output,
    ):
        beside = subprocess.Popen(
            [sys.executable, "-u", "-m", "tests.run", *on_postgres],
            cwd=root, stdout=written, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            code = run(on_sqlite, allowed=allowed, root=root)
            _tell("On PostgreSQL:")
            _show(beside, output)
        finally:
            beside.terminate()
    return code or beside.wait()


def _show(process: subprocess.Popen[bytes], output: IO[str]) -> None:
    """Show what a process has written so far, and what it writes until it ends."""
    ended = False
    while not ended:
        ended = process.poll() is not None
        sys.stdout.write(output.read())
        sys.stdout.flush()
        time.sleep(0 if ended else 0.2)


def failed_tests(file: Path) -> list[str]:
    """Return the ids of the tests that failed in the last run: none if it did not come to them."""
    try:
        failed: list[str] = sorted(json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return []
    # A process that collected other tests than its sibling stands there by its own name.
    return failed if all("::" in each for each in failed) else []


def _tell(what: str, tests: Sequence[str] = ()) -> None:
    sys.stdout.write("\n  ".join([f"\n{what}", *tests]) + "\n")
    sys.stdout.flush()


def _pytest(arguments: Sequence[str], root: Path) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=root, check=False
    ).returncode


if __name__ == "__main__":
    given = sys.argv[1:]
    start = run_on_both if BOTH in given else run
    sys.exit(
        start(
            [each for each in given if each != BOTH],
            allowed=int(os.environ.get(ALLOWED) or 0),
            root=Path.cwd(),
        )
    )
