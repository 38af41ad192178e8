"""Regular expressions that operators write, for text of any origin: RE2 takes linear time."""

from typing import Any

import re2

from monitors.probing.base import one_line


def compile_pattern(pattern: str) -> Any:
    """Return the compiled pattern, for bytes. Raises ValueError naming what is wrong with it."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern.encode(), options)
    except (re2.error, UnicodeEncodeError) as error:
        detail = error.args[0] if isinstance(error, re2.error) and error.args else "not text"
        reason = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
        raise ValueError(f"is not a regular expression: {one_line(reason, limit=100)}") from None
