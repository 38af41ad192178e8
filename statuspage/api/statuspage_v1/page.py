"""The page in an address: who may address it, what it reaches, and the base of the views on it.

An address of `main` reaches everything. One of another page reaches what that page selects, whoever
asks, as a token that is bound to it would.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from components.models import Component
from components.values.public_ids import find_number, public_id
from maintenance.errors import WrongStateError
from statuspage.api.page_scope import EVERYTHING, PageReach
from statuspage.api.statuspage_v1.authentication import OAuthAuthentication
from statuspage.api.statuspage_v1.bodies import DialectParser
from statuspage.api.statuspage_v1.errors import handle_exception
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import ApiView, M
from statuspage.models import Page
from statuspage.pages.face import MAIN
from statuspage.state.component_row import nameable_rows
from statuspage.state.faces import face_of, read_pages

MAX_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class AddressedPage:
    """A page, and what an address of it reaches."""

    row: Page
    reach: PageReach

    @property
    def id(self) -> str:
        return self.id_of(self.row)

    @staticmethod
    def id_of(row: Page) -> str:
        """Return the public id of a page."""
        return public_id("page", row.slug)

    @property
    def is_main(self) -> bool:
        return self.row.slug == MAIN

    @property
    def subscribed(self) -> str:
        """How subscribers of it are stored: '' for the main page."""
        return "" if self.is_main else self.row.slug

    def components(self) -> dict[str, Component]:
        """Return the components that there are on it, by their ids."""
        rows = Component.objects.filter(self.reach.where("pk"), retired_at=None)
        return {public_id("component", row.pk): row for row in rows.select_related("group__parent")}

    def chosen(self, ids: Iterable[str], *, field: str = "component_ids") -> dict[str, Component]:
        """Return the components with these ids. Raises ValidationError naming one that is not
        there."""
        wanted = list(ids)
        known = self.components() if wanted else {}
        for each in wanted:
            if each not in known:
                raise serializers.ValidationError({field: f"There is no component {each[:40]}."})
        return {each: known[each] for each in wanted}

    def require_named(self, components: Collection[Any]) -> None:
        """Raise ValidationError when something new would be on all pages, and not on this alone."""
        if not self.is_main and not components:
            raise serializers.ValidationError({
                "component_ids": "Name at least one component of this page: without any it would be"
                " on every page. To tell all of them, use the main page."
            })  # fmt: skip

    def require_own(self, component_ids: Collection[int]) -> None:
        """Raise PermissionDenied when something is on other pages too."""
        if self.is_main:
            return
        if not component_ids or not all(self.reach.sees(pk) for pk in component_ids):
            raise PermissionDenied("This is on other pages too. Change it on the main page.")

    def require_main(self, what: str) -> None:
        """Raise PermissionDenied when this is another page than `main`."""
        if not self.is_main:
            raise PermissionDenied(f"{what}: use the main page.")


def pages_for(request: Request) -> list[Page]:
    """Return the pages that the caller may address, `main` first."""
    main, others = read_pages()
    token: Any = request.auth
    return [each for each in (main, *others) if token.page in ("", each.slug)]


def find_page(request: Request, text: str) -> AddressedPage:
    """Return the page with the id in an address. Raises NotFound."""
    row = next((each for each in pages_for(request) if AddressedPage.id_of(each) == text), None)
    if row is None:
        raise NotFound(f"There is no page {text[:40]}.")
    if row.slug == MAIN:
        return AddressedPage(row, EVERYTHING)
    ids = face_of(row, nameable_rows()).component_ids
    return AddressedPage(row, PageReach(row.slug, None if ids is None else frozenset(ids)))


def find_row(rows: QuerySet[M], kind: str, text: str) -> M | None:
    """Return the row whose public id this is, looked for from the newest on; None for none."""
    numbers = rows.prefetch_related(None).order_by("-pk").values_list("pk", flat=True)
    number = find_number(kind, text, numbers)
    return None if number is None else rows.filter(pk=number).first()


def require_row(rows: QuerySet[M], kind: str, text: str, *, name: str) -> M:
    """Return the row whose public id is in an address. Raises NotFound, naming it by `name`."""
    row = find_row(rows, kind, text)
    if row is None:
        raise NotFound(f"There is no {name} {text[:40]}.")
    return row


class Paging(StrictSerializer):
    """`page` counts from 1, and 0 is the first one too; `per_page` and `limit` are one thing."""

    page = serializers.IntegerField(min_value=0, max_value=10**6, default=1)
    per_page = serializers.IntegerField(min_value=0, max_value=10**6, required=False)
    limit = serializers.IntegerField(min_value=0, max_value=10**6, required=False)

    def part(self, *, first: int = 1) -> slice:
        """Return which rows are asked for, at most a hundred; the first page has this number."""
        data = self.validated_data
        size = data.get("limit") or data.get("per_page") or MAX_PER_PAGE
        size = min(size, MAX_PER_PAGE)
        start = max(0, data["page"] - first) * size
        return slice(start, start + size)


class _AnyAccept(BaseContentNegotiation):
    """JSON for everybody, whatever they say that they accept."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class DialectView(ApiView):
    """A view of this dialect.

    It is in no document of ours: it is described by whom it comes from. Nor is its answer a part of
    its transaction: it tells what is derived after the commit.
    """

    authentication_classes = (OAuthAuthentication,)
    parser_classes = (DialectParser,)
    content_negotiation_class = _AnyAccept
    schema = None
    scopes = {"read": "status:read", "write": "status:write"}
    takes_page_tokens = True
    is_transaction = False

    def get_exception_handler(self) -> Any:
        return handle_exception

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, WrongStateError):
            exc = serializers.ValidationError({"status": str(exc)})
        return super().handle_exception(exc)

    def page_of(self, page_id: str) -> AddressedPage:
        """Return the page in the address. Raises NotFound."""
        return find_page(self.request, page_id)

    def paging(self) -> Paging:
        """Return which part of a list is asked for; parameters that there are not say nothing."""
        known = {
            name: value
            for name, value in self.request.query_params.dict().items()
            if name in ("page", "per_page", "limit") and value
        }
        asked = Paging(data=known)
        asked.is_valid(raise_exception=True)
        return asked
