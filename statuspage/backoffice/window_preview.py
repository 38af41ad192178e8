"""Preview for a window's form before it is saved: how many would be told, and what."""

from datetime import UTC, datetime

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from components.text import paragraph
from maintenance.lifecycle import Impact
from statuspage.automation.notices import window_facts
from statuspage.backoffice import audience
from statuspage.backoffice.incident_preview import requested_components
from statuspage.renderers.html.markdown import render_markdown
from subscribers.channels.mail_templates import render

VIEW_PERMISSION = "maintenance.view_window"
MAX_MESSAGE = 10_000


@never_cache
@require_safe
@permission_required(VIEW_PERMISSION, raise_exception=True)
def forecast_view(request: HttpRequest) -> HttpResponse:
    """Show how many people the form as it is now would be told to."""
    recipients = audience.window_recipients_text(requested_components(request.GET))
    return TemplateResponse(request, "admin/desk/forecast.html", {"recipients": recipients})


@never_cache
@require_POST
@permission_required(VIEW_PERMISSION, raise_exception=True)
def told_view(request: HttpRequest) -> HttpResponse:
    """Show the form as the page and a mail would tell it, by their own writers."""
    form = request.POST
    message = paragraph(form.get("message", "")[:MAX_MESSAGE])
    impact = form.get("impact", "")
    data = {
        "window_id": 0, "reference": "", "title": form.get("title", "")[:200],
        "state": "scheduled", "message": message,
        "starts_at": _instant(form, "starts_at"), "ends_at": _instant(form, "ends_at"),
        "component_ids": requested_components(form),
        "impact": impact if impact in list(Impact) else Impact.MINIMAL.value,
        "blocks_api": "blocks_api" in form,
    }  # fmt: skip
    mail = render(window_facts("maintenance.scheduled", data, at=datetime.now(UTC)))
    context = {"message": render_markdown(message), "subject": mail.subject, "text": mail.plain}
    return TemplateResponse(request, "admin/desk/window_told.html", context)


def _instant(form: QueryDict, name: str) -> str:
    """Return the instant of a form's two fields in ISO 8601; '' when it is none."""
    try:
        text = f"{form.get(f'{name}_0', '')}T{form.get(f'{name}_1', '')}"
        return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()
    except ValueError:
        return ""
