"""`python -m statuspage.runtime.container_health`: the health check of the image.

Asks `/livez` of the management listener, on the port and address that the settings name. Exit
status 0: it answers, or this container runs a role that has no listener. Imports nothing of Django,
for it runs every few seconds.
"""

import os
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

TIMEOUT_SECONDS = 4.0
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  (compared)
_COMMAND = Path("/proc/1/cmdline")


def address(environ: Mapping[str, str]) -> str:
    """Return where the management listener of this container answers."""
    given = environ.get("STATUSPAGE_MANAGEMENT_HOST", "")
    host = _WILDCARDS.get(given, given)
    port = environ.get("STATUSPAGE_MANAGEMENT_PORT") or "3001"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/livez"


def has_listener(command: str) -> bool:
    """Return whether the container's first process, by its command line, serves anybody."""
    words = command.replace("\0", " ").split()
    return "up" in words or "web" in words


def main() -> int:
    """Return the exit status of the check."""
    if not has_listener(_COMMAND.read_text("utf-8", errors="replace")):
        return 0
    try:
        with urllib.request.urlopen(address(os.environ), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  (the settings' own)
            return int(answer.status != 200)
    except OSError as error:
        sys.stderr.write(f"{address(os.environ)} does not answer: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
