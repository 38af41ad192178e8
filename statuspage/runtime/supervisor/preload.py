"""Preloading of a process for forking: everything imported, nothing opened.

What the roles share they hold once. A page of memory stops being shared when it is written to,
and Python's garbage collector writes to every object that it looks at: what exists before the
fork is therefore put out of its sight.
"""

import ctypes
import gc
import importlib
import sys
from contextlib import suppress

from django.apps import apps
from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import import_string

MODULES = (
    "channels.routing",
    "django.core.cache.backends.locmem",
    "django.core.handlers.asgi",
    "django_q.brokers.orm",
    "django_q.cluster",
    "monitors.readers.host_metrics",
    "monitors.tasks",
    "multiprocessing.popen_fork",
    "statuspage.runtime.beat",
    "statuspage.edge.app",
    "statuspage.edge.live.ws",
    "statuspage.management.commands.beat",
    "statuspage.management.commands.web",
    "statuspage.management.commands.work",
    "statuspage.urls",
)
"""What the roles import in any case. Not `statuspage.asgi`: it builds its application at once."""
MADE_ONCE = ("monitors.probers.registry.probers", "statuspage.publishing.rendered.state_type")
"""What is made when it is first called, and takes a while."""
_SERVERS = {
    "uvicorn": (
        "statuspage.server.uvicorn_server",
        "uvicorn.lifespan.on",
        "uvicorn.loops.uvloop",
        "uvicorn.protocols.websockets.websockets_sansio_impl",
    ),
}
"""Not daphne's: importing it opens the reactor's descriptors, which no fork may share."""
_M_ARENA_MAX = -8
_ARENAS = 2


def preload() -> None:
    """Import what the roles need and settle the memory; opens no connection, starts no thread."""
    for name in (*MODULES, *_SERVERS.get(settings.STATUSPAGE.server, ())):
        importlib.import_module(name)
    for name in settings.MIDDLEWARE:
        import_string(name)
    get_resolver().reverse_dict  # noqa: B018  (collects all addresses, and imports the admin)
    for name in MADE_ONCE:
        import_string(name)()
    # Imports the driver and what writes SQL, and works out how the models hang together; the
    # database is not asked.
    for model in apps.get_models(include_auto_created=True):
        str(model._default_manager.all().query)
    if sys.platform == "linux":
        # An arena for each thread is speed that nothing here needs. Not every libc has the knob.
        with suppress(AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
    gc.collect()
    gc.freeze()
