"""`manage.py web`: the ASGI server, on sockets that are handed down or on ports of its own.

With `--processes` above 1 this process serves nothing itself: it runs so many that do, on its
sockets, and starts one anew that ends or hangs.
"""

import logging
import socket
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from components.values import spans
from monitors.readers import self_report as readers_report
from statuspage.edge import request_limits, self_report
from statuspage.management import admission, listeners, web_processes
from statuspage.runtime import parent_death, progress, schema
from statuspage.runtime.role_watch import WebWatch
from statuspage.runtime.service_manager import ServiceManager
from statuspage.server import peer_processes
from statuspage.server.descriptors import raise_limit
from statuspage.server.serve import serve
from statuspage.server.sockets import ListenError, listen, local_address

log = logging.getLogger(__name__)

APPLICATION = "statuspage.asgi:application"


class Command(BaseCommand):
    help = "Serves the page, the admin and the management listener."
    # A restarted web process is waited for by viewers; `doctor` runs the checks.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        listeners.add_options(parser)
        parser.add_argument("--fd", type=int, help="bound public socket, instead of host and port")
        parser.add_argument("--management-fd", type=int, help="bound management socket")
        parser.add_argument("--side-fd", type=int, action="append", help="bound other sockets")
        parser.add_argument("--number", type=int, help="which of several processes, from 0")
        parser.add_argument("--of", type=int, help="how many processes there are")
        parser.add_argument("--slots-fd", type=int, help="memory that they share")

    def handle(self, *args: Any, **options: Any) -> None:
        parent_death.follow(name="status web")
        listeners.apply_options(options)
        service = ServiceManager.take()
        fds = (options["fd"], options["management_fd"])
        if None not in fds:
            sockets = [socket.socket(fileno=fd) for fd in (*fds, *(options["side_fd"] or ()))]
        elif fds == (None, None):
            sockets = self._listen()
            listeners.warn_of_links()
            if settings.STATUSPAGE.web_processes > 1:
                count = settings.STATUSPAGE.web_processes
                web_processes.run(sockets, count=count, service=service)
        else:
            raise CommandError("--fd and --management-fd belong together")
        admission.admit_web()
        if options["slots_fd"] is not None:
            peer_processes.join(options["slots_fd"], number=options["number"], count=options["of"])
            readers_report.set_number(options["number"] + 1)
        raise_limit()
        # Beside: a database that does not answer must not keep the page from being served.
        threading.Thread(target=_say_if_newer, name="schema", daemon=True).start()
        host, port = local_address(sockets[1])
        settings.STATUSPAGE.management_port = port  # as it came out, should it be given as 0
        watch = WebWatch(service, host=host, port=port)
        watch.start()
        self_report.start(is_answering=watch.is_answering)
        request_limits.start()
        spans.begin()  # not with the first request, which others would wait for
        serve(server=settings.STATUSPAGE.server, application=APPLICATION, sockets=sockets)
        service.stopping()
        progress.end("web")

    def _listen(self) -> list[socket.socket]:
        ours = settings.STATUSPAGE
        try:
            return [
                listen(host=ours.host, port=ours.port, option="--port"),
                listen(
                    host=ours.management_host,
                    port=ours.management_port,
                    option="--management-port",
                ),
                *listeners.side_sockets(),
            ]
        except ListenError as error:
            raise CommandError(str(error)) from error


def _say_if_newer() -> None:
    try:
        schema.check_at_start(log.warning)
    except CommandError as error:
        # The page is served all the same; what asks the database says what it lacks.
        log.error("%s", error)
