"""`python -m bench [subject…] [--short]`: measures the subjects and prints their tables."""

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench import page, probes, publish, streams
from bench.databases import Databases
from bench.report import Progress, Table
from bench.stage import Stage, cores, raise_open_files

SUBJECTS: dict[str, Callable[[Stage], Table]] = {
    "page": page.run,
    "probes": probes.run,
    "publish": publish.run,
    "streams": streams.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("subject", nargs="*", choices=[*SUBJECTS, []], help="default: all")
    parser.add_argument(
        "--short", action="store_true", help="tiny: shows that it runs; its figures mean nothing"
    )
    options = parser.parse_args()
    raise_open_files()
    progress = Progress()
    print(
        f"{cores()} cores, {platform.system()}, Python {platform.python_version()}, loopback only"
    )
    with tempfile.TemporaryDirectory(prefix="sp-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        stage = Stage(folder, options.short, progress, Databases(folder))
        with closing(stage.databases):
            for subject in options.subject or SUBJECTS:
                table = SUBJECTS[subject](stage)
                progress.clear()
                print(f"\n{table.text()}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
