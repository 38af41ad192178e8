"""Standard output and error of a service as JSON: whatever is printed there is a line of log.

Most lines come from loggers, formatted already. What prints by itself (an error at the start, a
library, a traceback of the interpreter) would be a line that a log collector cannot read; here it
is put into an object of its own.
"""

import logging
import os
import sys
import threading
import time
from types import TracebackType
from typing import Any, TextIO

from statuspage.observability.log_format import JSON, is_service, json_line, machine_name, role
from statuspage.observability.log_mask import LogMask

MAX_LINE = 65_536
log = logging.getLogger("statuspage")


def is_json_line(line: str) -> bool:
    """Return whether a line is one of log in JSON already."""
    return line.startswith('{"time": "') and line.endswith("}")


def wrapped(line: str, *, level: str, logger: str, role: str, machine: str = "") -> str:
    """Return a line as JSON; as it is if it is so already."""
    if is_json_line(line):
        return line
    return json_line(
        at=time.time(), level=level, logger=logger, message=line,
        machine=machine or machine_name(), role=role, process=os.getpid(),
    )  # fmt: skip


class JsonStream:
    """A text stream that passes on whole lines, each as JSON. Thread-safe."""

    def __init__(self, stream: TextIO, *, level: str, name: str) -> None:
        self._stream, self._level, self._name = stream, level, name
        self._rest = ""
        self._lock = threading.RLock()
        self._mask = LogMask()

    def write(self, text: str) -> int:
        """Write what is whole of it; the rest waits for its end."""
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
            if len(self._rest) > MAX_LINE:
                lines, self._rest = [*lines, self._rest], ""
            shown = "".join(self._line(line) for line in lines if line.strip())
            if shown:
                self._stream.write(shown)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        with self._lock:
            self._stream.flush()

    def end(self) -> None:
        """Write a last line that has no end."""
        with self._lock:
            if self._rest:
                self.write("\n")
            self._stream.flush()

    def _line(self, line: str) -> str:
        line = line.rstrip("\r")
        if not is_json_line(line):
            line = self._mask(line)
        return wrapped(line, level=self._level, logger=self._name, role=role()) + "\n"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def install(*, style: str) -> bool:
    """Have a service's streams speak JSON, if that is the style; return whether they do."""
    if style != JSON or not is_service():
        return False
    if not isinstance(sys.stdout, JsonStream):
        sys.stdout = JsonStream(sys.stdout, level="INFO", name="stdout")
    if not isinstance(sys.stderr, JsonStream):
        sys.stderr = JsonStream(sys.stderr, level="ERROR", name="stderr")
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_thread
    return True


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("uncaught: %s", error or kind.__name__, exc_info=(kind, error, trace))


def _log_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_type is SystemExit or arguments.exc_value is None:
        return
    name = arguments.thread.name if arguments.thread else "?"
    log.error(
        "a thread ended with an error: %s", name,
        exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback),
    )  # fmt: skip
