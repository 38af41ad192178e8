"""Views of `/status/subscribe` and of the links in mails.

No session and no cookie: every visitor is anonymous. So there is nothing that a forged request
could borrow, and a CSRF token would protect nothing; what a link may do, its own token says. GET
never changes anything, for machines fetch every link of a mail; buttons POST.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from components.languages.names import NAMES
from components.languages.vocabulary import LOWER_SEVERITIES
from components.languages.words import ENGLISH, Words, msg
from components.models import Component
from components.secrets import SecretError
from components.values.severity import Severity
from statuspage.access.client_address import address_of_request, network_of
from statuspage.api.limits import LIMITER
from statuspage.api.middleware import problem
from statuspage.pages.face import FACE, MAIN_FACE, Face, path_of
from statuspage.signup import form as forms
from statuspage.signup.network import signup_network
from statuspage.signup.pages import languages_of, words_of_request
from statuspage.signup.pages import page as render_page
from subscribers import services
from subscribers.channels import registry
from subscribers.channels.base import EMAIL
from subscribers.delivery import endpoint_health
from subscribers.enums import CHOOSABLE
from subscribers.models import Subscriber
from subscribers.tokens import Purpose, find, token


class SubscriptionAcceptedJson(TypedDict):
    status: str
    message: str


ACCEPTED: SubscriptionAcceptedJson = {
    "status": "accepted",
    "message": msg("Check your inbox: we sent a confirmation link."),
}
WRONG_LINKS_PER_MINUTE = 60
"""Of a network."""
_LABELS = {
    "incidents": msg("Incidents"),
    "maintenance": msg("Maintenance"),
    "status": msg("Every status change of a component"),
    "reports": msg("Monthly reports"),
}
View = Callable[..., HttpResponseBase]
_Choice = tuple[int, str, bool]
"""A component's key, its name, whether it is chosen."""


def bounded(view: View) -> View:
    """Wrap a view: GET shows, POST acts, a large body and other methods are refused."""

    @csrf_exempt
    def guarded(request: HttpRequest, **values: str) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD", "POST"):
            return problem(405, headers={"Allow": "GET, HEAD, POST"})
        # The edge has bounded what is read here.
        if request.method == "POST" and len(request.body) > forms.MAX_BYTES:
            return problem(413, f"At most {forms.MAX_BYTES} bytes.")
        response = view(request, **values)
        missed = bool(values) and response.status_code in (401, 404)
        return _slowed(request, response) if missed else response

    return guarded


