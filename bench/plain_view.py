"""The alternative to the edge: the same page from an ordinary Django view, made per request.

An ASGI application for `statuspage.server.serve`; the settings, middleware and database are the
product's own.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
_django = get_asgi_application()

# After Django is set up: these import models.
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from statuspage.renderers.html.render import render_page  # noqa: E402
from statuspage.state.builder import gather  # noqa: E402


def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(render_page(gather(now=datetime.now(UTC))))


urlpatterns = [path("status", page)]
settings.ROOT_URLCONF = __name__


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """Django, which knows no lifespan events, with those that the servers insist on."""
    if scope["type"] != "lifespan":
        await _django(scope, receive, send)
        return
    for _ in range(2):
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
