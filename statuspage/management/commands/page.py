"""`manage.py page`: what pages there are; a signed link to a private one; everybody put out.

`page list`, `page link SLUG [--expires WHEN]`, `page end-passes SLUG`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.access.pages import end_passes, make_link, page_face
from statuspage.management.commands.token import instant_to_come
from statuspage.models import Page
from statuspage.pages.face import HOME, MAIN, path_of, site_of

_ACTOR = "manage.py page"
_LINK_LASTS = timedelta(days=30)


class Command(BaseCommand):
    help = "Lists pages, makes a signed link to a private one, or signs everyone out of it."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="what pages there are, and where they lie")
        link = actions.add_parser(
            "link", help="make a link that opens a private page for anyone who has it; shown once"
        )
        link.add_argument("slug")
        link.add_argument(
            "--expires", type=instant_to_come, metavar="WHEN",
            help="in so many days (90d), on a day (2027-01-31) or at an instant with its offset;"
            " a year at most; in 30 days unless told",
        )  # fmt: skip
        out = actions.add_parser(
            "end-passes", help="sign everyone out: existing passes and links stop working"
        )
        out.add_argument("slug")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "list":
            for page in Page.objects.exclude(slug=MAIN).order_by("slug"):
                face = page_face(page)
                site = site_of(settings.STATUSPAGE.site_url, face).rstrip("/")
                door = "private" if page.private else "public"
                self.stdout.write(f"{page.slug}\t{door}\t{site}{path_of(face.root, HOME)}")
            return
        page = _existing(options["slug"])
        if options["action"] == "end-passes":
            end_passes(page, actor=_ACTOR)
            self.stdout.write("Everyone has been signed out of the page.")
            return
        now = datetime.now(UTC)
        try:
            until = options["expires"] or now + _LINK_LASTS
            self.stdout.write(make_link(page, until=until, now=now, actor=_ACTOR))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error


def _existing(slug: str) -> Page:
    page = Page.objects.filter(slug=slug).first()
    if page is None:
        known = Page.objects.exclude(slug=MAIN).order_by("slug").values_list("slug", flat=True)
        raise CommandError(f"There is no page {slug}. There are: {', '.join(known) or 'none'}.")
    return page
