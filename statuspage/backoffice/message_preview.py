"""Previews of what a form would send: the page, the mail and the Slack message, by their writers.

`POST /admin/preview/SHAPE` takes the fields of a form and, as `preview_of`, its address. It runs
the form and takes it back (`dry_run`), then renders the notice that it would have caused, and the
event's page. Shown in a frame: a policy of its own lets no script run there and no link lead out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import Resolver404
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_POST, require_safe

from components.languages.registry import words_of
from components.languages.words import ENGLISH
from components.models import Component, JournalEntry
from incidents.models import Incident
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from statuspage.automation.notice_context import site
from statuspage.automation.notices import WrittenNotice, written_notices
from statuspage.backoffice.audience import counted
from statuspage.backoffice.dry_run import DryRun, NotPossibleError, dry_run
from statuspage.backoffice.slack_view import slack_html
from statuspage.publishing import snapshot
from statuspage.renderers.html.detail_pages import incident_page, report_page, window_page
from statuspage.renderers.html.missing_page import WITHDRAWN, missing_page
from statuspage.renderers.html.render import render_page
from statuspage.state.builder import gather, incident_view
from statuspage.state.languages import words_for
from statuspage.state.page_state import IncidentView, PageState, WindowView
from statuspage.state.windows import window_view
from subscribers.channels.kinds.slack import SlackChannel
from subscribers.channels.mail_templates import render
from subscribers.channels.mime import with_logo_inside
from subscribers.delivery import fanout
from subscribers.message import Facts
from subscribers.models import Delivery
from subscribers.pages import main_brand

SHAPES = ("page", "mail", "text", "slack")
ADDRESS_FIELD = "preview_of"
_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_LINKS = {"manage": "#", "unsubscribe": "#"}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a form comes to."""

    notice: WrittenNotice | None
    more: int
    """How many notices there are besides."""
    recipients: str
    view: IncidentView | WindowView | None
    """The event as the public sees it; None when it does not, or no longer."""
    was_public: bool
    is_report: bool
    page: bytes | None = None
    """The page of everything as it then is, of what has no page of its own."""
    later: bool = False
    """Whether it is a draft: shown as it will be once it is published."""


@never_cache
@require_POST
@xframe_options_exempt
def preview(request: HttpRequest, shape: str) -> HttpResponse:
    """Show what the form that is posted would send, in one of its shapes."""
    if shape not in SHAPES:
        return _note(request, "There is no such preview.", status=404)
    try:
        seen = dry_run(request, request.POST.get(ADDRESS_FIELD, ""), _look)
    except NotPossibleError as error:
        return _note(request, "Not yet: the form cannot be saved as it is.", lines=error.problems)
    except Resolver404:
        return _note(request, "Nothing is sent by this form.", status=404)
    return _framed(_SHAPES[shape](request, seen))


def _look(run: DryRun) -> _Seen:
    draft = next((each for each in run.entries if _is_draft(each)), None)
    entries = run.entries if draft is None else [_published(draft)]
    notices = list(written_notices(entries))
    told = notices[0] if notices else None
    # The rows of components are written last: what is about the event itself comes first.
    entry = told.entry if told else next(iter(entries), None)
    of_component = entry is not None and entry.kind.startswith("component.")
    return _Seen(
        notice=told,
        page=_whole_page() if of_component else None,
        more=max(0, len(notices) - 1),
        recipients=counted(fanout.count_recipients(told.audience, thread=told.thread))
        if told
        else "",
        view=_view(entry) if entry else None,
        was_public=bool(entry and entry.public),
        is_report=bool(entry and entry.kind.startswith("postmortem.")),
        later=draft is not None,
    )


def _is_draft(entry: JournalEntry) -> bool:
    """Return whether an entry is of a new draft, or of another state of one."""
    is_incident = entry.kind in ("incident.created", "incident.updated", "incident.resolved")
    return not entry.public and (is_incident or entry.data.get("state") == WindowState.DRAFT)


def _published(draft: JournalEntry) -> JournalEntry:
    """Return the entry as it would be of the same form, published; it is not stored."""
    is_incident = draft.kind.startswith("incident.")
    draft.kind = "incident.created" if is_incident else "maintenance.scheduled"
    draft.public = True
    draft.data = {**draft.data, "notify": True}
    if not is_incident:
        draft.data["state"] = WindowState.SCHEDULED.value
    return draft


def _whole_page() -> bytes:
    state = gather(now=datetime.now(UTC))
    return render_page(state, words=words_for(state))


