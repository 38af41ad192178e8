"""The ASGI application: the edge, and Django behind it."""

import os

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
django.setup(set_prefix=False)

# After Django is set up: these import models.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from statuspage.edge.app import EdgeApp  # noqa: E402
from statuspage.edge.live.ws import routes  # noqa: E402


class SingleThreadHandler(ASGIHandler):
    """Django's handler with middleware and view on one thread, for all of ours are synchronous.

    Django itself would go to another thread and back twice for each middleware.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


# Imports all views and the admin: whoever asks first does not wait for it.
get_resolver().url_patterns  # noqa: B018
application = EdgeApp(
    ProtocolTypeRouter({"http": SingleThreadHandler(), "websocket": URLRouter(routes)})
)
