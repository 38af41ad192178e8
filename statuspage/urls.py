"""Routes of the addresses behind the edge."""

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.signals import user_logged_in
from django.urls import URLPattern, URLResolver, include, path

from components.backoffice import managed, translated_names
from statuspage.access.reasons_view import reasons
from statuspage.accounts import preferences
from statuspage.accounts.urls import routes as account_routes
from statuspage.api.catalogue_document import routes as catalogue_document_routes
from statuspage.api.schema_view import routes as document_routes
from statuspage.api.statuspage_v1.routes import routes as statuspage_v1_routes
from statuspage.api.tokens import routes as token_routes
from statuspage.api.views import (
    agents,
    incidents,
    management,
    monitors,
    readers,
    subscribers,
)
from statuspage.api.views.alert_channels import routes as alert_channel_routes
from statuspage.api.views.alert_routes import routes as alert_route_routes
from statuspage.api.views.announcements import routes as announcement_routes
from statuspage.api.views.appearances import routes as page_appearance_routes
from statuspage.api.views.bounces import routes as bounce_routes
from statuspage.api.views.catalogue import routes as catalogue_routes
from statuspage.api.views.deliveries import routes as delivery_routes
from statuspage.api.views.endpoints import routes as endpoint_routes
from statuspage.api.views.history import routes as history_routes
from statuspage.api.views.incoming.alerts import routes as alert_routes
from statuspage.api.views.incoming.numbers import routes as number_routes
from statuspage.api.views.maintenance import routes as maintenance_routes
from statuspage.api.views.maintenance_series import routes as maintenance_series_routes
from statuspage.api.views.pages import routes as page_routes
from statuspage.api.views.people import routes as people_routes
from statuspage.api.views.regions import routes as region_routes
from statuspage.api.views.results import Results, Rollups
from statuspage.api.views.templates import routes as template_routes
from statuspage.automation import provider_bounces
from statuspage.backoffice import (
    incident_page,
    incident_preview,
    message_preview,
    postmortem_page,
    window_preview,
)
from statuspage.backoffice.desk.palette import routes as palette_routes
from statuspage.backoffice.first_steps.actions import routes as first_step_routes
from statuspage.backoffice.public_page.appearance import routes as appearance_routes
from statuspage.backoffice.subscriber_pages import routes as subscriber_page_routes
from statuspage.backoffice.undo import undo_view
from statuspage.catalogue import managed_rows
from statuspage.config.mail_providers import is_provider
from statuspage.signup import door
from statuspage.signup import views as signup
from statuspage.signup.acknowledge import acknowledge

handler404 = "statuspage.access.missing_view.not_found"
handler500 = "statuspage.edge.outage.unavailable.server_error"

