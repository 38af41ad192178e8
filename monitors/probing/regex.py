"""Regular expressions that operators write, for text of any origin: RE2 takes linear time."""

from typing import Any

import re2

from monitors.probing.base import one_line


def compiled(pattern: str) -> Any:
    """The pattern, for bytes. Raises ValueError, which says what is wrong with it."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern.encode(), options)
    except (re2.error, UnicodeEncodeError) as error:
        detail = error.args[0] if isinstance(error, re2.error) and error.args else "not text"
        told = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
        raise ValueError(f"is not a regular expression: {one_line(told, limit=100)}") from None
