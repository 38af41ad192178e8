"""Pages in the admin: made, locked, and everybody put out."""

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from components.models import JournalEntry
from statuspage.access.announcements import save_announcement
from statuspage.access.pages import page_face
from statuspage.access.passes import link_until
from statuspage.models import Announcement, Appearance, Page
from tests import build
from tests.sessions import log_in

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"slug": "shop", "name": "Shop", "hosts": "", "tags": "", "networks": "", "mail_domains": ""}


def post(client: Client, path: str, **fields: Any) -> Any:
    return client.post(f"/admin/statuspage/page/{path}", {**FORM, **fields})


def test_a_page_is_made_with_what_it_selects_and_a_password(staff: Client) -> None:
    component = build.component()

    answer = post(
        staff, "add/", components=[component.pk], hosts="Status.Shop.Example\n",
        private="on", new_password="correct horse",
    )  # fmt: skip

    assert answer.status_code == 302
    page = Page.objects.get(slug="shop")
    assert (page.hosts, list(page.components.all())) == (["status.shop.example"], [component])
    assert page.password
    assert "correct horse" not in page.password


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"slug": "Shop!"}, "slug"),
        ({"hosts": "https://x"}, "no host name"),
        ({"networks": "0.0.0.0/0"}, "needs no door"),
        ({"mail_domains": "not a domain"}, "no mail domain"),
        ({"new_password": "short"}, "at least 8 characters"),
    ],
)
def test_what_will_not_do_is_said_beside_its_field(
    staff: Client, fields: dict[str, str], said: str
) -> None:
    answer = post(staff, "add/", **fields)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Page.objects.filter(slug="shop").exists()


def test_everybody_is_put_out_by_an_action(staff: Client) -> None:
    Page.objects.create(slug="shop", private=True)

    post(staff, "", action="end_passes", _selected_action="shop")

    assert Page.objects.get(slug="shop").key_version == 2


def test_a_link_is_made_with_an_expiry_and_shown_once(staff: Client) -> None:
    page = Page.objects.create(slug="shop", private=True)
    address = "/admin/statuspage/page/shop/link/"

    refused = staff.post(address, {"days": "9999"})
    answer = staff.post(address, {"days": "7"})

    assert "within a year" in refused.content.decode()
    (key,) = re.findall(r"/status/p/shop/door/([0-9]+\.[0-9a-f]{64})", answer.content.decode())
    assert link_until(page_face(page), key, now=time.time()) is not None
    assert link_until(page_face(page), key, now=time.time() + 7 * 86_400 + 60) is None
    assert "no-store" in answer["Cache-Control"]
    made = JournalEntry.objects.get(kind="page.link_made")
    assert key not in str(made.data)
    assert key not in staff.get(address).content.decode()


def test_a_link_is_made_by_who_may_change_pages_and_of_private_ones_alone(staff: Client) -> None:
    Page.objects.create(slug="open")
    ann = log_in(Client(), User.objects.create_user("ann", is_staff=True))

    said = staff.post("/admin/statuspage/page/open/link/", {"days": "7"}).content.decode()

    assert "it needs no link" in said
    assert ann.get("/admin/statuspage/page/open/link/").status_code == 403


def test_a_page_is_deleted_with_its_look_and_what_it_announces(staff: Client) -> None:
    page = Page.objects.create(slug="shop", name="Shop")
    Appearance.objects.create(page=page, values={"accent": "#1a6b3c"})
    announcement = Announcement(page=page, message="News.", starts_at=datetime.now(UTC))
    save_announcement(announcement, now=datetime.now(UTC))

    answer = staff.post(f"/admin/statuspage/page/{page.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    assert not Page.objects.filter(slug="shop").exists()
    assert not Appearance.objects.filter(page_id="shop").exists()
    assert not Announcement.objects.exists()


def test_the_languages_of_a_page_are_chosen_in_its_form(staff: Client) -> None:
    Page.objects.get_or_create(slug="main")
    Page.objects.create(slug="shop", name="Shop")
    chosen = {"own_language": "de", "other_languages": ["en", "de"]}

    for slug in ("main", "shop"):
        answer = post(staff, f"{slug}/change/", **chosen, **_lock(staff, slug))
        assert answer.status_code == 302

    assert set(Page.objects.values_list("languages", flat=True)) == {"de, en"}
    form = staff.get("/admin/statuspage/page/main/change/").content.decode()
    assert 'name="hosts"' not in form
    assert "deletelink" not in form


def _lock(client: Client, slug: str) -> dict[str, str]:
    """Return the hidden fields that a form says what it was made from with."""
    form = client.get(f"/admin/statuspage/page/{slug}/change/").content.decode()
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
