"""The id of the request that is being answered, for lines of log, problems and response headers.

A caller may give it (`X-Request-ID`), so that a request is found again across several services.
"""

import re
import uuid
from collections.abc import Iterable
from contextvars import ContextVar, Token

HEADER = b"x-request-id"
_HARMLESS = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
"""What a caller may choose: it goes into headers, JSON and lines of log as it is."""

_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the id that a request's headers name, if it is one and harmless; else a new one."""
    given = [value for name, value in headers if name == HEADER]
    if len(given) == 1 and _HARMLESS.fullmatch(given[0]):
        return given[0].decode("ascii")
    return uuid.uuid4().hex


def current() -> str:
    """Return the id of the request that is being answered in this context; '' outside of one."""
    return _current.get()


def begin(request_id: str) -> Token[str]:
    """Make `request_id` the current one; return what `end` takes."""
    return _current.set(request_id)


def end(token: Token[str]) -> None:
    """Make the former one current again."""
    _current.reset(token)