def _slowed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Count a link that is not valid for its network; return what is said of it, or a 429.

    A valid one is never counted nor refused: strangers take nobody's links away by guessing.
    """
    network = network_of(address_of_request(request))
    allowance = LIMITER.count(f"links from {network}", quota=WRONG_LINKS_PER_MINUTE)
    if not allowance.refused:
        return response
    wait = {"Retry-After": str(allowance.reset)}
    return problem(429, "Too many links that are not valid. Wait a minute.", headers=wait)


def face_of(request: HttpRequest) -> Face:
    """Return the page that a request is for."""
    face: Face = getattr(request, "scope", {}).get(FACE, MAIN_FACE)
    return face


def _page(
    request: HttpRequest, name: str, *, words: Words | None = None, **values: Any
) -> HttpResponse:
    return render_page(name, face=face_of(request), words=words or words_for(request), **values)


def words_for(request: HttpRequest, row: Subscriber | None = None) -> Words:
    """Return the words of the page for a request, made for a subscriber where it is known."""
    return words_of_request(request, face_of(request), row.language if row else "")


def _found(request: HttpRequest, key: str, purpose: Purpose) -> Subscriber | None:
    """Return the subscriber of this page whose link it is; None for any other: what a private page
    shows is said at its own address alone, behind its door."""
    row = find(key, purpose)
    return row if row is not None and row.page == forms.page_of(face_of(request)) else None


@bounded
def subscribe(request: HttpRequest) -> HttpResponseBase:
    """Show the form; accept it, with a response that is always the same (M29, S8)."""
    if request.method != "POST":
        return _form(request)
    words = words_for(request)
    try:
        form = forms.read(
            request,
            face_of(request),
            words=ENGLISH if _wants_json(request) else words,
            language=words.tag,
        )
    except forms.FormError as error:
        return _refused(request, error)
    except forms.UnavailableError as error:
        return _unavailable(request, str(error))
    if not form.by_machine:
        now = datetime.now(UTC)
        services.receive_signup(form.values, network=signup_network(request), now=now)
    if _wants_json(request):
        return JsonResponse(ACCEPTED, status=202)
    return _page(
        request, "done", status=202, title=words("Almost there"), text=words(ACCEPTED["message"]),
        icon="mail",
    )  # fmt: skip


def _form(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    face = face_of(request)
    incident = forms.open_incident_on(request.GET.get("incident", ""), face)
    hooks = [each for each in registry.subscribable() if each.is_endpoint]
    words = words_for(request)
    return _page(
        request, "subscribe", status=status, error=error,
        no_mail=words(registry.channel(EMAIL).unavailable()), incident=incident,
        **_choices(None, face, words),
        honeypot=forms.HONEYPOT, hooks=[(each.name, each.label) for each in hooks],
        formats=list(dict.fromkeys(shape for each in hooks for shape in each.formats)),
    )  # fmt: skip


def _unavailable(request: HttpRequest, why: str) -> HttpResponse:
    feed = path_of(face_of(request).root, "/status/feed.atom")
    others = f"Subscribe by webhook or chat, or use a feed: {feed}."
    if _wants_json(request):
        return problem(503, f"{why} {others}", headers={"Retry-After": "3600"})
    return _form(request, status=503)


def _refused(request: HttpRequest, error: forms.FormError) -> HttpResponse:
    if not _wants_json(request):
        return _form(request, error=" ".join(error.errors.values()), status=400)
    problems = [
        {"field": name, "code": "invalid", "message": text} for name, text in error.errors.items()
    ]
    return problem(400, str(error), more={"errors": problems})


def _wants_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json" or "text/html" not in request.headers.get(
        "Accept", ""
    )


def _choices(row: Subscriber | None, face: Face, words: Words) -> dict[str, Any]:
    chosen = {component.pk for component in row.components.all()} if row else set()
    kinds = row.kinds if row else ["incidents", "maintenance"]
    rows = Component.objects.nameable().select_related("group__parent")
    rows = rows.order_by("group__sort_order", "group__name", "sort_order", "name")
    # What was chosen and is retired stays on the list: to lose it would mean to follow everything.
    shown = [
        each
        for each in rows
        if face.selects((each.pk,)) and (each.retired_at is None or each.pk in chosen)
    ]
    language = (row.language if row else "") or words.tag
    return {
        "languages": [
            (tag, NAMES[tag], tag == language) for tag in languages_of(face, language)
        ],
        "components": _grouped(shown, chosen, words),
        "kinds": [(kind.value, words(_LABELS[kind]), kind.value in kinds) for kind in CHOOSABLE],
        "severities": [
            (each.value, words("any") if each is Severity.NONE else _severity(each, words),
             each.value == (row.min_severity if row else "none"))
            for each in Severity
        ],
    }  # fmt: skip


def _severity(severity: Severity, words: Words) -> str:
    return severity.value if words.is_english else words(LOWER_SEVERITIES[severity])


def _grouped(
    shown: list[Component], chosen: set[int], words: Words
) -> list[tuple[str, list[_Choice]]]:
    """Return the choices under the names of their groups, in the page's order."""
    groups: dict[str, list[_Choice]] = {}
    for each in sorted(shown, key=lambda each: each.group is None):
        group = each.group.path if each.group else ""
        name = words("{name} (retired)", name=each.name) if each.retired_at else each.name
        groups.setdefault(group, []).append((each.pk, name, each.pk in chosen))
    return list(groups.items())


def _unknown(request: HttpRequest) -> HttpResponse:
    words = words_for(request)
    text = words("It may have expired or be incomplete. You can subscribe again.")
    return _page(
        request, "done", status=404, title=words("This link is not valid"), text=text, again=True
    )


@bounded
def confirm(request: HttpRequest, key: str) -> HttpResponseBase:
    """Show the page with the button; POST confirms the subscription."""
    row = _found(request, key, Purpose.CONFIRM)
    if row is None:
        return _unknown(request)
    words = words_for(request, row)
    if request.method != "POST":
        return _page(
            request, "ask", words=words, title=words("Confirm your subscription"),
            button=words("Confirm"), masked=row.masked,
        )  # fmt: skip
    services.confirm(row, now=datetime.now(UTC))
    return _page(
        request, "done", words=words, title=words("You're subscribed"), icon="tick",
        text=words("You will receive the updates you chose."), manage=token(row, Purpose.MANAGE),
    )  # fmt: skip


