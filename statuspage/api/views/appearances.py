"""Views of `/api/v1/pages/{slug}/appearance`: how a page looks."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from statuspage.access.appearances import drop_appearance, store_appearance
from statuspage.api.authentication import caller
from statuspage.api.conditional import conditional_response, content_tag, require_same
from statuspage.api.serializers.pages import AppearanceBody, appearance_json
from statuspage.api.views.pages import PagesView
from statuspage.catalogue.protection import kept_as_described
from statuspage.models import Page
from statuspage.pages.appearance import Appearance
from statuspage.pages.face import MAIN
from statuspage.state.appearance_input import NAMES, AppearanceError, read_appearance, stored
from statuspage.state.faces import look_of, main_look
from statuspage.state.social_picture import DRAWN_OF


class PageAppearance(PagesView):
    def get(self, request: Request, slug: str) -> Response:
        return conditional_response(request, self._told(slug), version=0)

    def put(self, request: Request, slug: str) -> Response:
        return self._change(request, slug, before={})

    def patch(self, request: Request, slug: str) -> Response:
        return self._change(request, slug, before=asdict(_look(self.page(slug))))

    def delete(self, request: Request, slug: str) -> Response:
        with transaction.atomic():
            page = self._locked(request, slug)
            with kept_as_described(page):
                drop_appearance(slug, fields=NAMES, actor=caller(request))
        return Response(status=204)

    def _change(self, request: Request, slug: str, *, before: Mapping[str, Any]) -> Response:
        body = AppearanceBody(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            page = self._locked(request, slug)
            try:
                wanted = read_appearance({**before, **body.validated_data})
            except AppearanceError as error:
                raise ValidationError(error.errors) from None
            look = _look(page)
            if "social" not in body.validated_data and _differ(look, wanted, DRAWN_OF):
                # It shows what was: a browser draws it anew at the next Publish.
                wanted = replace(wanted, social="", social_name="")
            changed = _differ(look, wanted, NAMES)
            with kept_as_described(page):
                store_appearance(slug, stored(wanted), changed=changed, actor=caller(request))
        data = self._told(slug)
        return Response(data, headers={"ETag": content_tag(data)})

    def _locked(self, request: Request, slug: str) -> Page:
        """Lock the page until it is changed, if its look is what `If-Match` says."""
        self.page(slug)
        Page.objects.select_for_update().filter(slug=slug).values_list("pk").first()
        require_same(request, self._told(slug))
        return self.page(slug)

    def _told(self, slug: str) -> dict[str, Any]:
        page = self.page(slug)
        return appearance_json(slug, _look(page), inherited=_inherits(page))


def _differ(look: Appearance, wanted: Appearance, names: Iterable[str]) -> list[str]:
    return [name for name in names if getattr(look, name) != getattr(wanted, name)]


def _inherits(page: Page) -> bool:
    return page.slug != MAIN and look_of(page) is None


def _look(page: Page) -> Appearance:
    """Return the look that a page has, or would begin with: that of `main`, but for its name."""
    if _inherits(page):
        return replace(main_look(), name="", social="", social_name="")
    return look_of(page) or Appearance()


routes = [
    path("api/v1/pages/<str:slug>/appearance", PageAppearance.as_view(), name="page-appearance"),
]
