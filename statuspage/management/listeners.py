"""The command-line options of `up` and `web` that say where to listen and with which server."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from statuspage.parent import start_again
from statuspage.servers import SERVERS

_VARIABLES = {
    "host": "STATUSPAGE_HOST",
    "port": "STATUSPAGE_PORT",
    "management_port": "STATUSPAGE_MANAGEMENT_PORT",
    "server": "STATUSPAGE_SERVER",
}


def add_options(parser: CommandParser) -> None:
    """Declare the options; each defaults to the setting of the same name."""
    ours = settings.STATUSPAGE
    parser.add_argument("--host", help=f"address to listen on (now: {ours.host})")
    parser.add_argument("--port", type=int, help=f"public port (now: {ours.port}); 0: any free one")
    parser.add_argument(
        "--management-port",
        type=int,
        help=f"port of the management listener (now: {ours.management_port}); 0: any free one",
    )
    parser.add_argument("--server", choices=SERVERS, help=f"ASGI server (now: {ours.server})")
    # Taken out of the arguments by manage.py, before settings are read; here for --help only.
    parser.add_argument("--data-dir", help=f"folder for all data (now: {ours.data_dir})")


def adopt(options: dict[str, Any]) -> None:
    """Make the options the settings in force, for this process and those it starts.

    Settings were read before the options were seen, and much follows from them (absolute links,
    trusted origins): where they differ, the command is started again with the right environment.
    """
    ours = settings.STATUSPAGE
    differing = {
        variable: str(options[name])
        for name, variable in _VARIABLES.items()
        if options[name] is not None and options[name] != getattr(ours, name)
    }
    if not differing:
        return
    if all(os.environ.get(variable) == value for variable, value in differing.items()):
        raise CommandError("the options were not taken over: " + ", ".join(sorted(differing)))
    start_again(environ=differing)
