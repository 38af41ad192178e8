"""The command-line options of `up` and `web` that say where to listen and with which server."""

import logging
import os
import socket
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from statuspage.runtime.parent_death import replace_process
from statuspage.server.serve import SERVERS
from statuspage.server.sockets import ListenError, listen

log = logging.getLogger(__name__)

_VARIABLES = {
    "host": "STATUSPAGE_HOST",
    "port": "STATUSPAGE_PORT",
    "management_port": "STATUSPAGE_MANAGEMENT_PORT",
    "server": "STATUSPAGE_SERVER",
    "web_processes": "STATUSPAGE_WEB_PROCESSES",
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
    parser.add_argument(
        "--processes",
        type=int,
        dest="web_processes",
        metavar="N",
        help=f"web processes on these ports (now: {ours.web_processes})",
    )
    # Taken out of the arguments by manage.py, before settings are read; here for --help only.
    parser.add_argument("--data-dir", help=f"folder for all data (now: {ours.data_dir})")


def apply_options(options: dict[str, Any]) -> None:
    """Apply the options as settings, for this process and those it starts.

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
    replace_process(environ=differing)


def side_sockets() -> list[socket.socket]:
    """Open the internal listener, and the readiness ones that are enabled.

    Raises ListenError. The internal one is on by default: where no setting asked for it, a port
    that is taken is logged and keeps nothing else from starting.
    """
    ours = settings.STATUSPAGE
    opened = []
    try:
        port, option = ours.internal_port, "STATUSPAGE_INTERNAL_PORT"
        opened.append(listen(host=ours.internal_host, port=port, option=option))
    except ListenError as error:
        if option in ours.given():
            raise
        log.warning("There is no internal listener. %s", error)
    for name in ours.readiness:
        port, option = getattr(ours, f"{name}_port"), f"STATUSPAGE_{name.upper()}_PORT"
        opened.append(listen(host=ours.host, port=port, option=option))
    return opened


def link_trouble() -> str:
    """Return what is wrong with the links that are sent out, if no address was set; else ''."""
    ours = settings.STATUSPAGE
    if "SITE_URL" in ours.given() or ours.host not in ("0.0.0.0", "::"):  # noqa: S104  (compared)
        return ""
    return (
        f"SITE_URL is not set, so links in mails and feeds lead to {ours.site_url}, where "
        "nobody else finds the page. Set it to the page's public address, as https://status.example.com."
    )


def warn_of_links() -> None:
    """Log what is wrong with the links that are sent out."""
    if text := link_trouble():
        log.warning("%s", text)
