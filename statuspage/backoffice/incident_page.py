"""The incident page: one screen to post an update, with what is measured and what was posted."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from components.backoffice.base import actor, undo_seconds
from components.optimistic_lock import ConflictError
from incidents.models import Incident, IncidentTemplate
from incidents.notes import add_note
from incidents.services import post_update
from incidents.workflow import IncidentState
from statuspage.backoffice import audience
from statuspage.backoffice.incident_form import UpdateForm
from statuspage.backoffice.incident_preview import forecast
from statuspage.backoffice.incident_timeline import edits, timeline
from statuspage.backoffice.undo import INCIDENT, publications, undone
from statuspage.renderers.html.markdown import render_markdown

VIEW_PERMISSION, CHANGE_PERMISSION = "incidents.view_incident", "incidents.change_incident"
LEDGER_PERMISSION = "subscribers.view_delivery"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW_PERMISSION, raise_exception=True)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an incident's page; carry out the button that was pressed on it."""
    incident = get_object_or_404(Incident, pk=pk)
    if request.method != "POST":
        return _render(request, incident, UpdateForm(incident=incident, undone=undone(request, pk)))
    if not request.user.has_perm(CHANGE_PERMISSION):
        return HttpResponse(gettext("You can view incidents, but not change them."), status=403)
    form = UpdateForm(request.POST, incident=incident)
    if form.is_valid():
        try:
            if _perform(request, incident, form):
                return redirect("incident-desk", pk=pk)
        except ConflictError:
            fresh = get_object_or_404(Incident, pk=pk)
            form = UpdateForm(request.POST, incident=fresh)
            if form.is_valid():
                form.show_differences()
            incident = fresh
        except ValidationError as error:
            form.add_error(None, error.messages)
    return _render(request, incident, form)


def _perform(request: HttpRequest, incident: Incident, form: UpdateForm) -> bool:
    """Carry out the pressed button; return False when the form is to be shown again."""
    values, who, act = form.cleaned_data, actor(request), request.POST.get("act")
    if act == "template":
        form.apply_template()
        return False
    if act != "preview" and not values["message"].strip():
        form.add_error("message", gettext("Enter a message."))
        return False
    if act == "note":
        add_note(incident, text=values["message"], actor=who)
        messages.success(request, gettext("Note added; visible to staff only."))
        return True
    if act not in ("update", "publish"):
        return False
    if form.asks_before_resolving():
        return False
    post_update(
        incident,
        status=IncidentState(values["status"]),
        message=values["message"],
        impacts=form.impacts(),
        notify=values["notify"],
        publish=act == "publish",
        hold_seconds=undo_seconds(),
        seen_version=values["seen_version"],
        actor=who,
    )
    messages.success(
        request, gettext("Published.") if incident.published else gettext("Added to the draft.")
    )
    return True


def _render(request: HttpRequest, incident: Incident, form: UpdateForm) -> HttpResponse:
    rows = list(form.rows())
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": incident.title,
        "incident": incident,
        "form": form,
        "rows": rows,
        "evidence": [row for row in rows if row.affected and row.measured is not None],
        **forecast(form.declared, severity=incident.severity, incident_id=incident.pk),
        "deliveries": audience.recipients(incident),
        "ledger": audience.ledger_url(incident) if request.user.has_perm(LEDGER_PERMISSION) else "",
        "preview": render_markdown(str(form["message"].value() or "")),
        "timeline": timeline(incident),
        "edits": edits(incident),
        "has_templates": IncidentTemplate.objects.exists(),
        "may_change": request.user.has_perm(CHANGE_PERMISSION),
        "publications": publications(request, family=INCIDENT, subject_id=incident.pk),
        "opts": Incident._meta,
    }
    return TemplateResponse(request, "admin/desk/incident.html", context)


@never_cache
@require_POST
@permission_required(VIEW_PERMISSION, raise_exception=True)
def preview(request: HttpRequest) -> HttpResponse:
    """Return Markdown as people will read it, by the same two fences as on the page."""
    return HttpResponse(render_markdown(request.POST.get("message", "")))
