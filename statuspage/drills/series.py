"""Several drills in processes of their own, so many at a time; those that need all cores alone."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from statuspage.drills.base import Drill
from statuspage.drills.environment import MANAGE, ROOT


def play_beside(
    chosen: Iterable[Drill], options: Sequence[str], *, jobs: int, say: Callable[[str], None]
) -> list[int]:
    """Run `manage.py drill NAME OPTIONS` for each; return their exit statuses.

    Where that is broken off, those that are being played are ended, and no other is begun.
    """
    running: set[subprocess.Popen[str]] = set()

    def play(drill: Drill) -> int:
        database = ["--database", drill.database] if drill.database else []
        process = subprocess.Popen(  # noqa: S603  (our own command)
            [sys.executable, str(MANAGE), "drill", drill.name, *options, *database], cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        running.add(process)
        told = process.communicate()[0]
        running.remove(process)
        say(told.rstrip())
        return process.returncode

    drills = list(chosen)
    with ThreadPoolExecutor(jobs) as pool:
        try:
            ends = [play(drill) for drill in drills if drill.alone]
            ends += pool.map(play, (drill for drill in drills if not drill.alone))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in running:
                process.terminate()
            raise
    return ends
