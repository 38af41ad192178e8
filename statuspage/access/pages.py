"""Services of pages: made, changed, deleted; and the rules of their fields."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from components.models import Component, Group
from components.values.instants import iso
from statuspage.access import passes, tokens
from statuspage.event_types import PAGE_CHANGED, PAGE_DELETED, PAGE_LINK_MADE
from statuspage.models import ApiToken, Page, StoredSnapshot
from statuspage.pages import fields
from statuspage.pages.face import MAIN, Door, Face
from subscribers.services import leave_page

MAX_PAGES = 200
"""Each costs memory in every web process, and a rendering with every change that it shows."""
MIN_PASSWORD = 8
_LISTS: Mapping[str, Callable[[str], str]] = {
    "hosts": fields.host,
    "tags": fields.label,
    "networks": fields.network,
    "mail_domains": fields.mail_domain,
    "sign_in_groups": fields.label,
}


def clean_page(page: Page) -> None:
    """Put a page's fields into their stored form. Raises ValidationError naming the field."""
    errors: dict[str, str] = {}
    try:
        page.slug = fields.slug(page.slug)
    except ValueError as error:
        errors["slug"] = str(error)
    for name, read in _LISTS.items():
        try:
            setattr(page, name, _listed(getattr(page, name), read))
        except ValueError as error:
            errors[name] = str(error)
    if page.slug == MAIN:
        errors |= _errors_of_main(page)
    errors |= _errors_of_hosts(page) if "hosts" not in errors else {}
    errors |= _errors_of_parent(page)
    if errors:
        raise ValidationError(errors)


def _listed(values: Any, read: Callable[[str], str]) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise ValueError("Write a list of texts.")
    if len(values) > fields.MAX_LISTED:
        raise ValueError(f"Write at most {fields.MAX_LISTED}.")
    return list(dict.fromkeys(read(each) for each in values))


def _errors_of_main(page: Page) -> dict[str, str]:
    refused = {
        "private": "The main page is public. Make a page of its own for what is not for everybody.",
        "parent_id": "The main page shows everything; no page lists it.",
        "hosts": "The main page answers at SITE_URL and at every host that is no other page's.",
        "tags": "The main page shows everything.",
    }
    return {name.removesuffix("_id"): text for name, text in refused.items() if getattr(page, name)}


def _errors_of_hosts(page: Page) -> dict[str, str]:
    taken = {
        host: other.slug
        for other in Page.objects.exclude(slug=page.slug).only("slug", "hosts")
        for host in other.hosts
    }
    used = next((host for host in page.hosts if host in taken), None)
    return {"hosts": f"{used} is the page “{taken[used]}” already."} if used else {}


def _errors_of_parent(page: Page) -> dict[str, str]:
    if page.parent_id == MAIN:
        return {"parent": "The main page shows everything already; it lists no page."}
    seen, above = {page.slug}, page.parent_id
    while above:
        if above in seen:
            return {"parent": "A page cannot be listed by itself, or by a page below it."}
        seen.add(above)
        above = Page.objects.filter(slug=above).values_list("parent_id", flat=True).first()
    return {}


def set_password(page: Page, password: str) -> None:
    """Set the password of a page's door; '' takes it away. Whoever came by it is put out.

    Raises ValidationError.
    """
    if password and len(password) < MIN_PASSWORD:
        raise ValidationError({"password": f"Write at least {MIN_PASSWORD} characters."})
    if len(password) > 200:
        raise ValidationError({"password": "Write at most 200 characters."})
    page.password = make_password(password) if password else ""
    page.key_version += 1


def save_page(
    page: Page,
    *,
    groups: Iterable[Group] | None = None,
    components: Iterable[Component] | None = None,
    actor: str = "",
) -> Page:
    """Create or change a page. Raises ValidationError naming the field."""
    adding = page._state.adding
    clean_page(page)
    page.full_clean(exclude=["password", "status", "status_since"], validate_unique=adding)
    with transaction.atomic():
        if adding and Page.objects.count() >= MAX_PAGES:
            raise ValidationError({"slug": f"There are {MAX_PAGES} pages; no more can be served."})
        # Not its status, which the projector may be writing.
        page.save(update_fields=None if adding else editable_fields())
        if groups is not None:
            page.groups.set(groups)
        if components is not None:
            page.components.set(components)
        record(page_changed(page, actor=actor))
    return page


def editable_fields() -> list[str]:
    """Return the columns that people change."""
    return [
        "name", "hosts", "parent", "everything", "tags", "private", "password", "networks",
        "mail_domains", "sign_in_groups", "key_version", "languages",
    ]  # fmt: skip


def end_passes(page: Page, *, actor: str = "") -> None:
    """Make every pass to a page worthless, from the next second on: its key gets a new version."""
    with transaction.atomic():
        locked = Page.objects.select_for_update().get(pk=page.pk)
        locked.key_version += 1
        locked.save(update_fields=["key_version"])
        record(page_changed(locked, actor=actor))
    page.key_version = locked.key_version


def page_face(page: Page) -> Face:
    """Return a page's face, without what it selects: what its addresses and links are made of."""
    door = Door(key_version=page.key_version) if page.private else None
    return Face(slug=page.slug, hosts=tuple(page.hosts), identity=str(page.identity), door=door)


def make_link(page: Page, *, until: datetime, now: datetime, actor: str = "") -> str:
    """Return the address of a signed link that lets whoever has it in before `until`.

    It is kept nowhere, and ends with the passes of its page. Raises ValidationError.
    """
    if not page.private:
        raise ValidationError({"page": f"The page “{page.slug}” is public: it needs no link."})
    if until <= now:
        raise ValidationError({"expires_at": "Write an instant to come."})
    if until - now > timedelta(seconds=passes.MAX_LINK_SECONDS):
        raise ValidationError({"expires_at": "Write an instant within a year."})
    face = page_face(page)
    data = {"slug": page.slug, "until": iso(until)}
    with transaction.atomic():
        record(Event(PAGE_LINK_MADE, data, actor=actor))
    return passes.link_address(face, until=int(until.timestamp()))


def page_changed(page: Page, *, actor: str = "") -> Event:
    """Return the event of a created or changed page."""
    data = {
        "slug": page.slug,
        "name": page.name,
        "hosts": page.hosts,
        "private": page.private,
        "key_version": page.key_version,
    }
    return Event(PAGE_CHANGED, data, actor=actor)


def delete_page(page: Page, *, actor: str = "") -> None:
    """Delete a page with its bytes and tokens, and end the subscriptions of it.

    Raises ValidationError for `main`, which there always is.
    """
    if page.slug == MAIN:
        raise ValidationError("The main page cannot be deleted.")
    event, now = Event(PAGE_DELETED, {"slug": page.slug}, actor=actor), datetime.now(UTC)
    with transaction.atomic():
        StoredSnapshot.objects.filter(page=page.slug).delete()
        left = leave_page(page.slug, now=now)
        # Without its page a token would be one for everything.
        bound = list(ApiToken.objects.filter(page=page.slug))
        gone = [tokens.deleted(each, actor=actor) for each in bound]
        ApiToken.objects.filter(pk__in=[each.pk for each in bound]).delete()
        page.delete()
        record(event, *left, *gone, at=now)
