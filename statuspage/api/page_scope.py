"""What a token that is bound to one page reaches: what the page selects, and nothing else.

A view that does not say that it `takes_page_tokens` refuses them, so that a new address is closed
to them until somebody has thought about it. What touches other components as well may be read, with
the names of those left out, and is changed by nobody who may not see all of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from statuspage.models import Page
from statuspage.state.component_row import nameable_rows
from statuspage.state.faces import face_of


@dataclass(frozen=True, slots=True)
class PageReach:
    """What the caller's token reaches. Without a page it is everything."""

    slug: str = ""
    component_ids: frozenset[int] | None = None
    """What the page selects; None for everything."""

    @property
    def is_everything(self) -> bool:
        return self.component_ids is None

    def sees(self, component_id: int) -> bool:
        """Whether a component may be named."""
        return self.component_ids is None or component_id in self.component_ids

    def seen(self, component_ids: Iterable[int]) -> list[int]:
        """Return those of these components that may be named."""
        return [pk for pk in component_ids if self.sees(pk)]

    def where(self, path: str) -> Q:
        """Return the condition on rows whose component at `path` may be seen."""
        return Q() if self.component_ids is None else Q(**{f"{path}__in": self.component_ids})

    def touching(self, path: str) -> Q:
        """Return the condition on rows that touch what may be seen, or no component at all."""
        if self.component_ids is None:
            return Q()
        return Q(**{f"{path}__in": self.component_ids}) | Q(**{f"{path}__isnull": True})

    def require_all(self, component_ids: Collection[int], *, what: str) -> None:
        """Raise PermissionDenied unless all that something touches may be seen.

        What touches no component is on every page, and no one page's to change.
        """
        if self.component_ids is None:
            return
        if not component_ids:
            raise PermissionDenied(
                f"This {what} names no component, so it is on every page. A token of the page"
                f" {self.slug} cannot change it."
            )
        if not self.component_ids.issuperset(component_ids):
            raise PermissionDenied(
                f"This {what} touches what is not on the page {self.slug} too. A token of that"
                " page cannot change it."
            )

    def require_known(self, component_ids: Iterable[int], *, field: str = "components") -> None:
        """Raise ValidationError naming a component that may not be seen, as one that is not."""
        unknown = next((pk for pk in component_ids if not self.sees(pk)), None)
        if unknown is not None:
            raise serializers.ValidationError({field: f"There is no component {unknown}."})

    def require_some(self, component_ids: Collection[int]) -> None:
        """Raise ValidationError when something new names no component, or one that may not be
        seen."""
        if self.component_ids is not None and not component_ids:
            raise serializers.ValidationError({
                "components": f"Name at least one: a token of the page {self.slug} cannot tell all"
                " pages something."
            })  # fmt: skip
        self.require_known(component_ids)

    def require_page(self, slug: str) -> None:
        """Raise PermissionDenied when the token is another page's."""
        if self.slug and slug != self.slug:
            raise PermissionDenied(f"The token is for the page {self.slug} alone.")

    def refuse_fields(self, given: Iterable[str], refused: Collection[str]) -> None:
        """Raise ValidationError naming a field that only tokens of all pages may send."""
        sent = sorted(set(given) & set(refused)) if self.slug else []
        if sent:
            text = f"A token of the page {self.slug} cannot send it."
            raise serializers.ValidationError({name: [text] for name in sent})


EVERYTHING = PageReach()


def reach_of(request: Request) -> PageReach:
    """Return what the caller's token reaches; asked for once in a request."""
    token: Any = request.auth
    if token is None or not token.page:
        return EVERYTHING
    known: PageReach | None = getattr(token, "_reach", None)
    if known is None:
        known = token._reach = _reach(token.page)  # noqa: SLF001  (kept with the caller)
    return known


def _reach(slug: str) -> PageReach:
    page = Page.objects.filter(slug=slug).first()
    if page is None:
        return PageReach(slug, frozenset())
    ids = face_of(page, nameable_rows()).component_ids
    return PageReach(slug, None if ids is None else frozenset(ids))
