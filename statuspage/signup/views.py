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

from components.models import Component
from components.secrets import SecretError
from components.values.severity import Severity
from statuspage.api.middleware import problem
from statuspage.pages.face import FACE, MAIN_FACE, Face, path_of
from statuspage.signup import form as forms
from statuspage.signup.network import signup_network
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
    "message": "Check your inbox: we sent a confirmation link.",
}
_LABELS = {
    "incidents": "Incidents",
    "maintenance": "Maintenance",
    "status": "Every status change of a component",
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
        return view(request, **values)

    return guarded


def face_of(request: HttpRequest) -> Face:
    """Return the page that a request is for."""
    face: Face = getattr(request, "scope", {}).get(FACE, MAIN_FACE)
    return face


def _page(request: HttpRequest, name: str, **values: Any) -> HttpResponse:
    return render_page(name, face=face_of(request), **values)


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
    try:
        form = forms.read(request, face_of(request))
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
        request, "done", status=202, title="Almost there", text=ACCEPTED["message"], icon="mail"
    )


def _form(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    face = face_of(request)
    incident = forms.open_incident_on(request.GET.get("incident", ""), face)
    hooks = [each for each in registry.subscribable() if each.is_endpoint]
    return _page(
        request, "subscribe", status=status, error=error,
        no_mail=registry.channel(EMAIL).unavailable(), incident=incident, **_choices(None, face),
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


def _choices(row: Subscriber | None, face: Face) -> dict[str, Any]:
    chosen = {component.pk for component in row.components.all()} if row else set()
    kinds = row.kinds if row else ["incidents", "maintenance"]
    rows = Component.objects.nameable().select_related("group")
    rows = rows.order_by("group__sort_order", "group__name", "sort_order", "name")
    # What was chosen and is retired stays on the list: to lose it would mean to follow everything.
    shown = [
        each
        for each in rows
        if face.selects((each.pk,)) and (each.retired_at is None or each.pk in chosen)
    ]
    return {
        "components": _grouped(shown, chosen),
        "kinds": [(kind.value, _LABELS[kind], kind.value in kinds) for kind in CHOOSABLE],
        "severities": [
            (each.value, "any" if each is Severity.NONE else each.value,
             each.value == (row.min_severity if row else "none"))
            for each in Severity
        ],
    }  # fmt: skip


def _grouped(shown: list[Component], chosen: set[int]) -> list[tuple[str, list[_Choice]]]:
    """Return the choices under the names of their groups, in the page's order."""
    groups: dict[str, list[_Choice]] = {}
    for each in sorted(shown, key=lambda each: each.group is None):
        group = each.group.name if each.group else ""
        name = each.name + (" (retired)" if each.retired_at else "")
        groups.setdefault(group, []).append((each.pk, name, each.pk in chosen))
    return list(groups.items())


def _unknown(request: HttpRequest) -> HttpResponse:
    text = "It may have expired or be incomplete. You can subscribe again."
    return _page(
        request, "done", status=404, title="This link is not valid", text=text, again=True
    )


@bounded
def confirm(request: HttpRequest, key: str) -> HttpResponseBase:
    """Show the page with the button; POST confirms the subscription."""
    row = _found(request, key, Purpose.CONFIRM)
    if row is None:
        return _unknown(request)
    if request.method != "POST":
        return _page(
            request, "ask", title="Confirm your subscription", button="Confirm", masked=row.masked
        )
    services.confirm(row, now=datetime.now(UTC))
    return _page(request, "done", title="You're subscribed", manage=token(row, Purpose.MANAGE),
                text="You will receive the updates you chose.", icon="tick")  # fmt: skip


@bounded
def unsubscribe(request: HttpRequest, key: str) -> HttpResponseBase:
    """Show the page with the button; POST, also RFC 8058's one click, unsubscribes."""
    row = _found(request, key, Purpose.UNSUBSCRIBE)
    if row is None:
        return _unknown(request)
    if request.method != "POST":
        return _page(request, "ask", title="Unsubscribe?", button="Unsubscribe", masked=row.masked)
    services.unsubscribe(row, now=datetime.now(UTC))
    text = "We won't send you anything else."
    return _page(request, "done", title="You're unsubscribed", text=text, again=True, icon="tick")


@bounded
def manage(request: HttpRequest, key: str) -> HttpResponseBase:
    """Show a subscription with its preferences; POST carries out a button."""
    row = _found(request, key, Purpose.MANAGE)
    if row is None:
        return _unknown(request)
    result, error, status = "", "", 200
    if request.method == "POST":
        try:
            result = _manage(row, request, now=datetime.now(UTC))
        except forms.FormError as refused:
            error, status = " ".join(refused.errors.values()), 400
        row.refresh_from_db()
    return _page(
        request, "manage", status=status, result=result, error=error, masked=row.masked, row=row,
        leave=token(row, Purpose.UNSUBSCRIBE), **_hook(row), **_choices(row, face_of(request)),
    )  # fmt: skip


def _manage(row: Subscriber, request: HttpRequest, *, now: datetime) -> str:
    """Carry out a button of the page; return what was done, as text. Raises FormError."""
    fields = forms.posted(request)
    act = fields.get("act", "choose")
    is_hook = endpoint_health.is_endpoint(row)
    if act == "rotate" and endpoint_health.is_signed(row):
        endpoint_health.rotate(row, now=now)
        return "Messages are now signed with a new secret. The previous one stays valid for a day."
    if act == "lift" and is_hook:
        endpoint_health.lift_suspensions(row, now=now)
        return "Sending has resumed. Earlier messages are not sent again."
    if act == "owner" and is_hook:
        try:
            services.set_owner(row, fields.get("owner", ""), now=now)
        except ValidationError as wrong:
            raise forms.FormError(owner=" ".join(wrong.messages)) from None
        return "Check the inbox of that address: we sent a confirmation link."
    data = {**dict(fields.lists()), "min_severity": fields.get("min_severity")}
    face = face_of(request)
    chosen = forms.read_preferences(data, face)
    # What this page does not show at present was not on the form, and may be shown again.
    chosen["components"] += [
        each.pk for each in row.components.all() if not face.selects((each.pk,))
    ]
    services.change_preferences(row, chosen=chosen, now=now)
    return "Saved."


def _hook(row: Subscriber) -> dict[str, Any]:
    """Return what the page of a webhook shows besides."""
    if not endpoint_health.is_endpoint(row):
        return {}
    endpoint = endpoint_health.endpoint_of(row) if endpoint_health.is_signed(row) else None
    try:
        secret = endpoint.secret.reveal() if endpoint else ""
    except SecretError:
        secret = ""
    owner = endpoint_health.owner_of(row)
    return {
        "is_hook": True,
        "secret": secret,
        "former_until": endpoint.former_until if endpoint else None,
        "owner": owner.masked if owner else "",
        "suspension": row.suspensions.filter(lifted_at=None).first(),
    }
