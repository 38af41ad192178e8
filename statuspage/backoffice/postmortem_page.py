"""The post-mortem's page: four parts, the timeline filled in to begin with, then published."""

from datetime import UTC, datetime

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from components.backoffice.base import actor, undo_seconds
from components.backoffice.versioned import VERSION_FIELD, VersionedForm
from components.optimistic_lock import ConflictError
from incidents.models import Incident, PostMortem
from incidents.postmortems import PARTS, save_postmortem
from statuspage.backoffice.incident_page import CHANGE_PERMISSION
from statuspage.backoffice.incident_timeline import first_draft


class PostMortemForm(VersionedForm):
    class Meta:
        model = PostMortem
        fields = PARTS


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(CHANGE_PERMISSION, raise_exception=True)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form of an incident's post-mortem; save or publish it."""
    incident = get_object_or_404(Incident, pk=pk)
    report = PostMortem.objects.filter(incident=incident).first()
    instance = report or first_draft(incident, now=datetime.now(UTC))
    if request.method != "POST":
        return _render(request, incident, report, PostMortemForm(instance=instance))
    form = PostMortemForm(request.POST, instance=instance)
    if form.is_valid():
        try:
            saved = save_postmortem(
                incident,
                parts={name: form.cleaned_data[name] for name in PARTS},
                publish=request.POST.get("act") == "publish",
                hold_seconds=undo_seconds(),
                seen_version=form.cleaned_data[VERSION_FIELD],
                actor=actor(request),
            )
            messages.success(
                request,
                gettext("Published.") if saved.published_at else gettext("Saved as a draft."),
            )
            return redirect("incident-desk", pk=pk)
        except ConflictError as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error.messages)
    return _render(request, incident, report, form)


def _render(
    request: HttpRequest, incident: Incident, report: PostMortem | None, form: PostMortemForm
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": gettext("Post-mortem of {reference}").format(reference=incident.reference),
        "incident": incident,
        "report": report,
        "form": form,
        "opts": Incident._meta,
    }
    return TemplateResponse(request, "admin/desk/postmortem.html", context)
