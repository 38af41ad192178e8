"""Preview for a window's form before it is saved: how many would be told."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from statuspage.backoffice import audience
from statuspage.backoffice.incident_preview import requested_components

VIEW_PERMISSION = "maintenance.view_window"


@never_cache
@require_safe
@permission_required(VIEW_PERMISSION, raise_exception=True)
def forecast_view(request: HttpRequest) -> HttpResponse:
    """Show how many people the form as it is now would be told to."""
    recipients = audience.window_recipients_text(requested_components(request.GET))
    return TemplateResponse(request, "admin/desk/forecast.html", {"recipients": recipients})
