"""The note that a running `up` leaves of its settings, for commands on the same data folder."""

import json
from pathlib import Path
from typing import Any

import psutil


def note_path(data_dir: Path) -> Path:
    return data_dir / "up.json"


def running_settings(data_dir: Path) -> dict[str, str]:
    """Return the settings of the `up` that runs on `data_dir`; empty when none does."""
    try:
        note: dict[str, Any] = json.loads(note_path(data_dir).read_text(encoding="utf-8"))
        # Not only the number: after a crash it may belong to another process by now.
        if psutil.Process(int(note["pid"])).create_time() != note["started"]:
            return {}
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return {}
    return {str(name): str(value) for name, value in note["environ"].items()}
