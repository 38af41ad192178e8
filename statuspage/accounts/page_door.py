"""The door of a private page for people with a group at a sign-in provider.

They come by the providers that staff sign in with, and stay visitors: no account is looked for,
made or signed in, whoever they are. What they get is a pass of a day to that one page, since groups
may be taken from them.
"""

import time
from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.cache import never_cache

from statuspage.access.pages import page_face
from statuspage.access.passes import group_address
from statuspage.accounts import attempts
from statuspage.accounts.provider_calls import asking, provider_or_404
from statuspage.config.oidc import OidcProvider
from statuspage.models import Page

PROCESS = "page"
"""What a sign-in is for, beside allauth's own words: to be let into a page."""


class NotAdmittedError(Exception):
    """Somebody is known to a provider, but not let in; the message tells them why."""


@never_cache
def begin_for_page(request: HttpRequest, provider_id: str, slug: str) -> HttpResponseBase:
    """Send a visitor of a private page to a provider."""
    provider = provider_or_404(provider_id)
    if _page(slug) is None:
        raise Http404
    attempts.begin(request)

    def send(request: HttpRequest, name: str) -> HttpResponseBase:
        found: HttpResponseBase = (
            get_adapter().get_provider(request, name).redirect(request, PROCESS, page=slug)
        )
        return found

    return asking(send, request, provider)


def let_in(
    slug: object, groups: frozenset[str], provider: OidcProvider, claims: Mapping[str, Any]
) -> HttpResponse:
    """Return the way to the page for who has one of its groups. Raises NotAdmittedError."""
    if len(claims["subjects"]) != 1:
        raise NotAdmittedError(f"{provider.label} told of two different people.")
    page = _page(str(slug))
    if page is None:
        raise NotAdmittedError("This page is not there any more, or is open to everybody.")
    if groups.isdisjoint(page.sign_in_groups):
        raise NotAdmittedError(
            f"{provider.label} knows you, but none of your groups there opens this page."
            " Ask the person who gave you its address."
        )
    response = HttpResponseRedirect(group_address(page_face(page), now=time.time()))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _page(slug: str) -> Page | None:
    """Return the private page that is entered with a group, if there is one of that slug."""
    page = Page.objects.filter(slug=slug[:40], private=True).first()
    return page if page is not None and page.sign_in_groups else None
