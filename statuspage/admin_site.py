"""The operators' admin: Django's own, under our name and in our order."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest

_ORDER = (
    "incidents", "maintenance", "components", "monitors", "subscribers", "statuspage", "auth",
)  # fmt: skip


class OperatorsSite(AdminSite):
    site_title = "Operators"
    index_title = "Desk"
    site_url = "/status"

    @property
    def site_header(self) -> str:  # type: ignore[override]  # a class attribute in the stubs
        return str(settings.STATUSPAGE.site_name)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from statuspage.freshness import blind_views  # needs models, which are not loaded yet

        for view in blind_views():
            since = f"{view.since:%Y-%m-%d %H:%M:%S} UTC"
            messages.warning(
                request,
                f"Monitoring from {view.name} is blind since {since}: it has no network of its "
                "own. What it fails to reach is not counted as down.",
            )
        return super().index(request, extra_context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        known = {label: place for place, label in enumerate(_ORDER)}
        return sorted(apps, key=lambda app: known.get(app["app_label"], len(known)))
