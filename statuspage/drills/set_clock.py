"""A process of the product whose wall clock a drill sets while it runs. Run as a module.

The first argument is a file with one number, how many seconds the clock is off; the others are
those of `manage.py`. Only the wall clock is set: what the product measures time with goes on.
"""

import mmap
import runpy
import struct
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
_NUMBER = struct.Struct("d")


def write_offset(path: Path, seconds: float) -> None:
    """Set the clock of all processes that were started with `path`, also while they run."""
    if not path.exists():
        path.write_bytes(_NUMBER.pack(seconds))
        return
    with path.open("r+b") as file:
        file.write(_NUMBER.pack(seconds))


def main() -> None:
    with Path(sys.argv[1]).open("rb") as file:
        shared = mmap.mmap(file.fileno(), _NUMBER.size, access=mmap.ACCESS_READ)
    true_time = time.time

    def wall() -> float:
        return true_time() + float(_NUMBER.unpack_from(shared)[0])

    time.time = wall
    from django.utils import timezone  # noqa: PLC0415  (after the clock is set)

    timezone.now = lambda: datetime.fromtimestamp(wall(), UTC)
    sys.argv[:] = [str(MANAGE), *sys.argv[2:]]
    runpy.run_path(str(MANAGE), run_name="__main__")


if __name__ == "__main__":
    main()
