"""What a file describes is read in the admin and changed in the file, unless unlocked (P06)."""

import pytest
from django.test import Client

from components.models import Component
from monitors.models import Monitor
from statuspage.catalogue import planning
from statuspage.catalogue.document import read_document
from statuspage.catalogue.managed_rows import file_of
from statuspage.models import Page
from statuspage.staff_models import CatalogueMark
from subscribers.models import AlertChannel
from tests.statuspage.catalogue.documents import SOME
from tests.statuspage.catalogue.test_planning import NOW, REFERENCES, some

pytestmark = [pytest.mark.django_db]


def apply(value: dict[str, object] = SOME, *, unlock: bool = False) -> None:
    planning.apply(
        read_document(value), references=REFERENCES, prune=False, actor="ann",
        source="catalogue.yaml", unlock=unlock, at=NOW,
    )  # fmt: skip


def test_p06_every_row_of_a_file_is_marked_until_the_file_names_it_no_more() -> None:
    apply()
    api = Component.objects.get(slug="api")
    assert file_of(api) == "catalogue.yaml"
    assert CatalogueMark.objects.count() == 16

    apply({"version": 1, "components": [SOME["components"][1]]})

    assert file_of(api) == ""
    assert file_of(Page.objects.get(slug="shop")) == "catalogue.yaml", "of another section"
    apply(unlock=True)
    assert (file_of(api), CatalogueMark.objects.filter(unlocked=True).count()) == ("", 16)


def test_p06_a_plan_marks_nothing() -> None:
    planning.plan(read_document(SOME), references=REFERENCES, prune=False, at=NOW)

    assert not CatalogueMark.objects.exists()


@pytest.mark.parametrize("unlock", [False, True], ids=["locked", "unlocked"])
def test_p06_the_admin_shows_a_managed_row_and_edits_it_only_unlocked(
    admin_client: Client, unlock: bool
) -> None:
    apply(unlock=unlock)
    channel = AlertChannel.objects.get()
    address = f"/admin/subscribers/alertchannel/{channel.pk}/"

    shown = admin_client.get(f"{address}change/").content.decode()
    deleted = admin_client.get(f"{address}delete/")

    assert ("catalogue.yaml" in shown) is not unlock
    assert ('name="_save"' in shown) is unlock
    assert deleted.status_code == (200 if unlock else 403)


def test_p06_a_status_is_set_by_hand_all_the_same(admin_client: Client) -> None:
    apply()
    api = Component.objects.get(slug="api")
    address = f"/admin/components/component/{api.pk}/change/"

    shown = admin_client.get(address).content.decode()
    admin_client.post(
        address,
        {"name": "Renamed", "status_override": "degraded", "override_note": "",
         "seen_version": api.version},
    )  # fmt: skip

    api.refresh_from_db()
    assert 'name="name"' not in shown
    assert (api.name, api.status_override) == ("API", "degraded")


def test_p06_a_managed_look_is_not_published_over(admin_client: Client) -> None:
    apply()

    admin_client.post("/admin/appearance?page=shop", {"inherit": "1"})

    assert Page.objects.get(slug="shop").appearance.values == {"accent": "#1a6b3c"}
    assert some()["pages"][0]["slug"] == "shop"


def test_p06_a_managed_monitor_shows_its_settings_and_no_secret(admin_client: Client) -> None:
    apply()
    monitor = Monitor.objects.get(name="Health")

    shown = admin_client.get(f"/admin/monitors/monitor/{monitor.pk}/change/").content.decode()

    assert "https://api.acme.dev/health" in shown
    assert "canary-of-the-catalogue" not in shown
    assert 'name="_save"' not in shown
