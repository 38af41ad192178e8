"""A probe worker with a bug in it: every third check runs into it. Run as a module."""

import itertools
import os
import sys
from typing import Any


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    # After the settings are named.
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from monitors.probers import registry  # noqa: PLC0415  (after the settings are named)

    kind: Any = type(registry.prober("endpoint"))
    sound, turns = kind.interpret, itertools.count()

    def interpret(*args: Any, **more: Any) -> Any:
        if next(turns) % 3 == 0:
            raise ZeroDivisionError("a bug, for the drill")
        return sound(*args, **more)

    kind.interpret = interpret
    execute_from_command_line(["manage.py", "work", *sys.argv[1:]])


if __name__ == "__main__":
    main()
