"""Golden answers: what the outside world gets, kept as files, so that a change is a reviewed diff.

Run the tests with `WRITE_GOLDEN=1` to write them anew, then read the diff.
"""

import json
import os
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "golden"


def golden(name: str, answer: Any) -> Any:
    """The kept answer of this name, to be compared with `answer`."""
    path = _FOLDER / name
    if os.environ.get("WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(answer, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return json.loads(path.read_text("utf-8"))