def _view(entry: JournalEntry) -> IncidentView | WindowView | None:
    shown = {each.pk: each for each in Component.objects.public()}
    pk = entry.subject_id or 0
    if entry.kind.startswith("maintenance."):
        window = Window.objects.filter(pk=pk).first()
        if window and window.state == WindowState.DRAFT:
            window.state = WindowState.SCHEDULED
        return window_view(window, shown) if window and entry.public else None
    is_incident = entry.kind.startswith(("incident.", "postmortem.")) and entry.public
    incident = Incident.objects.filter(pk=pk).first() if is_incident else None
    names = {each.pk: each.name for each in shown.values()}
    return incident_view(incident, names) if incident else None


def _page(request: HttpRequest, seen: _Seen) -> HttpResponse:
    if seen.page is not None:
        return HttpResponse(seen.page)
    if seen.view is None and not seen.was_public:
        return _note(request, "It is not public, so visitors do not see it.")
    loaded = snapshot.load()
    state = loaded.state if loaded else gather(now=datetime.now(UTC))
    return HttpResponse(_public_page(state, seen))


def _public_page(state: PageState, seen: _Seen) -> bytes:
    words = words_for(state)
    if isinstance(seen.view, WindowView):
        return window_page(state, seen.view, words)
    if seen.view is None:
        return missing_page(state, WITHDRAWN, words)
    return (report_page if seen.is_report else incident_page)(state, seen.view, words)


def _mail(request: HttpRequest, seen: _Seen) -> HttpResponse:
    if seen.notice is None:
        return _nobody(request)
    text = render(seen.notice.facts, links=_LINKS, brand=main_brand())
    head = _head(request, seen, subject=text.subject)
    html = with_logo_inside(text.html_for(_LINKS), text.logo)
    return HttpResponse(re.sub(r"(<body[^>]*>)", lambda found: found[1] + head, html, count=1))


@never_cache
@require_safe
@xframe_options_exempt
@permission_required("subscribers.view_delivery", raise_exception=True)
def sent(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the mail of a delivery, without the links that are its recipient's alone."""
    row = get_object_or_404(Delivery.objects.select_related("notice", "subscriber"), pk=pk)
    language = row.subscriber.language if row.subscriber else ""
    text = render(
        Facts.from_json(row.notice.facts), links=_LINKS, brand=main_brand(),
        words=words_of(language) if language else ENGLISH,
    )  # fmt: skip
    return _framed(HttpResponse(with_logo_inside(text.html_for(_LINKS), text.logo)))


def _text(request: HttpRequest, seen: _Seen) -> HttpResponse:
    if seen.notice is None:
        return _nobody(request)
    text = render(seen.notice.facts, links=_LINKS, brand=main_brand())
    head = _head(request, seen, subject=text.subject)
    return _frame(request, head=SafeString(head), text=text.plain_for(_LINKS))


def _slack(request: HttpRequest, seen: _Seen) -> HttpResponse:
    if seen.notice is None:
        return _nobody(request)
    body = SlackChannel().body(seen.notice.facts, unsubscribe_url=f"{site()}/status/unsubscribe")
    head = _head(request, seen)
    return _frame(request, head=SafeString(head), slack=SafeString(slack_html(body)))


_SHAPES: dict[str, Callable[[HttpRequest, _Seen], HttpResponse]] = {
    "page": _page, "mail": _mail, "text": _text, "slack": _slack,
}  # fmt: skip


def _head(request: HttpRequest, seen: _Seen, *, subject: str = "") -> str:
    values = {
        "subject": subject, "recipients": seen.recipients, "more": seen.more, "later": seen.later,
    }  # fmt: skip
    answer = TemplateResponse(request, "admin/desk/preview_head.html", values).render()
    return str(answer.content, "utf-8")


def _nobody(request: HttpRequest) -> HttpResponse:
    return _note(request, "Saving this sends nothing.")


def _note(
    request: HttpRequest, note: str, *, lines: list[str] | None = None, status: int = 200
) -> HttpResponse:
    return _framed(_frame(request, note=note, lines=lines or (), status=status))


def _frame(request: HttpRequest, *, status: int = 200, **values: Any) -> HttpResponse:
    return TemplateResponse(request, "admin/desk/preview_frame.html", values, status=status)


def _framed(response: HttpResponse) -> HttpResponse:
    response["Content-Security-Policy"] = _POLICY
    return response
