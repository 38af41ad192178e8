"""The page at the door of a private page: made of the page's face alone, without a database."""

from typing import Any

from django.http import HttpResponse

from statuspage.pages.face import Face
from statuspage.server.asgi_types import ResponsePair
from statuspage.signup.pages import page


def door_response(
    face: Face, *, status: int = 401, error: str = "", field: str = "", sent: str = ""
) -> HttpResponse:
    """Return the page that asks for what opens the door.

    `error` is about the `field` `password` or `email`; `sent` is where a link is on its way to.
    """
    door = face.door
    values: dict[str, Any] = {
        "title": "Private page",
        "password": bool(door and door.password),
        "domains": " and ".join(door.mail_domains) if door else "",
        "error": error,
        "field": field,
        "sent": sent,
    }
    response = page("door", status=status, face=face, **values)
    response["Vary"] = "Accept, Cookie"
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def door_page(face: Face, method: str) -> ResponsePair:
    """Return that page as the ASGI messages of a 401."""
    response = door_response(face)
    body = response.content
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    headers.append((b"content-length", str(len(body)).encode()))
    start = {"type": "http.response.start", "status": 401, "headers": headers}
    return start, {"type": "http.response.body", "body": body if method != "HEAD" else b""}
