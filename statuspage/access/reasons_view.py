"""The view of a component's reasons; whoever routes to it lets in staff only."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from components.models import Component


@never_cache
@require_safe
@permission_required("components.view_component", raise_exception=True)
def reasons(request: HttpRequest, slug: str) -> JsonResponse:
    """Return a component's status with the reasons the rollup gave for it."""
    component = get_object_or_404(Component, slug=slug)
    return JsonResponse(
        {
            "slug": component.slug,
            "name": component.name,
            "status": component.status,
            "since": component.status_since,
            "reasons": component.reasons,
        }
    )
