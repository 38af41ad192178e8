"""The output stream that all processes of `up` share, line by line, each with its name.

No process waits for the terminal: what it does not take is kept up to a limit, then counted and
dropped, so that a paused terminal or a closed pipe never stops a process that wants to log.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Mapping
from typing import TextIO

from statuspage.observability.log_streams import wrapped

UP = "up"
"""The name of the process that all others are children of."""
MAX_LINE = 8192
MAX_WAITING = 5000
# What a process logs may come from strangers; it must not move the cursor or clear the screen.
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], "\N{REPLACEMENT CHARACTER}")
_CONTROLS[ord("\t")] = "\t"


def wants_colour(*, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether to colour: on a terminal that can, and without NO_COLOR (no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


class Output:
    """A writer that prefixes lines and passes them to `stream` in order. Thread-safe.

    `colours` maps a name to its ANSI colour number; empty means plain text. `as_json`: instead of
    a prefix, each line is an object that names the process, as its own lines of log are.
    """

    def __init__(
        self,
        *,
        stream: TextIO,
        colours: Mapping[str, int],
        width: int = 6,
        as_json: bool = False,
        machine: str = "",
    ) -> None:
        self._as_json, self._machine = as_json, machine
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._colours = colours
        self._width = width
        self._waiting: deque[str] = deque()
        self._dropped = 0
        self._closing = False
        self._changed = threading.Condition()
        self._writer = threading.Thread(target=self._write_all, name="output", daemon=True)
        self._writer.start()

    def line(self, *, name: str, text: str) -> None:
        """Show one line of the process `name`."""
        if self._as_json:
            logger = "statuspage.up" if name == UP else "output"
            text = wrapped(text, level="INFO", logger=logger, role=name, machine=self._machine)
            shown = f"{text}\n"
        else:
            prefix = f"{name:<{self._width}} │ "
            colour = self._colours.get(name)
            if colour is not None:
                prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
            shown = f"{prefix}{text.translate(_CONTROLS)}\n"
        with self._changed:
            if len(self._waiting) >= MAX_WAITING:
                self._dropped += 1
            else:
                self._waiting.append(shown)
            self._changed.notify()

    def follow(self, *, name: str, fd: int) -> None:
        """Show what comes out of `fd`, the reading end of a pipe, until its end; then close it."""
        threading.Thread(
            target=self._read, args=(name, fd), name=f"output of {name}", daemon=True
        ).start()

    def close(self, *, timeout: float) -> None:
        """Wait up to `timeout` seconds for what is still to be shown."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._writer.join(timeout)

    def _read(self, name: str, fd: int) -> None:
        rest = b""
        with os.fdopen(fd, "rb", buffering=0) as pipe:
            while chunk := pipe.read(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > MAX_LINE:
                    lines.append(rest)
                    rest = b""
                for line in lines:
                    self.line(name=name, text=line.decode("utf-8", "replace"))
        if rest:
            self.line(name=name, text=rest.decode("utf-8", "replace"))

    def _told(self, text: str) -> str:
        if self._as_json:
            text = wrapped(
                text, level="WARNING", logger="statuspage.up", role=UP, machine=self._machine
            )
        return f"{text}\n"

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                lines = "".join(self._waiting)
                self._waiting.clear()
                dropped, self._dropped = self._dropped, 0
            if dropped:
                lines += self._told(
                    f"({dropped} lines were not shown: they came faster than they were read)"
                )
            # A terminal that cannot show a character gets a question mark, not an exception.
            shown = lines.encode(self._encoding, "replace").decode(self._encoding)
            try:
                self._stream.write(shown)
                self._stream.flush()
            except (OSError, ValueError):
                # The reader has gone; the processes go on, and their pipes are still emptied.
                continue


class OutputHandler(logging.Handler):
    """A logging handler that shows what this process logs as lines of `name`."""

    def __init__(self, output: Output, *, name: str) -> None:
        super().__init__()
        self._output = output
        self._name = name

    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).splitlines():
            self._output.line(name=self._name, text=line)