# Here and not when Django starts: most processes answer no request.
admin.autodiscover()
translated_names.install(
    admin.site, [each for each in apps.get_models() if not each.__name__.startswith("Historical")]
)
user_logged_in.connect(preferences.remember)
managed.describe_by(managed_rows.file_of)
urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "admin/incidents/incident/preview",
        admin.site.admin_view(incident_page.preview),
        name="incident-preview",
    ),
    path(
        "admin/incidents/incident/forecast",
        admin.site.admin_view(incident_preview.forecast_view),
        name="incident-forecast",
    ),
    path(
        "admin/incidents/wording/<int:pk>",
        admin.site.admin_view(incident_preview.wording_view),
        name="incident-wording",
    ),
    path(
        "admin/incidents/incident/<int:pk>/desk",
        admin.site.admin_view(incident_page.page),
        name="incident-desk",
    ),
    path(
        "admin/incidents/incident/<int:pk>/postmortem",
        admin.site.admin_view(postmortem_page.page),
        name="incident-postmortem",
    ),
    path(
        "admin/maintenance/window/forecast",
        admin.site.admin_view(window_preview.forecast_view),
        name="window-forecast",
    ),
    path(
        "admin/subscribers/delivery/<int:pk>/mail/",
        admin.site.admin_view(message_preview.sent),
        name="delivery-mail",
    ),
    path(
        "admin/preview/<slug:shape>",
        admin.site.admin_view(message_preview.preview),
        name="message-preview",
    ),
    *appearance_routes,
    *first_step_routes,
    *palette_routes,
    path("admin/undo/<int:pk>", admin.site.admin_view(undo_view), name="undo"),
    *subscriber_page_routes,
    *account_routes,
    path("admin/", admin.site.urls),
    path(
        "api/v1/status/subscribers",
        subscribers.SubscriberList.as_view(),
        name="subscribers",
    ),
    path(
        "api/v1/status/subscribers/<str:pk>",
        subscribers.SubscriberDetail.as_view(),
        name="subscriber",
    ),
    path(
        "api/v1/status/subscribers/<str:pk>/suspension",
        subscribers.SubscriberSuspension.as_view(),
        name="subscriber-suspension",
    ),
    path("status/door", door.door, name="door"),
    path("status/door/<str:key>", door.follow_link, name="door-link"),
    path("status/subscribe", signup.subscribe, name="subscribe"),
    path("status/confirm/<str:key>", signup.confirm, name="confirm"),
    path("status/manage/<str:key>", signup.manage, name="manage"),
    path("status/unsubscribe/<str:key>", signup.unsubscribe, name="unsubscribe"),
    path("status/alerts/<str:key>", acknowledge, name="alert-link"),
    path(
        "status/components/<slug:slug>/why",
        admin.site.admin_view(reasons),
        name="component-why",
    ),
    path("api/v1/monitors", monitors.MonitorList.as_view(), name="monitors"),
    path("api/v1/monitors/<int:pk>", monitors.MonitorDetail.as_view(), name="monitor"),
    path("api/v1/monitors/<int:pk>/state", monitors.MonitorState.as_view(), name="say-state"),
    path("api/v1/monitors/<int:pk>/ping-key", monitors.PingKey.as_view(), name="ping-key"),
    path("api/v1/monitors/<int:pk>/results", Results.as_view(), name="results"),
    path("api/v1/monitors/<int:pk>/rollups", Rollups.as_view(), name="rollups"),
    path("api/v1/monitors/<int:pk>/test", monitors.MonitorTest.as_view(), name="monitor-test"),
    *alert_routes,
    *number_routes,
    path("api/v1/readers/heartbeat", readers.ReaderHeartbeat.as_view(), name="heartbeat"),
    path("api/v1/status/incidents", incidents.IncidentList.as_view(), name="incidents"),
    path("api/v1/status/incidents/<str:pk>", incidents.IncidentDetail.as_view(), name="incident"),
    path(
        "api/v1/status/incidents/<str:pk>/updates",
        incidents.IncidentUpdates.as_view(),
        name="incident-updates",
    ),
    path(
        "api/v1/status/incidents/<str:pk>/updates/<str:number>",
        incidents.IncidentUpdateDetail.as_view(),
        name="incident-update",
    ),
    path("api/v1/agent/assignments", agents.AgentAssignments.as_view(), name="assignments"),
    path("api/v1/agent/results", agents.AgentResults.as_view(), name="agent-results"),
    *catalogue_routes,
    *catalogue_document_routes,
    *history_routes,
    *maintenance_routes,
    *delivery_routes,
    *alert_channel_routes,
    *alert_route_routes,
    *endpoint_routes,
    *template_routes,
    *announcement_routes,
    *maintenance_series_routes,
    *region_routes,
    *page_routes,
    *page_appearance_routes,
    *people_routes,
    *token_routes,
    *bounce_routes,
    *statuspage_v1_routes,
    *document_routes,
    path("manage/status", management.ManagementStatus.as_view(), name="management-status"),
]

if settings.STATUSPAGE.mail_webhook_secret and is_provider(settings.STATUSPAGE.email_url):
    # Open to nobody without the secret, which Anymail asks for.
    urlpatterns.append(path("anymail/", include("anymail.urls")))
    provider_bounces.connect()
# Routes are tried one after the other: programs ask often, and an answer to them costs a tenth of
# one to a person.
urlpatterns.sort(key=lambda route: not str(route.pattern).startswith("api/"))
