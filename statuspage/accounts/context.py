"""What the admin's frame needs on the pages of accounts, which are allauth's."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest

PREFIXES = ("/admin/login/", "/admin/account/")


def admin_frame(request: HttpRequest) -> dict[str, Any]:
    """Return the admin's context for pages of accounts, nothing for all others."""
    if not request.path.startswith(PREFIXES):
        return {}
    return {
        **admin.site.each_context(request),
        "password_login": settings.STATUSPAGE.password_login,
        "providers": settings.STATUSPAGE.oidc_providers,
    }
