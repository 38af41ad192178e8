"""Views of resources that are rows of one model: listed, read, created, changed and deleted.

A resource says how its rows are found, shown, stored and removed; its services hold the rules and
journal. What counts no versions has the digest of what is told of it for its `ETag`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from statuspage.api.authentication import caller
from statuspage.api.conditional import conditional_response, content_tag, require_same
from statuspage.api.duplicates import duplicates_as_conflicts
from statuspage.api.idempotency import idempotent
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import ApiView, ListQuery, Page, find, page_of
from statuspage.catalogue.protection import kept_as_described

M = TypeVar("M", bound=Model)


class ResourceView(ApiView, Generic[M]):
    """What the views of one resource share. `body` is read of a POST, PUT or PATCH."""

    noun: ClassVar[str]
    root: ClassVar[str]
    body: ClassVar[type[StrictSerializer]]

    def rows(self) -> QuerySet[M]:
        """Return all of its rows, in the order of its list."""
        raise NotImplementedError

    def find(self, key: str) -> M:
        """Return the row with the key in an address. Raises NotFound."""
        return find(self.rows(), key, name=self.noun)

    def represent(self, row: M) -> Any:
        """Return a row as it is told, without what is told once."""
        raise NotImplementedError

    def store(
        self, row: M | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[M, Mapping[str, str]]:
        """Create a row, or change one, by its service; return it and what is told this once."""
        raise NotImplementedError

    def remove(self, row: M, *, actor: str) -> None:
        """Delete a row by its service."""
        raise NotImplementedError


class ListView(ResourceView[M]):
    """The list, and creating one."""

    member: ClassVar[str]
    """Under which the list stands in the response."""
    query: ClassVar[type[ListQuery]] = Page

    def get(self, request: Request) -> Response:
        rows, query = self.rows(), self.query_of(self.query)
        shown = [self.represent(row) for row in page_of(rows, query)]
        return Response({self.member: shown, "total": rows.count()})

    @idempotent
    def post(self, request: Request) -> Response:
        body = self.body(data=request.data)
        body.is_valid(raise_exception=True)
        with duplicates_as_conflicts():
            row, once = self.store(None, body.validated_data, actor=caller(request))
        row = self.find(str(row.pk))
        data = self.represent(row)
        headers = {"ETag": content_tag(data), "Location": f"/{self.root}/{row.pk}"}
        if once:
            headers["Cache-Control"] = "no-store"
        return Response({**data, **once}, status=201, headers=headers)


class DetailView(ResourceView[M]):
    """One row, by the one key in its address."""

    def get(self, request: Request, **where: str) -> Response:
        (key,) = where.values()
        return conditional_response(request, self.represent(self.find(key)), version=0)

    def put(self, request: Request, **where: str) -> Response:
        return self._change(request, *where.values(), partial=False)

    def patch(self, request: Request, **where: str) -> Response:
        return self._change(request, *where.values(), partial=True)

    def delete(self, request: Request, **where: str) -> Response:
        with self._locked(request, *where.values()) as row, kept_as_described(row):
            self.remove(row, actor=caller(request))
        return Response(status=204)

    def _change(self, request: Request, key: str, *, partial: bool) -> Response:
        with self._locked(request, key) as row:
            body = self.body(row, data=request.data, partial=partial)
            body.is_valid(raise_exception=True)
            with duplicates_as_conflicts(), kept_as_described(row):
                _, once = self.store(row, body.validated_data, actor=caller(request))
        data = self.represent(self.find(key))
        headers = {"ETag": content_tag(data), **({"Cache-Control": "no-store"} if once else {})}
        return Response({**data, **once}, headers=headers)

    @contextmanager
    def _locked(self, request: Request, key: str) -> Iterator[M]:
        """Lock a row until it is changed, if it is what `If-Match` says. Raises StaleError."""
        with transaction.atomic():
            # Whoever changes it as well waits here, and then sees what we made of it.
            same = self.rows().model._default_manager.filter(pk=self.find(key).pk)
            same.select_for_update().values_list("pk").first()
            row = self.find(key)
            require_same(request, self.represent(row))
            yield row
