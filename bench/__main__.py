"""`python -m bench [subject…] [--short]`: measures the subjects and prints their tables."""

import argparse
import platform
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType

from bench import (
    aged,
    browser,
    heartbeats,
    hooks,
    mail,
    metrics,
    page,
    pages,
    probes,
    publish,
    scale,
    siege,
    streams,
    surge,
    system,
    writes,
)
from bench.databases import Databases
from bench.report import Progress, Table
from bench.stage import Stage, cores, raise_open_files

SUBJECTS: dict[str, Callable[[Stage], Table]] = {
    "aged": aged.run,
    "browser": browser.run,
    "heartbeats": heartbeats.run,
    "hooks": hooks.run,
    "mail": mail.run,
    "metrics": metrics.run,
    "lighthouse": browser.lighthouse,
    "page": page.run,
    "pages": pages.run,
    "probes": probes.run,
    "publish": publish.run,
    "scale": scale.run,
    "siege": siege.run,
    "streams": streams.run,
    "surge": surge.run,
    "system-status": system.run,
    "writes": writes.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("subject", nargs="*", choices=[*SUBJECTS, []], help="default: all")
    parser.add_argument(
        "--short", action="store_true", help="tiny: shows that it runs; its figures mean nothing"
    )
    parser.add_argument(
        "--count", type=int, default=0, metavar="N", help="of mails or hooks, instead of all"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="TEXT",
        help="of `scale`, the rows whose names contain it; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--monitors", type=int, default=0, metavar="N",
        help="of `scale`, so many monitors every 10 s instead of its sizes",
    )  # fmt: skip
    options = parser.parse_args()
    raise_open_files()
    progress = Progress()
    print(
        f"{cores()} cores, {platform.system()}, Python {platform.python_version()}, loopback only"
    )
    if options.short:
        print("short: it shows that everything runs; the figures mean nothing")
    with tempfile.TemporaryDirectory(prefix="sp-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        stage = Stage(
            folder, options.short, progress, Databases(folder), options.count,
            tuple(options.only), options.monitors,
        )  # fmt: skip
        with closing(stage.databases):
            for subject in options.subject or SUBJECTS:
                table = SUBJECTS[subject](stage)
                progress.clear()
                print(f"\n{table.text()}", flush=True)


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Leave as after Ctrl-C: through every `finally`, so that nothing is left running."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    try:
        main()
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
