"""Routes of `/v1`: each address with `.json` at its end, too, as older clients have it."""

from typing import Any

from django.urls import URLPattern, path

from statuspage.api.statuspage_v1 import (
    catalogue,
    events,
    metrics,
    subscribers,
    templates,
)

_PAGE = "v1/pages/<str:page_id>"
_INCIDENTS = f"{_PAGE}/incidents"
_SUBSCRIBERS = f"{_PAGE}/subscribers"
_METRICS = f"{_PAGE}/metrics"
_TEMPLATES = f"{_PAGE}/incident_templates"
_PROVIDERS = f"{_PAGE}/metrics_providers"


def _both(address: str, view: Any, name: str) -> list[URLPattern]:
    # The longer one first: an id has no end.
    return [path(f"{address}.json", view), path(address, view, name=f"v1-{name}")]


routes = [
    *_both("v1/pages", catalogue.PageList.as_view(), "pages"),
    *_both(_PAGE, catalogue.PageDetail.as_view(), "page"),
    *_both(f"{_PAGE}/components", catalogue.ComponentList.as_view(), "components"),
    *_both(f"{_PAGE}/components/<str:pk>", catalogue.ComponentDetail.as_view(), "component"),
    *_both(f"{_PAGE}/component-groups", catalogue.GroupList.as_view(), "groups"),
    *_both(f"{_PAGE}/component-groups/<str:pk>", catalogue.GroupDetail.as_view(), "group"),
    *_both(_INCIDENTS, events.IncidentList.as_view(), "incidents"),
    *(
        route
        for name, chosen in events.FILTERS.items()
        for route in _both(
            f"{_INCIDENTS}/{name}", events.IncidentFilter.as_view(chosen=chosen), name
        )
    ),
    *_both(f"{_INCIDENTS}/<str:pk>", events.IncidentDetail.as_view(), "incident"),
    *_both(
        f"{_INCIDENTS}/<str:pk>/incident_updates/<str:number>",
        events.IncidentUpdate.as_view(),
        "incident-update",
    ),
    *_both(_SUBSCRIBERS, subscribers.SubscriberList.as_view(), "subscribers"),
    *_both(f"{_SUBSCRIBERS}/count", subscribers.SubscriberCount.as_view(), "subscriber-count"),
    *_both(f"{_SUBSCRIBERS}/<str:pk>", subscribers.SubscriberDetail.as_view(), "subscriber"),
    *_both(_METRICS, metrics.MetricList.as_view(), "metrics"),
    *_both(f"{_METRICS}/data", metrics.MetricsData.as_view(), "metrics-data"),
    *_both(f"{_METRICS}/<str:pk>/data", metrics.MetricData.as_view(), "metric-data"),
    *_both(f"{_METRICS}/<str:pk>", metrics.MetricDetail.as_view(), "metric"),
    *_both(_PROVIDERS, metrics.ProviderList.as_view(), "metrics-providers"),
    *_both(f"{_PROVIDERS}/<str:pk>", metrics.ProviderDetail.as_view(), "metrics-provider"),
    *_both(f"{_PROVIDERS}/<str:pk>/metrics", metrics.ProviderMetrics.as_view(), "provider-metrics"),
    *_both(_TEMPLATES, templates.TemplateList.as_view(), "templates"),
    *_both(f"{_TEMPLATES}/<str:pk>", templates.TemplateDetail.as_view(), "template"),
    *(
        route
        for name in templates.UNSERVED
        for route in (
            *_both(f"{_PAGE}/{name}", templates.Unserved.as_view(what=name), name),
            path(f"{_PAGE}/{name}/<path:rest>", templates.Unserved.as_view(what=name)),
        )
    ),
]
