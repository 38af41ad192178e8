"""`python -m bench.plain_server FD`: serves the plain Django view on a bound socket."""

import socket
import sys

from statuspage.runtime import parent_death
from statuspage.server.serve import serve

if __name__ == "__main__":
    parent_death.follow()
    serve(
        server="uvicorn",
        application="bench.plain_view:application",
        sockets=[socket.socket(fileno=int(sys.argv[1]))],
    )
