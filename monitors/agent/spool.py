"""The spool of results to be delivered: a file that only grows, safe at every instant.

Each batch is one line, on the disk before it is sent. A batch leaves only after the
server has said that it has it; a process that is killed in between sends it again, and the server
knows it by its number. A line that was torn by a crash was never complete, so it is left out.
"""

import errno
import fcntl
import json
import os
import uuid
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.filesystem.atomic_file import write_file

_LINES, _STATE = "results.jsonl", "delivered.json"
_TRUNCATE_BYTES = 1 << 20


class SpoolTakenError(Exception):
    """Another agent works in this folder."""


class Spool:
    """The spool. For one thread at a time, but that one may append while another delivers."""

    def __init__(self, folder: Path) -> None:
        """Open the spool in `folder`, with what an earlier process left. Raises SpoolTakenError."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        # Unbuffered: what a full disk refused must not linger and be written later.
        self._file = (folder / _LINES).open("ab+", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise SpoolTakenError(f"another agent works in {folder}") from None
        state = self._state()
        self.stream = str(state["stream"])
        self._delivered = int(state["delivered"])
        self._waiting: deque[tuple[int, list[dict[str, Any]]]] = deque(self._load_waiting())
        self._newest = self._waiting[-1][0] if self._waiting else self._delivered

    def append(self, results: Sequence[dict[str, Any]]) -> int:
        """Append a batch and return its number; when this returns, it is on the disk.

        Raises OSError when there is no room for it; then nothing of it is kept.
        """
        number = self._newest + 1
        line = (json.dumps([number, list(results)], separators=(",", ":")) + "\n").encode()
        before = self._file.seek(0, os.SEEK_END)
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, "there is no room for all of it")
            os.fsync(self._file.fileno())
        except OSError:
            self._file.truncate(before)
            raise
        self._newest = number
        self._waiting.append((number, list(results)))
        return number

    def oldest(self) -> tuple[int, list[dict[str, Any]]] | None:
        """Return the oldest batch that is not delivered, with its number."""
        return self._waiting[0] if self._waiting else None

    def mark_delivered(self, number: int) -> None:
        """Remove the oldest batch: the server has it."""
        self._delivered = number
        self._store_state()
        self._waiting.popleft()

    def truncate_delivered(self) -> None:
        """Empty the file once all of it is delivered; for the thread that appends."""
        if not self._waiting and self._file.seek(0, os.SEEK_END) > _TRUNCATE_BYTES:
            self._file.truncate(0)

    def __len__(self) -> int:
        return len(self._waiting)

    def close(self) -> None:
        self._file.close()

    def _load_waiting(self) -> list[tuple[int, list[dict[str, Any]]]]:
        waiting, whole = [], 0
        for line in (self._folder / _LINES).read_bytes().splitlines(keepends=True):
            try:
                number, results = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            if number > self._delivered:
                waiting.append((number, results))
        self._file.truncate(whole)
        return waiting

    def _state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads((self._folder / _STATE).read_text("utf-8"))
            return {"stream": str(state["stream"]), "delivered": int(state["delivered"])}
        except (OSError, ValueError, KeyError):
            # Lines without their stream's name would be taken for old ones of the new stream.
            self._file.truncate(0)
            self.stream, self._delivered = str(uuid.uuid4()), 0
            self._store_state()
            return {"stream": self.stream, "delivered": 0}

    def _store_state(self) -> None:
        state = {"stream": self.stream, "delivered": self._delivered}
        write_file(self._folder / _STATE, json.dumps(state).encode(), sync=True)
