"""Request and response bodies of pages, their looks and the links to them."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any, TypedDict

from django.db.models import Model
from rest_framework import serializers

from components.languages.names import NAMES, known_tag
from components.models import Component, Group
from components.values.json_types import Instant
from statuspage.api.fields import MAX_ID, IdsField, InstantField
from statuspage.api.strict import StrictSerializer
from statuspage.models import Page
from statuspage.pages.appearance import Appearance
from statuspage.pages.face import MAIN
from statuspage.pages.fields import MAX_LISTED
from statuspage.state.appearance_input import shortfalls

_MAX_TEXT = 100_000
"""Of a picture as base64 or text, and of anything shorter, which has limits of its own."""


def _texts(longest: int) -> serializers.ListField:
    child = serializers.CharField(max_length=longest)
    return serializers.ListField(child=child, max_length=MAX_LISTED, required=False)


class PageBody(StrictSerializer):
    """`groups` and `components` are ids; `everything` selects all there is. `password` is only
    written: '' takes it away, and a change of it puts everybody out, as does `/end-passes`."""

    slug = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=100, allow_blank=True, required=False)
    hosts = _texts(253)
    parent = serializers.CharField(  # type: ignore[assignment]  # a name of DRF
        max_length=40, allow_null=True, required=False
    )
    everything = serializers.BooleanField(required=False)
    groups = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID),
        max_length=1_000, required=False,
    )  # fmt: skip
    components = IdsField(required=False)
    tags = _texts(100)
    languages = _texts(20)
    private = serializers.BooleanField(required=False)
    password = serializers.CharField(
        max_length=200, allow_blank=True, trim_whitespace=False, required=False
    )
    networks = _texts(50)
    mail_domains = _texts(253)
    sign_in_groups = _texts(100)

    def validate_parent(self, slug: str | None) -> str | None:
        if slug is not None and not Page.objects.filter(slug=slug).exists():
            raise serializers.ValidationError(f"There is no page “{slug}”.")
        return slug

    def validate_groups(self, ids: list[int]) -> list[Model]:
        return _rows(Group, ids, "group")

    def validate_components(self, ids: list[int]) -> list[Model]:
        return _rows(Component, ids, "component")

    def validate_languages(self, tags: list[str]) -> list[str]:
        unknown = next((tag for tag in tags if not known_tag(tag)), None)
        if unknown is not None:
            raise serializers.ValidationError(
                f"“{unknown}” is not among the languages that there are: {', '.join(NAMES)}."
            )
        return tags


def _rows(model: type[Model], ids: Iterable[int], what: str) -> list[Model]:
    wanted = list(dict.fromkeys(ids))
    there = model._default_manager.in_bulk(wanted)
    missing = next((pk for pk in wanted if pk not in there), None)
    if missing is not None:
        raise serializers.ValidationError(f"There is no {what} {missing}.")
    return [there[pk] for pk in wanted]


class PageJson(TypedDict):
    """`address` is where it lies; `key_version` moves when everybody is put out."""

    slug: str
    name: str
    address: str
    hosts: list[str]
    parent: str | None
    everything: bool
    groups: list[int]
    components: list[int]
    tags: list[str]
    languages: list[str]
    private: bool
    has_password: bool
    networks: list[str]
    mail_domains: list[str]
    sign_in_groups: list[str]
    key_version: int


class PageListJson(TypedDict):
    pages: list[PageJson]
    total: int


def page_json(page: Page, *, address: str) -> PageJson:
    """Return a page as the API tells it: of its password, whether there is one."""
    return {
        "slug": page.slug,
        "name": page.name,
        "address": address,
        "hosts": page.hosts,
        "parent": page.parent_id,
        "everything": page.everything or page.slug == MAIN,
        "groups": sorted(group.pk for group in page.groups.all()),
        "components": sorted(component.pk for component in page.components.all()),
        "tags": page.tags,
        "languages": [tag.strip() for tag in page.languages.split(",") if tag.strip()],
        "private": page.private,
        "has_password": bool(page.password),
        "networks": page.networks,
        "mail_domains": page.mail_domains,
        "sign_in_groups": page.sign_in_groups,
        "key_version": page.key_version,
    }


class LinkBody(StrictSerializer):
    """A link works until `expires_at`, a year at most; for 30 days if nothing is said."""

    expires_at = InstantField(required=False)


class LinkJson(TypedDict):
    """`url` is told this once, and kept nowhere."""

    url: str
    expires_at: Instant


class PassesJson(TypedDict):
    key_version: int


class PageLinkJson(TypedDict):
    label: str
    address: str


class PageLinkBody(StrictSerializer):
    label = serializers.CharField(max_length=40)  # type: ignore[assignment]  # a name of DRF
    address = serializers.CharField(max_length=500)


def _field(kind: object) -> serializers.Field[Any, Any, Any, Any]:
    """Return the field of a member of an appearance; what may stand in it is checked there."""
    if kind is bool:
        return serializers.BooleanField(required=False)
    if kind is int:
        return serializers.IntegerField(required=False)
    if kind is str:
        return serializers.CharField(
            max_length=_MAX_TEXT, allow_blank=True, trim_whitespace=False, required=False
        )
    return serializers.ListField(child=PageLinkBody(), max_length=20, required=False)


_MEMBERS: dict[str, Any] = {
    each.name: each.type if each.type in (bool, int, str) else list[PageLinkJson]
    for each in fields(Appearance)
}

AppearanceBody: type[StrictSerializer] = type(
    "AppearanceBody",
    (StrictSerializer,),
    {
        "__doc__": "`logo`, `logo_dark` and `mark` are an SVG as text, or a PNG as"
        " `data:image/png;base64,…`; colours are `#rrggbb`. '' is the default. What a PUT leaves"
        " out gets its default.",
        "__module__": __name__,
        **{name: _field(kind) for name, kind in _MEMBERS.items()},
    },
)
_made_of: Any = TypedDict  # its members are those of the appearance
AppearanceJson = _made_of(
    "AppearanceJson", {"page": str, "inherited": bool, **_MEMBERS, "hard_to_read": dict[str, str]}
)
AppearanceJson.__doc__ = (
    "`inherited`: the page has no look of its own, and wears that of `main`. `hard_to_read` says,"
    " by field, which colour is hard to read, and the nearest that is not."
)


def appearance_json(page: str, look: Appearance, *, inherited: bool) -> dict[str, Any]:
    """Return a look as the API tells it, as an `AppearanceJson`."""
    told = {
        name: f"{each.ratio:.1f} : 1 in the {each.theme} theme; {each.nearest} reaches"
        f" {each.nearest_ratio:.1f} : 1."
        for name, each in shortfalls(look).items()
    }
    return {"page": page, "inherited": inherited, **asdict(look), "hard_to_read": told}
