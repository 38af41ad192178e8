"""Runs a program as if some modules were not installed.

`python tests/missing_packages.py MODULE,MODULE PROGRAM ARGUMENT …`
"""

import runpy
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any


class Installed(PathFinder):
    """Finds what lies here, apart from what is missing."""

    missing: frozenset[str] = frozenset()

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname.partition(".")[0] in cls.missing:
            return None
        return super().find_spec(fullname, path, target)


if __name__ == "__main__":
    _, names, *sys.argv = sys.argv
    Installed.missing = frozenset(names.split(","))
    sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    runpy.run_path(sys.argv[0], run_name="__main__")
