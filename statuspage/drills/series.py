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
    """Run `manage.py drill NAME OPTIONS` for each; return their exit statuses."""

    def play(drill: Drill) -> int:
        database = ["--database", drill.database] if drill.database else []
        done = subprocess.run(  # noqa: S603  (our own command)
            [sys.executable, str(MANAGE), "drill", drill.name, *options, *database], cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False,
        )  # fmt: skip
        say(done.stdout.rstrip())
        return done.returncode

    drills = list(chosen)
    ends = [play(drill) for drill in drills if drill.alone]
    with ThreadPoolExecutor(jobs) as pool:
        ends += pool.map(play, (drill for drill in drills if not drill.alone))
    return ends
