"""The addresses behind the front door."""

from django.contrib import admin
from django.urls import path

from statuspage.desk import incident as incident_desk
from statuspage.desk import opening
from statuspage.desk import postmortem as postmortem_desk
from statuspage.desk.telling import routes as telling_routes
from statuspage.dialects import (
    agents_api,
    incidents_api,
    management,
    monitors_api,
    readers_api,
    subscribers_api,
)
from statuspage.dialects.catalogue_api import routes as catalogue_routes
from statuspage.dialects.deliveries_api import routes as delivery_routes
from statuspage.dialects.evidence_api import Results, Rollups
from statuspage.dialects.maintenance_api import routes as maintenance_routes
from statuspage.openapi.served import routes as document_routes
from statuspage.staff import why
from statuspage.subscribing import views as subscribing

urlpatterns = [
    path(
        "admin/incidents/incident/preview",
        admin.site.admin_view(incident_desk.preview),
        name="incident-preview",
    ),
    path(
        "admin/incidents/incident/forecast",
        admin.site.admin_view(opening.forecast_view),
        name="incident-forecast",
    ),
    path(
        "admin/incidents/wording/<int:pk>",
        admin.site.admin_view(opening.wording_view),
        name="incident-wording",
    ),
    path(
        "admin/incidents/incident/<int:pk>/desk",
        admin.site.admin_view(incident_desk.page),
        name="incident-desk",
    ),
    path(
        "admin/incidents/incident/<int:pk>/postmortem",
        admin.site.admin_view(postmortem_desk.page),
        name="incident-postmortem",
    ),
    *telling_routes,
    path("admin/", admin.site.urls),
    path(
        "api/v1/status/subscribers",
        subscribers_api.SubscriberList.as_view(),
        name="subscribers",
    ),
    path(
        "api/v1/status/subscribers/<str:pk>",
        subscribers_api.SubscriberDetail.as_view(),
        name="subscriber",
    ),
    path("status/subscribe", subscribing.subscribe, name="subscribe"),
    path("status/confirm/<str:key>", subscribing.confirm, name="confirm"),
    path("status/manage/<str:key>", subscribing.manage, name="manage"),
    path("status/unsubscribe/<str:key>", subscribing.unsubscribe, name="unsubscribe"),
    path("status/components/<slug:slug>/why", why, name="component-why"),
    path("api/v1/monitors", monitors_api.MonitorList.as_view(), name="monitors"),
    path("api/v1/monitors/<int:pk>", monitors_api.MonitorDetail.as_view(), name="monitor"),
    path("api/v1/monitors/<int:pk>/state", monitors_api.MonitorState.as_view(), name="say-state"),
    path("api/v1/monitors/<int:pk>/ping-key", monitors_api.PingKey.as_view(), name="ping-key"),
    path("api/v1/monitors/<int:pk>/results", Results.as_view(), name="results"),
    path("api/v1/monitors/<int:pk>/rollups", Rollups.as_view(), name="rollups"),
    path("api/v1/monitors/<int:pk>/test", monitors_api.MonitorTest.as_view(), name="monitor-test"),
    path("api/v1/readers/heartbeat", readers_api.ReaderHeartbeat.as_view(), name="heartbeat"),
    path("api/v1/status/incidents", incidents_api.IncidentList.as_view(), name="incidents"),
    path(
        "api/v1/status/incidents/<str:pk>", incidents_api.IncidentDetail.as_view(), name="incident"
    ),
    path(
        "api/v1/status/incidents/<str:pk>/updates",
        incidents_api.IncidentUpdates.as_view(),
        name="incident-updates",
    ),
    path("api/v1/agent/assignments", agents_api.AgentAssignments.as_view(), name="assignments"),
    path("api/v1/agent/results", agents_api.AgentResults.as_view(), name="agent-results"),
    *catalogue_routes,
    *maintenance_routes,
    *delivery_routes,
    *document_routes,
    path("manage/status", management.ManagementStatus.as_view(), name="management-status"),
]
