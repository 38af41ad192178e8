"""Pages in the admin: made, locked, and everybody put out."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from statuspage.access.announcements import save_announcement
from statuspage.models import Announcement, Appearance, Page
from tests import build

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"slug": "shop", "name": "Shop", "hosts": "", "tags": "", "networks": "", "mail_domains": ""}


def post(client: Client, path: str, **fields: Any) -> Any:
    return client.post(f"/admin/statuspage/page/{path}", {**FORM, **fields})


def test_a_page_is_made_with_what_it_selects_and_a_password(admin_client: Client) -> None:
    component = build.component()

    answer = post(
        admin_client, "add/", components=[component.pk], hosts="Status.Shop.Example\n",
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
    admin_client: Client, fields: dict[str, str], said: str
) -> None:
    answer = post(admin_client, "add/", **fields)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Page.objects.filter(slug="shop").exists()


def test_everybody_is_put_out_by_an_action(admin_client: Client) -> None:
    Page.objects.create(slug="shop", private=True)

    post(admin_client, "", action="end_passes", _selected_action="shop")

    assert Page.objects.get(slug="shop").key_version == 2


def test_a_page_is_deleted_with_its_look_and_what_it_announces(admin_client: Client) -> None:
    page = Page.objects.create(slug="shop", name="Shop")
    Appearance.objects.create(page=page, values={"accent": "#1a6b3c"})
    announcement = Announcement(page=page, message="News.", starts_at=datetime.now(UTC))
    save_announcement(announcement, now=datetime.now(UTC))

    answer = admin_client.post(f"/admin/statuspage/page/{page.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    assert not Page.objects.filter(slug="shop").exists()
    assert not Appearance.objects.filter(page_id="shop").exists()
    assert not Announcement.objects.exists()
