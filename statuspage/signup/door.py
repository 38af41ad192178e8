"""Views of the door of a private page: password, link by mail, signed link.

What is asked for stands in the page's face, which the edge hands on with the request: the database
is needed to count tries alone. Tries are counted by the rules of signing in to the admin.
"""

import time
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from components.languages.words import Words, msg
from components.values.instants import iso
from statuspage.access import login, passes
from statuspage.api.middleware import problem
from statuspage.pages.face import FACE, Face, path_of
from statuspage.signup.door_pages import door_response
from statuspage.signup.pages import name_of, words_of_request
from statuspage.signup.views import bounded
from subscribers.channels import registry
from subscribers.channels.base import EMAIL
from subscribers.delivery import account_mail
from subscribers.message import Facts, our_text, our_words

_TOO_MANY = msg("Too many attempts. Wait 15 minutes, then try again.")
_WRONG = msg("Wrong password. Check capital letters and try again.")
_LINK_TO = msg("Your link to {name}")
_WORKS_UNTIL = msg("The link works until {time} UTC. If you did not ask for it, ignore this mail.")


@bounded
def door(request: HttpRequest) -> HttpResponseBase:
    """Ask for what opens the door; take a password, or send a link by mail."""
    face = private_face(request)
    if face is None or face.door is None:
        return problem(404, "Nothing was found at this address.")
    words = words_of_request(request, face)
    if request.method != "POST":
        return door_response(face, words)
    if not _is_own_form(request):
        error = words("Open the status page and try again there.")
        return door_response(face, words, status=403, error=error)
    if face.door.mail_domains and "email" in request.POST:
        return _send_link(request, face, words, str(request.POST["email"]).strip())
    if face.door.password:
        return _try_password(request, face, words, str(request.POST.get("password", "")))
    return door_response(face, words)


@bounded
def follow_link(request: HttpRequest, key: str) -> HttpResponseBase:
    """Give a pass to whoever has a signed link; it is valid as long as the link, or longer."""
    face = private_face(request)
    if face is None:
        return problem(404, "Nothing was found at this address.")
    now = time.time()
    if passes.is_group_key(face, key, now=now):
        return let_in(face, until=int(now) + passes.GROUP_SECONDS)
    until = passes.link_until(face, key, now=now)
    if until is None:
        words = words_of_request(request, face)
        error = words("This link has expired. Request a new one.")
        return door_response(face, words, error=error)
    short = until - now <= passes.MAIL_SECONDS
    return let_in(face, until=int(now) + passes.PASS_SECONDS if short else until)


def private_face(request: HttpRequest) -> Face | None:
    """Return the face of the private page that a request is for; None for any other."""
    face: Face | None = getattr(request, "scope", {}).get(FACE)
    return face if face is not None and face.is_private else None


def let_in(face: Face, *, until: int) -> HttpResponse:
    """Return the way to the page, with a pass that is valid before the instant `until`."""
    response = HttpResponseRedirect(path_of(face.root, "/status"))
    response.set_cookie(
        f"{passes.COOKIE}{face.slug}",
        passes.make_pass(face, until=until),
        max_age=max(1, until - int(time.time())),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _try_password(request: HttpRequest, face: Face, words: Words, password: str) -> HttpResponse:
    network, name = login.network(request), f"page {face.slug}"
    # No person: strangers would use up everybody's tries.
    counted = login.count_attempt(
        user=name, network=network, now=datetime.now(UTC), is_person=False
    )
    if not counted:
        response = door_response(face, words, status=429, error=words(_TOO_MANY), field="password")
        response["Retry-After"] = str(login.PERIOD.seconds)
        return response
    if face.door is None or not check_password(password[:200], face.door.password):
        return door_response(face, words, error=words(_WRONG), field="password")
    login.clear_attempts(user=name, network=network)
    return let_in(face, until=int(time.time()) + passes.PASS_SECONDS)


def _send_link(request: HttpRequest, face: Face, words: Words, address: str) -> HttpResponse:
    domains = face.door.mail_domains if face.door else ()
    try:
        validate_email(address)
    except ValidationError:
        error = words("Enter an e-mail address.")
        return door_response(face, words, error=error, field="email")
    if address.rpartition("@")[2].lower() not in domains:
        error = words(
            "Only addresses at {domains} can open this page.", domains=words.several(domains)
        )
        return door_response(face, words, error=error, field="email")
    if why := registry.channel(EMAIL).unavailable():
        return door_response(face, words, status=503, error=words(why), field="email")
    # By address too, from wherever: nobody's mailbox is filled by others.
    counted = login.count_attempt(
        user=f"mail of page {face.slug} {address}",
        network=login.network(request),
        now=datetime.now(UTC),
    )
    if not counted:
        return door_response(face, words, status=429, error=words(_TOO_MANY), field="email")
    _mail_link(face, words, address, now=datetime.now(UTC))
    return door_response(face, words, status=202, sent=address)


def _mail_link(face: Face, words: Words, address: str, *, now: datetime) -> None:
    until = int(now.timestamp()) + passes.MAIL_SECONDS
    name = name_of(face)
    facts = Facts(
        event="page.link",
        at=iso(now),
        url="",
        **our_words(
            headline=our_text(_LINK_TO, name=name),
            message=our_text(_WORKS_UNTIL, time=f"{datetime.fromtimestamp(until, UTC):%H:%M}"),
        ),
        language=words.tag,
        more={"site": name},
    )
    account_mail.queue([address], facts, at=now, secret_url=passes.link_address(face, until=until))


def _is_own_form(request: HttpRequest) -> bool:
    """Whether a form was sent from the page itself: no other site gives its visitors a pass."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
