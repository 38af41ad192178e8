"""Pages with their looks in the catalogue."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError

from statuspage.access.appearances import drop_appearance, store_appearance
from statuspage.access.pages import save_page, set_password
from statuspage.catalogue.fields import Draft, Field, column, columns, reference, references, secret
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.monitoring import is_live
from statuspage.models import Page
from statuspage.pages.appearance import USUAL, Appearance
from statuspage.pages.face import MAIN
from statuspage.state.appearance_input import (
    NAMES,
    AppearanceError,
    read_appearance,
    restored,
    stored,
)
from statuspage.state.social_picture import DRAWN_OF

_DRAWN = ("social", "social_name", "mail_logo")
"""What a browser draws of the look when it is published."""


def _look(row: Any) -> Appearance | None:
    found = getattr(row, "appearance", None)
    return restored(found.values) if found else None


def _read_look(row: Any) -> dict[str, Any] | None:
    look = _look(row)
    if look is None or (row.slug == MAIN and look == USUAL):
        return None
    values = {name: value for name, value in stored(look).items() if name not in _DRAWN}
    return {name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()}  # fmt: skip


def _write_look(draft: Draft, values: Mapping[str, Any] | None) -> None:
    try:
        look = None if values is None else read_appearance(values)
    except AppearanceError as error:
        texts = {f"appearance.{name}": text for name, text in error.errors.items()}
        raise ValidationError(texts) from None
    before = _look(draft.stored) if draft.stored else None
    if look is not None and before is not None and not _differ(before, look, DRAWN_OF):
        look = replace(look, **{name: getattr(before, name) for name in _DRAWN})
    draft.given["appearance"] = look
    told = None if look is None else {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in stored(look).items() if name not in _DRAWN
    }  # fmt: skip
    draft.told["appearance"] = None if draft.row.slug == MAIN and not told else told


def _differ(look: Appearance, other: Appearance, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if getattr(look, name) != getattr(other, name)]


def _languages(draft: Draft, tags: list[str]) -> None:
    draft.row.languages = ", ".join(tags)


def _save_page(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    row, given = draft.row, draft.given
    if row.slug == MAIN:
        _refuse_of_main(draft)
    if given["password"] is not None and (given["password"] or row.password):
        set_password(row, given["password"])
    save_page(row, groups=given["groups"], components=given["components"], actor=actor)
    before, look = _look(draft.stored) if draft.stored else None, given["appearance"]
    if look == before or (look is None and before is None):
        return {}
    if look is None:
        drop_appearance(row.slug, fields=NAMES, actor=actor)
    else:
        changed = _differ(before or USUAL, look, NAMES)
        store_appearance(row.slug, stored(look), changed=changed, actor=actor)
    return {}


def _refuse_of_main(draft: Draft) -> None:
    """Refuse what the main page has not."""
    row, given = draft.row, draft.given
    chosen = {
        "name": row.name, "everything": row.everything, "groups": given["groups"],
        "components": given["components"], "password": given["password"],
        "networks": row.networks, "mail_domains": row.mail_domains,
        "sign_in_groups": row.sign_in_groups,
    }  # fmt: skip
    text = "The main page shows everything to everybody; it has languages and appearance alone."
    if refused := {name: text for name, value in chosen.items() if value}:
        raise ValidationError(refused)


PAGES = ObjectKind(
    section="pages",
    noun="page",
    model=Page,
    key=("slug",),
    fields=(
        *columns(Page, "slug name hosts"),
        reference("parent", to="pages", by="slug"),
        *columns(Page, "everything"),
        references("groups", to="groups", by="slug"),
        references("components", to="components", by="slug", is_named=is_live),
        *columns(Page, "tags"),
        replace(
            column(Page, "languages", annotation=list[str]),
            default=[],
            read=lambda row: [tag.strip() for tag in row.languages.split(",") if tag.strip()],
            write=_languages,
        ),
        *columns(Page, "private"),
        secret(
            "password",
            read=lambda row: row.password,
            is_same=lambda row, text: check_password(text, row.password),
        ),
        *columns(Page, "networks mail_domains sign_in_groups"),
        Field(
            name="appearance",
            annotation=dict[str, Any] | None,
            default=None,
            read=_read_look,
            write=_write_look,
        ),
    ),
    joined=("parent", "appearance"),
    gathered=("groups", "components"),
    save=_save_page,
    is_plain=lambda row, values: (
        row.slug == MAIN and not any(value for name, value in values.items() if name != "slug")
    ),
)
