"""The page at the door of a private page: made of the page's face alone, without a database."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse

from components.languages.names import NAMES
from components.languages.words import ENGLISH, Words
from statuspage.pages.face import Face
from statuspage.server.asgi_types import ResponsePair, Scope
from statuspage.signup.pages import languages_of, page, words_of_scope


def door_response(
    face: Face,
    words: Words = ENGLISH,
    *,
    status: int = 401,
    error: str = "",
    field: str = "",
    sent: str = "",
) -> HttpResponse:
    """Return the page that asks for what opens the door.

    `error` is about the `field` `password` or `email`; `sent` is where a link is on its way to.
    """
    door = face.door
    values: dict[str, Any] = {
        "title": words("Private page"),
        "password": bool(door and door.password),
        "domains": words.several(door.mail_domains) if door else "",
        "providers": _providers(face),
        "error": error,
        "field": field,
        "sent": sent,
        "languages": [(tag, NAMES[tag]) for tag in languages_of(face) if tag != words.tag],
    }
    response = page("door", status=status, face=face, words=words, **values)
    response["Vary"] = "Accept, Cookie, Accept-Language"
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _providers(face: Face) -> list[tuple[str, str]]:
    """Return the names of the providers by which a page may be entered, and where that begins."""
    if face.door is None or not face.door.groups:
        return []
    site = str(settings.STATUSPAGE.site_url).rstrip("/")
    return [
        (each.label, f"{site}/admin/login/oidc/{each.name}/page/{face.slug}/")
        for each in settings.STATUSPAGE.oidc_providers
    ]


def door_page(face: Face, scope: Scope) -> ResponsePair:
    """Return that page as the ASGI messages of a 401 to a request."""
    response = door_response(face, words_of_scope(scope, face))
    body = response.content
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    headers.append((b"content-length", str(len(body)).encode()))
    start = {"type": "http.response.start", "status": 401, "headers": headers}
    return start, {"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""}
