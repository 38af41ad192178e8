"""The two formats of every line of log, of every role: text for people, JSON for programs.

In text: instant (UTC), level, machine, role, logger, message, and the request's id where there is
one. In JSON (`STATUSPAGE_LOG=json`) one object a line with `time`, `level`, `logger`, `message`,
`machine`, `role`, `process`, and where there is one `request_id`, `trace_id`, `span_id` and
`exception`.
"""

import json
import logging
import os
import socket
import sys
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from components.values import request_id, spans
from statuspage.observability.log_mask import LogMask

TEXT, JSON = "text", "json"
MAX_MESSAGE = 16_384
"""Characters of a message, and of an exception, that are kept."""
_COMMANDS_WITH_A_ROLE = ("up", "agent", "forkserver")
# A message may hold what strangers wrote: it must stay on its line.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_CONTROLS |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\t", 0x2028: "\\n", 0x2029: "\\n"}


def role() -> str:
    """Return which of the product's processes this is, or the name of the command; '' else."""
    if known := os.environ.get("STATUSPAGE_ROLE"):
        return known
    program, *words = [*sys.argv, ""]
    is_ours = Path(program).name in ("manage.py", "statuspage", "__main__.py")
    return words[0] if is_ours and words else ""


def is_service() -> bool:
    """Return whether all that this process prints is log, as opposed to a command's answer."""
    return bool(os.environ.get("STATUSPAGE_ROLE")) or role() in _COMMANDS_WITH_A_ROLE


def machine_name() -> str:
    """Return this machine's name, for lines that come before there are settings."""
    return os.environ.get("STATUSPAGE_MACHINE") or socket.gethostname()


def instant(seconds: float) -> str:
    """Return an instant as RFC 3339 in UTC, to the millisecond."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def json_line(
    *, at: float, level: str, logger: str, message: str, machine: str, role: str,
    process: int, more: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Return a line of log as JSON, without the line's end."""
    members = {
        "time": instant(at), "level": level, "logger": logger, "message": message,
        "machine": machine, "role": role, "process": process, **(more or {}),
    }  # fmt: skip
    return json.dumps(members, ensure_ascii=False)


class LineFormatter(logging.Formatter):
    """Formats records in either format, masked. `secrets` are the texts of secret settings."""

    def __init__(self, *, style: str, machine: str, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self.is_json = style == JSON
        self._machine = machine
        self._mask = LogMask(secrets)

    def format(self, record: logging.LogRecord) -> str:
        message = self._mask(_cut(_message(record)))
        exception = self._mask(_cut(_exception(record)))
        current = request_id.current()
        if self.is_json:
            trace, span = spans.ids()
            more = {
                "request_id": current, "trace_id": trace, "span_id": span, "exception": exception
            }  # fmt: skip
            return json_line(
                at=record.created, level=record.levelname, logger=record.name, message=message,
                machine=self._machine, role=role(), process=record.process or os.getpid(),
                more={name: text for name, text in more.items() if text},
            )  # fmt: skip
        line = (
            f"{instant(record.created)} {record.levelname:<7} {self._machine} {role() or '-'}"
            f" {record.name}: {message.translate(_CONTROLS)}"
        )
        line += f" [request {current}]" if current else ""
        return f"{line}\n{_indented(exception)}" if exception else line


_REFUSED = "django.security."
"""Loggers of requests that were refused, as for a strange `Host`. Their line says why; a traceback
would let anybody fill the log."""


def _indented(text: str) -> str:
    """Return lines that cannot be taken for lines of log, whatever they say."""
    return "\n".join(f"  {line.translate(_CONTROLS)}" for line in text.splitlines())


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001  (a line that cannot be written is told as it is)
        return f"{record.msg!s} [{type(error).__name__} while it was formatted: {error}]"


def _exception(record: logging.LogRecord) -> str:
    if record.name.startswith(_REFUSED):
        return ""
    shown = ""
    if record.exc_info and record.exc_info[0] is not None:
        shown = "".join(traceback.format_exception(*record.exc_info)).rstrip()
    elif record.exc_text:
        shown = record.exc_text
    if record.stack_info:
        shown = f"{shown}\n{record.stack_info}".strip()
    return shown


def _cut(text: str) -> str:
    """Return the text; of one that is too long its beginning and its end, which says most."""
    if len(text) <= MAX_MESSAGE:
        return text
    half = MAX_MESSAGE // 2
    return f"{text[:half]} … {text[-half:]}"
