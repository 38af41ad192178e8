"""Providers by their names, and what is said when one cannot be asked."""

import logging
from collections.abc import Iterable
from typing import Any

import requests
from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render

from statuspage.config.oidc import OidcProvider

log = logging.getLogger(__name__)


def provider_called(name: str) -> OidcProvider | None:
    """Return the provider of the settings with this name."""
    known: Iterable[OidcProvider] = settings.STATUSPAGE.oidc_providers
    return next((each for each in known if each.name == name), None)


def provider_or_404(name: str) -> OidcProvider:
    """Return the provider of the settings with this name. Raises Http404."""
    provider = provider_called(name)
    if provider is None:
        raise Http404
    return provider


def asking(view: Any, request: HttpRequest, provider: OidcProvider) -> HttpResponseBase:
    """Return what a view that asks the provider answers, or a page that says it cannot be asked."""
    try:
        response: HttpResponseBase = view(request, provider.name)
    except (requests.RequestException, DatabaseError, LookupError, TypeError, ValueError) as error:
        # Also what it says of people that cannot be stored.
        log.warning("The provider %s cannot be asked: %s", provider.name, error)
        context = {"auth_error": {"provider": {"name": provider.label}}}
        response = render(request, "socialaccount/authentication_error.html", context, status=502)
    return response
