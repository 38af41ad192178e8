"""Further pages of an import."""

from django.core.exceptions import ValidationError
from django.db import transaction

from components.values.slugs import slug_of
from statuspage.access.pages import clean_page, save_page
from statuspage.importers.description import PageItem
from statuspage.importers.writing.run import Import, sentence
from statuspage.models import Page

_SLUG_LENGTH = 40


def take_page(run: Import, item: PageItem) -> None:
    """Create a page that is not here, with those of its components that came in."""
    place = item.place or f"page “{item.name}”"
    known = run.origins.get("page", item.key)
    if known is not None and Page.objects.filter(slug=known.object_id).exists():
        run.report.known["page"] += 1
        return
    if run.was_deleted("page", item.key, place):
        return
    slug = slug_of(item.slug or item.name, longest=_SLUG_LENGTH).replace("_", "-").strip("-")
    if Page.objects.filter(slug=slug).exists():
        run.report.refuse(place, f"there is a page “{slug}” here already")
        return
    components = [run.components[key] for key in item.components if key in run.components]
    if not components:
        run.report.refuse(place, "none of its components came in")
        return
    page = Page(slug=slug, name=item.name)
    try:
        clean_page(page)
        page.full_clean(exclude=["password", "status", "status_since"])
        if not run.dry_run:
            with transaction.atomic():
                run.origins.add("page", item.key, object_id=slug, label=item.name)
                save_page(page, components=components, actor=run.actor)
    except ValidationError as error:
        run.report.refuse(place, sentence(error))
        return
    run.report.created["page"] += 1
