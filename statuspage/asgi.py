"""The ASGI application: the front door, and Django behind it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
django_application = get_asgi_application()

# After Django is set up: these import models.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from statuspage.front import FrontDoor  # noqa: E402
from statuspage.live.ws import routes  # noqa: E402

application = FrontDoor(
    ProtocolTypeRouter({"http": django_application, "websocket": URLRouter(routes)})
)
