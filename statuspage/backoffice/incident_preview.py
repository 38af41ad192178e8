"""Preview for an incident's form before it is saved: the affected, the recipients, templates."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.timezone import make_aware
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from components.backoffice.fields import entered_time
from components.backoffice.sentences import reasons
from components.dependencies import closure, reversed_graph
from components.models import Component
from components.selectors import dependency_graph
from components.values.region_codes import split_codes
from components.values.severity import Severity
from incidents.models import IncidentTemplate
from incidents.placeholders import PlaceholderError
from incidents.template_text import placeholder_values, render_template
from statuspage.api.fields import MAX_ID
from statuspage.backoffice import audience
from statuspage.backoffice.evidence import measured_trouble

VIEW_PERMISSION = "incidents.view_incident"
MAX_DEPENDANTS = 12
_MAX_COMPONENTS = 1_000


def dependants(declared: Iterable[int]) -> dict[int, list[int]]:
    """Return what depends on what is declared, nearest first, each with those that it needs."""
    above, ids = reversed_graph(dependency_graph()), list(declared)
    roots_of: dict[int, list[int]] = {}
    for root in ids:
        for each in closure(above, root):
            if each not in ids:
                roots_of.setdefault(each, []).append(root)
    return roots_of


def affected(declared: Iterable[int]) -> list[str]:
    """Return `Checkout, through Shop`, for each component that is affected through another one."""
    through = dependants(declared)
    names = dict(Component.objects.values_list("pk", "name")) if through else {}
    texts = [
        f"{names[each]}, through {' and '.join(names[root] for root in roots)}"
        for each, roots in list(through.items())[:MAX_DEPENDANTS]
    ]
    more = len(through) - len(texts)
    return [*texts, f"and {more} more"] if more else texts


def forecast(ids: Iterable[int], *, severity: str, incident_id: int = 0) -> dict[str, Any]:
    """Return what an incident that declares something of these components comes to."""
    declared = list(ids)
    return {
        "affected": affected(declared),
        "recipients": audience.recipients_text(
            declared, severity=severity, incident_id=incident_id
        ),
    }


def forecast_of(query: QueryDict) -> dict[str, Any]:
    """Return what a form that is filled in like this comes to."""
    severity = query.get("severity", "")
    known = severity if severity in list(Severity) else Severity.MINOR.value
    return forecast(requested_components(query), severity=known)


@never_cache
@require_safe
@permission_required(VIEW_PERMISSION, raise_exception=True)
def forecast_view(request: HttpRequest) -> HttpResponse:
    """Show what the form as it is now comes to."""
    return TemplateResponse(request, "admin/desk/forecast.html", forecast_of(request.GET))


@never_cache
@require_safe
@permission_required(VIEW_PERMISSION, raise_exception=True)
def wording_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a template with its placeholders filled from the form so far; nothing is stored."""
    template = get_object_or_404(IncidentTemplate, pk=pk)
    ids = requested_components(request.GET)
    rows = Component.objects.in_bulk(ids)
    try:
        rendered = render_template(
            template,
            placeholder_values(
                components=[rows[each].name for each in ids],
                regions=split_codes(",".join(request.GET.getlist("regions"))),
                started_at=_instant(request.GET.get("started_at", "")),
                reason=measured_trouble(ids).reason,
            ),
            keep_blanks=True,
        )
    except PlaceholderError as error:
        return JsonResponse({"trouble": reasons(error)})
    return JsonResponse(
        {
            "trouble": "",
            "title": rendered.title,
            "message": rendered.message,
            "severity": rendered.severity,
            "status": rendered.status,
        }
    )


def requested_components(query: QueryDict) -> list[int]:
    """Return the ids of the components that `?component=` names, as far as there are such."""
    given = query.getlist("component")[:_MAX_COMPONENTS]
    ids = (int(each[:20]) for each in given if each.isascii() and each.isdigit())
    wanted = list(dict.fromkeys(each for each in ids if each <= MAX_ID))
    existing = set(Component.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    return [each for each in wanted if each in existing]


def _instant(text: str) -> datetime | None:
    try:
        return make_aware(entered_time(text))
    except ValueError:
        return None
