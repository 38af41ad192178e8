"""What the buttons of the card of first steps do; what is refused comes back as it was entered."""

from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_POST

from components.backoffice.base import actor
from components.backoffice.sentences import localized, reasons
from components.services import save_group
from monitors.on_demand import BusyError
from statuspage.access.appearances import store_appearance
from statuspage.automation.mail_check import send_test
from statuspage.backoffice.first_steps import card, watch
from statuspage.backoffice.first_steps.card import Entered
from statuspage.models import Appearance as Row
from statuspage.pages.appearance import Appearance
from statuspage.pages.face import MAIN
from statuspage.staff_models import SetupStep
from statuspage.state.appearance_input import AppearanceError, read_appearance, restored, stored
from statuspage.state.drawings import MAX_BYTES, is_png, sanitise_picture
from subscribers.addresses import normalise
from subscribers.alerting.channels import save_channel
from subscribers.alerting.routes import save_route
from subscribers.channels.base import EMAIL, SendStatus
from subscribers.models import AlertChannel, AlertRoute

INDEX = "admin:index"
_TEXTS = ("addresses", "name", "mail", "alerts")
NO_MAIL = gettext_noop(
    "No mail server is configured. Set EMAIL_URL, restart, and send the test then."
)


@require_POST
def act(request: HttpRequest, step: str) -> HttpResponse:
    """Take one step. Raises Http404 for one that there is not."""
    if step not in _ACTIONS:
        raise Http404
    if not card.may_set_up(_user(request)):
        raise PermissionDenied
    return _ACTIONS[step](request)


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101  (the admin lets nobody else in)
    return user


def _again(request: HttpRequest, entered: Entered, *, status: int = 400) -> HttpResponse:
    """Return the desk with the card as it was filled in."""
    shown = {"first_steps": card.gather_card(_user(request), entered)}
    response: HttpResponse = admin.site.index(request, shown)
    response.status_code = status
    return response


def _refused(request: HttpRequest, field: str, error: str) -> HttpResponse:
    texts = {name: request.POST[name] for name in _TEXTS if name in request.POST}
    return _again(request, Entered(texts=texts, errors={field: error}))


def _watch(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("addresses", "")
    lines = watch.read(text)
    if not lines:
        return _refused(request, "addresses", gettext("Enter at least one address."))
    if "check" in request.POST:
        try:
            lines, error = watch.tried(lines), ""
        except BusyError as busy:
            error = str(busy)
        errors = {"addresses": error} if error else {}
        shown = Entered(texts={"addresses": text}, errors=errors, lines=lines)
        return _again(request, shown, status=200)
    made, left = watch.add(lines, actor=actor(request))
    if made:
        told = ngettext(
            "{number} component added. Its first check is under way.",
            "{number} components added. Their first checks are under way.",
            len(made),
        )
        messages.success(request, told.format(number=len(made)))
    if not left:
        return redirect(INDEX)
    # What was added is gone from the box: only what is to be corrected is still in it.
    kept = [
        replace(each, target=replace(each.target, line=number))
        for number, each in enumerate(left, start=1)
    ]
    texts = {"addresses": "\n".join(each.target.text for each in left)}
    return _again(request, Entered(texts=texts, lines=kept), status=200 if made else 400)


def _name(request: HttpRequest) -> HttpResponse:
    stored_row = Row.objects.filter(page_id=MAIN).first()
    look = restored(stored_row.values) if stored_row else Appearance()
    values = {"name": request.POST.get("name", "").strip()}
    if not values["name"]:
        return _refused(request, "name", gettext("Enter a name."))
    if file := request.FILES.get("logo"):
        try:
            values["logo"] = sanitise_picture(file.read(MAX_BYTES + 1))
        except ValueError as error:
            return _refused(request, "logo", reasons(error))
        values["mail_logo"] = values["logo"] if is_png(values["logo"]) else ""
    try:
        read = read_appearance(values)
    except AppearanceError as error:
        return _refused(request, "name", " ".join(map(localized, error.errors.values())))
    wanted = replace(look, **{name: getattr(read, name) for name in values})
    store_appearance(MAIN, stored(wanted), changed=values, actor=actor(request))
    messages.success(request, gettext("Published."))
    return redirect(INDEX)


def _mail(request: HttpRequest) -> HttpResponse:
    if not settings.STATUSPAGE.email_url:
        return _refused(request, "mail", gettext(NO_MAIL))
    try:
        address = normalise(EMAIL, request.POST.get("mail", ""))
    except ValidationError as error:
        return _refused(request, "mail", reasons(error))
    outcome = send_test(address)
    if outcome.status is not SendStatus.SENT:
        answer = f"{outcome.code or ''} {outcome.text}".strip()
        return _refused(
            request, "mail", gettext("The mail was not sent: {answer}").format(answer=answer)
        )
    card.mark(card.MAIL)
    messages.success(
        request, gettext("Test sent to {address}. Check your inbox.").format(address=address)
    )
    return redirect(INDEX)


def _alerts(request: HttpRequest) -> HttpResponse:
    if not settings.STATUSPAGE.email_url:
        return _refused(request, "alerts", gettext(NO_MAIL))
    who = actor(request)
    try:
        with transaction.atomic():
            channel = AlertChannel(name=_free_name(AlertChannel, who), channel=EMAIL)
            save_channel(channel, address=request.POST.get("alerts", ""), actor=who)
            route = AlertRoute(name=_free_name(AlertRoute, gettext("All alerts")))
            save_route(route, steps={channel: 0}, actor=who)
    except ValidationError as error:
        return _refused(request, "alerts", reasons(error))
    messages.success(
        request, gettext("Alerts about all components go to {name}.").format(name=channel.name)
    )
    return redirect(INDEX)


def _free_name(model: type[AlertChannel] | type[AlertRoute], wanted: str) -> str:
    names = model._default_manager.filter(name__startswith=wanted[:90])
    taken = set(names.values_list("name", flat=True))
    numbered = (f"{wanted[:90]} {number}" for number in range(2, len(taken) + 3))
    return next(each for each in (wanted[:90], *numbered) if each not in taken)


def _own(request: HttpRequest) -> HttpResponse:
    shown, group = "show" in request.POST, card.own_group()
    if group is not None and group.visible is not shown:
        group.visible = shown
        save_group(group, actor=actor(request))
    card.mark(card.OWN)
    return redirect(INDEX)


def _hide(request: HttpRequest) -> HttpResponse:
    card.mark(card.HIDDEN)
    messages.info(
        request, gettext("Hidden. To see it again, choose “Set up the status page” in the search.")
    )
    return redirect(INDEX)


def _show(request: HttpRequest) -> HttpResponse:
    SetupStep.objects.filter(name__in=(card.HIDDEN, card.FINISHED)).delete()
    return redirect(INDEX)


_ACTIONS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "watch": _watch, "name": _name, "mail": _mail, "alerts": _alerts, "own": _own, "hide": _hide,
    "show": _show,
}  # fmt: skip
routes = [
    path("admin/first-steps/<slug:step>", admin.site.admin_view(act), name="first-steps"),
]
