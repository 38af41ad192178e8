"""The operators' admin: Django's own, under our name, in our order, with the desk in front."""

from datetime import UTC, datetime
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext, gettext_lazy

from components.backoffice import autocomplete, change_lists
from statuspage.accounts import second_factor
from statuspage.accounts.confirmation import asked_first
from statuspage.accounts.forms import ChangePasswordForm
from statuspage.accounts.views import sign_in
from statuspage.backoffice import navigation
from statuspage.backoffice.dashboard import gather_desk
from statuspage.backoffice.first_steps.card import gather_card
from statuspage.backoffice.public_page import brand
from statuspage.backoffice.undo import publications

autocomplete.install()
change_lists.install()
DESK_PERMISSION = "incidents.view_incident"
"""Who may look at incidents sees the desk; others only the pages they may open."""
_MAY_ENTER = "_statuspage_may_enter"


class OperatorsSite(AdminSite):
    """The admin's site: its index is the desk, its sidebar has our groups."""

    site_title = gettext_lazy("Operators")
    index_title = gettext_lazy("Desk")
    site_url = "/status"

    @property
    def site_header(self) -> str:  # type: ignore[override]  # a class attribute in the stubs
        return str(settings.STATUSPAGE.site_name)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Return the one log-in page there is: Django's own would pass the second factor by."""
        return sign_in(request)

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody may use the admin; once for each request."""
        known: bool | None = getattr(request, _MAY_ENTER, None)
        if known is None:
            known = super().has_permission(request) and not second_factor.is_missing(request)
            setattr(request, _MAY_ENTER, known)
        return known

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        @wraps(view)
        def confirmed(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return asked_first(request) or view(request, *args, **kwargs)

        return super().admin_view(confirmed, cacheable)

    def get_urls(self) -> list[Any]:
        return [path("desk", self.admin_view(self.desk), name="desk"), *super().get_urls()]

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        response = PasswordChangeView.as_view(
            form_class=ChangePasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )(request)
        if request.method == "POST" and response.status_code == 302:
            changed = "account/email/password_changed"
            get_adapter(request).send_notification_mail(changed, request.user)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        desk = self._desk(request) if request.user.has_perm(DESK_PERMISSION) else {}
        if "first_steps" not in (extra_context or {}):
            desk["first_steps"] = gather_card(request.user)
        return super().index(request, {**desk, **(extra_context or {})})

    @staticmethod
    def _desk(request: HttpRequest) -> dict[str, Any]:
        return {"desk": gather_desk(datetime.now(UTC)), "publications": publications(request)}

    def desk(self, request: HttpRequest) -> HttpResponse:
        """Return the part of the index that moves, for the script that renews it in place."""
        if not request.user.has_perm(DESK_PERMISSION):
            return HttpResponse(
                gettext("You do not have permission to view incidents."), status=403
            )
        return TemplateResponse(request, "admin/desk/overview.html", self._desk(request))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if request.user.is_authenticated:
            context |= brand.header()
        navigation.complete(context["available_apps"], path=request.path)
        return context

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        return apps if app_label else navigation.grouped(apps)
