"""Views of `/api/v1/pages`: what each page selects, where it lies, and who may see it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import path
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from components.values.instants import iso
from statuspage.access.pages import (
    delete_page,
    end_passes,
    make_link,
    page_face,
    save_page,
    set_password,
)
from statuspage.api.authentication import caller
from statuspage.api.idempotency import idempotent
from statuspage.api.serializers.pages import LinkBody, LinkJson, PageBody, PageJson, page_json
from statuspage.api.views.base import ApiView
from statuspage.api.views.resource import DetailView, ListView, ResourceView
from statuspage.models import Page
from statuspage.pages.face import HOME, MAIN, path_of, site_of

_ROOT = "api/v1/pages"
LINK_LASTS = timedelta(days=30)
"""Unless the caller says something else."""
_OF_MAIN = ("slug", "languages")


class PagesView(ApiView):
    """A view of pages. A token of one page sees that one, and cannot change what it selects."""

    scopes = {"read": "pages:read", "write": "pages:write"}
    takes_page_tokens = True

    def page(self, slug: str) -> Page:
        """Return the page with the slug in an address. Raises NotFound."""
        found = self.pages().filter(slug=slug[:40]).first()
        if found is None:
            raise NotFound(f"There is no page {slug[:40]}.")
        return found

    def pages(self) -> QuerySet[Page]:
        """Return those that the caller may see; there is `main`, whoever asks first."""
        Page.objects.get_or_create(slug=MAIN)
        rows = Page.objects.select_related("appearance").order_by("slug")
        return rows.filter(slug=self.reach.slug) if self.reach.slug else rows


class _Pages(PagesView, ResourceView[Page]):
    noun, root, body = "page", _ROOT, PageBody

    def rows(self) -> QuerySet[Page]:
        return self.pages().prefetch_related("groups", "components")

    def find(self, key: str) -> Page:
        row = self.rows().filter(slug=key[:40]).first()
        if row is None:
            raise NotFound(f"There is no page {key[:40]}.")
        return row

    def represent(self, row: Page) -> PageJson:
        face = page_face(row)
        site = site_of(settings.STATUSPAGE.site_url, face).rstrip("/")
        return page_json(row, address=f"{site}{path_of(face.root, HOME)}")

    def store(
        self, row: Page | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[Page, Mapping[str, str]]:
        self._refuse_page_tokens()
        page, own = row or Page(), dict(values)
        if row is not None and own.get("slug", row.slug) != row.slug:
            raise ValidationError({"slug": "A page keeps its slug; make another one."})
        if page.slug == MAIN:
            self._refuse_of_main(own)
        groups, components = own.pop("groups", None), own.pop("components", None)
        password = own.pop("password", None)
        if "parent" in own:
            own["parent_id"] = own.pop("parent")
        if "languages" in own:
            own["languages"] = ", ".join(own["languages"])
        for name, value in own.items():
            setattr(page, name, value)
        if password is not None and (password or page.password):
            set_password(page, password)
        return save_page(page, groups=groups, components=components, actor=actor), {}

    def remove(self, row: Page, *, actor: str) -> None:
        self._refuse_page_tokens()
        if row.slug == MAIN:
            raise PermissionDenied("The main page cannot be deleted.")
        delete_page(row, actor=actor)

    def _refuse_page_tokens(self) -> None:
        if self.reach.slug:
            raise PermissionDenied(
                f"A token of the page {self.reach.slug} cannot change what pages there are, or"
                " what they select."
            )

    @staticmethod
    def _refuse_of_main(given: Mapping[str, Any]) -> None:
        """Refuse what `main` has not; what a reader sends back unchanged is no change."""
        refused = [
            name for name, value in given.items()
            if name not in _OF_MAIN and value and not (name == "everything" and value is True)
        ]  # fmt: skip
        if refused:
            text = "The main page shows everything to everybody; it has no such field of its own."
            raise ValidationError(dict.fromkeys(refused, text))


class PageList(_Pages, ListView[Page]):
    member = "pages"


class PageDetail(_Pages, DetailView[Page]):
    pass


class PageLinks(PagesView):
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        page, now = self.page(slug), datetime.now(UTC)
        body = LinkBody(data=request.data)
        body.is_valid(raise_exception=True)
        until = body.validated_data.get("expires_at", now + LINK_LASTS).replace(microsecond=0)
        url = make_link(page, until=until, now=now, actor=caller(request))
        data: LinkJson = {"url": url, "expires_at": iso(until)}
        return Response(data, status=201, headers={"Cache-Control": "no-store"})


class PagePasses(PagesView):
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        page = self.page(slug)
        end_passes(page, actor=caller(request))
        return Response({"key_version": page.key_version})


routes = [
    path(_ROOT, PageList.as_view(), name="pages"),
    path(f"{_ROOT}/<str:slug>", PageDetail.as_view(), name="page"),
    path(f"{_ROOT}/<str:slug>/links", PageLinks.as_view(), name="page-links"),
    path(f"{_ROOT}/<str:slug>/end-passes", PagePasses.as_view(), name="page-passes"),
]