@bounded
def unsubscribe(request: HttpRequest, key: str) -> HttpResponseBase:
    """Show the page with the button; POST, also RFC 8058's one click, unsubscribes."""
    row = _found(request, key, Purpose.UNSUBSCRIBE)
    if row is None:
        return _unknown(request)
    words = words_for(request, row)
    if request.method != "POST":
        return _page(
            request, "ask", words=words, title=words("Unsubscribe?"), button=words("Unsubscribe"),
            masked=row.masked,
        )  # fmt: skip
    services.unsubscribe(row, now=datetime.now(UTC))
    return _page(
        request, "done", words=words, title=words("You're unsubscribed"), again=True, icon="tick",
        text=words("We won't send you anything else."),
    )  # fmt: skip


@bounded
def manage(request: HttpRequest, key: str) -> HttpResponseBase:
    """Show a subscription with its preferences; POST carries out a button."""
    row = _found(request, key, Purpose.MANAGE)
    if row is None:
        return _unknown(request)
    result, error, status = "", "", 200
    words = words_for(request, row)
    if request.method == "POST":
        try:
            result = words(_manage(row, request, words, now=datetime.now(UTC)))
        except forms.FormError as refused:
            error, status = " ".join(refused.errors.values()), 400
        row.refresh_from_db()
    return _page(
        request, "manage", words=words, status=status, result=result, error=error,
        masked=row.masked, row=row, leave=token(row, Purpose.UNSUBSCRIBE), **_hook(row, words),
        **_choices(row, face_of(request), words),
    )  # fmt: skip


def _manage(row: Subscriber, request: HttpRequest, words: Words, *, now: datetime) -> str:
    """Carry out a button of the page; return what was done, in English. Raises FormError."""
    fields = forms.posted(request, words)
    act = fields.get("act", "choose")
    is_hook = endpoint_health.is_endpoint(row)
    if act == "rotate" and endpoint_health.is_signed(row):
        endpoint_health.rotate(row, now=now)
        return msg(
            "Messages are now signed with a new secret. The previous one stays valid for a day."
        )
    if act == "lift" and is_hook:
        endpoint_health.lift_suspensions(row, now=now)
        return msg("Sending has resumed. Earlier messages are not sent again.")
    if act == "owner" and is_hook:
        try:
            services.set_owner(row, fields.get("owner", ""), now=now)
        except ValidationError as wrong:
            raise forms.FormError(owner=" ".join(map(words.text, wrong.messages))) from None
        return msg("Check the inbox of that address: we sent a confirmation link.")
    single = {name: fields.get(name) for name in ("min_severity", "language")}
    data = {**dict(fields.lists()), **single}
    face = face_of(request)
    chosen = forms.read_preferences(data, face, words)
    # What this page does not show at present was not on the form, and may be shown again.
    chosen["components"] += [
        each.pk for each in row.components.all() if not face.selects((each.pk,))
    ]
    services.change_preferences(row, chosen=chosen, now=now)
    return msg("Saved.")


def _hook(row: Subscriber, words: Words) -> dict[str, Any]:
    """Return what the page of a webhook shows besides."""
    if not endpoint_health.is_endpoint(row):
        return {}
    endpoint = endpoint_health.endpoint_of(row) if endpoint_health.is_signed(row) else None
    try:
        secret = endpoint.secret.reveal() if endpoint else ""
    except SecretError:
        secret = ""
    owner = endpoint_health.owner_of(row)
    suspension = row.suspensions.filter(lifted_at=None).first()
    former_until = endpoint.former_until if endpoint else None
    return {
        "is_hook": True,
        "secret": secret,
        "former_until": _instant(former_until, words) if former_until else "",
        "owner": owner.masked if owner else "",
        "suspension": suspension,
        "suspended_at": _instant(suspension.since, words) if suspension else "",
    }


def _instant(at: datetime, words: Words) -> str:
    if words.is_english:
        return f"{at:%Y-%m-%d %H:%M} UTC"
    return words("{day}, {time}", day=words.full_date(at.date()), time=words.clock(at))
