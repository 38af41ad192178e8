"""Several web processes on the same listening sockets: started, watched, started anew, ended.

The sockets stay open here, so that no connection is refused while one of them is started anew. All
accept from the same sockets: whoever is free does, and one that hangs takes none.
"""

import logging
import os
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

from statuspage.management import admission
from statuspage.runtime.role_watch import WebWatch
from statuspage.runtime.service_manager import ServiceManager
from statuspage.runtime.supervisor import roles
from statuspage.runtime.supervisor.loop import Supervisor
from statuspage.runtime.supervisor.output import Output, OutputHandler
from statuspage.server.peer_processes import SharedSlots
from statuspage.server.sockets import local_address

NAME = "web"


def run(sockets: Sequence[socket.socket], *, count: int, service: ServiceManager) -> NoReturn:
    """Run `count` processes until SIGTERM or SIGINT; then end this process.

    `sockets` are the public one, the management one and all others. `service` is told of progress
    while any of the processes answers; those that hang are started anew from here.
    """
    public, management = sockets[:2]
    # The ports as they came out, should they have been given as 0.
    environ = {
        "STATUSPAGE_PORT": str(public.getsockname()[1]),
        "STATUSPAGE_MANAGEMENT_PORT": str(management.getsockname()[1]),
    }
    slots = SharedSlots.create(count)
    fds = [each.fileno() for each in sockets]
    # Before there is any thread, and before a connection: neither survives a fork.
    forkserver = roles.forkserver(fds=[*fds, slots.fd])
    output = Output(stream=sys.stdout, colours={})
    logging.getLogger().handlers = [OutputHandler(output, name=NAME)]
    admission.admit_web()
    host, port = local_address(management)
    WebWatch(service, host=host, port=port).start()
    supervisor = Supervisor(
        output=output,
        progress_of=roles.web_progress(slots),
        forkserver=forkserver,
        on_pass=lambda running: None if running else service.stopping(),
    )
    for role in roles.webs(slots=slots, fds=fds, environ=environ):
        supervisor.add(role)
    supervisor.run()
    output.close(timeout=0.5)
    # Not `return`: nothing is left that would have to end in order.
    os._exit(0)
