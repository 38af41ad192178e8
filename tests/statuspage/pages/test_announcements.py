"""Announcements: on their page alone, in each dialect that tells of them, gone at their end."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from components.models import JournalEntry
from components.values.announcement_kind import AnnouncementKind
from statuspage.access.announcements import (
    delete_announcement,
    move_announcements,
    prune,
    save_announcement,
)
from statuspage.models import Announcement, Page
from statuspage.pages.announcement import AnnouncementView
from statuspage.pages.face import Face
from statuspage.publishing.documents import document
from statuspage.publishing.rendered import build, pack, unpack
from statuspage.state.builder import gather
from statuspage.state.page_state import PageState
from statuspage.state.selection import facts_of, shown_on
from tests.statuspage.page_html import read
from tests.statuspage.page_states import at
from tests.statuspage.pages.fleet import fleet

HOUR = timedelta(hours=1)
NEWS = AnnouncementView(
    7, AnnouncementKind.WARNING, "We move **today**.\n\nMore later.", at(12), None, at(12), at(12)
)


@pytest.fixture
def pages() -> None:
    for slug in ("main", "shop"):
        Page.objects.get_or_create(slug=slug)


def announce(message: str, *, now: datetime, page: str = "main", **more: object) -> Announcement:
    values: dict[str, object] = {"page_id": page, "starts_at": now, **more}
    return save_announcement(Announcement(message=message, **values), now=now, actor="ann")


def all_bytes(state: PageState) -> str:
    bodies = [each.identity for each in build(state).bodies.values()]
    feeds = [document(f"/status/{name}", state) for name in ("feed.atom", "feed.rss")]
    return b"".join((*bodies, *(each.body for each in feeds if each))).decode()


def test_an_announcement_stands_at_the_top_of_the_page_in_its_feeds_and_its_json() -> None:
    state = replace(fleet(), announcements=(NEWS,))

    snapshot = build(state)
    page = read(snapshot.bodies["page.html"].identity)
    told = json.loads(snapshot.bodies["status.json"].identity)
    atom, rss = (document(f"/status/{name}", state) for name in ("feed.atom", "feed.rss"))

    banner = page.one("aside", class_="told")
    assert banner.attributes["data-kind"] == "warning"
    assert banner.one("strong").text == "today"
    assert next(each for each in page.one("main").children if not isinstance(each, str)) is banner
    assert told["announcements"] == [
        {
            "id": 7, "kind": "warning", "message": NEWS.message,
            "starts_at": "2026-11-21T12:00:00Z", "ends_at": None,
        }
    ]  # fmt: skip
    for feed in (atom, rss):
        assert feed is not None
        assert b"Warning: " in feed.body
        assert b"We move today." in feed.body
    assert unpack(pack(snapshot)).state.announcements == (NEWS,)


def test_without_one_no_dialect_has_a_word_of_announcements() -> None:
    text = all_bytes(fleet())

    assert "announcements" not in text
    assert 'class="told"' not in text


def test_a_page_announces_its_own_alone_and_is_rendered_anew_for_it() -> None:
    shop = Face("shop", "Shop", component_ids=(1,))
    state = replace(fleet(shop), announcements=(NEWS,))
    own = replace(NEWS, message="Only for the shop.")

    plain = shown_on(state, shop)
    told = shown_on(state, replace(shop, announcements=(own,)))

    assert "We move" not in all_bytes(plain)
    assert "Only for the shop." in all_bytes(told)
    assert "Only for the shop." not in all_bytes(state)
    assert facts_of(plain) != facts_of(told)


@pytest.mark.django_db
@pytest.mark.usefixtures("pages")
def test_it_is_shown_from_its_beginning_and_gone_at_its_end_even_while_no_job_runs() -> None:
    announce("For an hour.", now=at(10), starts_at=at(12), ends_at=at(13))
    announce("Of the shop.", now=at(10), page="shop", starts_at=at(12))

    def shown(now: datetime) -> list[str]:
        return [each.message for each in gather(now=now).announcements]

    assert shown(at(12) - HOUR / 60) == []
    assert shown(at(12)) == ["For an hour."]
    assert shown(at(13)) == []
    face = next(each for each in gather(now=at(12)).faces if each.slug == "shop")
    assert [each.message for each in face.announcements] == ["Of the shop."]


@pytest.mark.django_db
@pytest.mark.usefixtures("pages")
def test_its_beginning_and_its_end_are_journalled_once_each_which_publishes_the_page() -> None:
    announce("For an hour.", now=at(10), starts_at=at(12), ends_at=at(13))
    before = JournalEntry.objects.count()

    moved = [move_announcements(now=at(12) + n * HOUR / 2) for n in (-1, 0, 0, 1, 2, 2, 3)]

    assert moved == [0, 1, 0, 0, 1, 0, 0]
    kinds = JournalEntry.objects.order_by("pk").values_list("kind", flat=True)[before:]
    assert list(kinds) == ["announcement.started", "announcement.ended"]


@pytest.mark.django_db
@pytest.mark.usefixtures("pages")
def test_one_whose_whole_time_passed_unseen_is_never_told_of() -> None:
    announce("Missed.", now=at(10), starts_at=at(12), ends_at=at(13))

    assert move_announcements(now=at(14)) == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("pages")
def test_what_was_postponed_disappears_until_then() -> None:
    row = announce("Now.", now=at(10))
    row.starts_at = at(12)
    save_announcement(row, now=at(11))

    assert not row.shown
    assert gather(now=at(11)).announcements == ()
    assert move_announcements(now=at(12)) == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("pages")
def test_an_end_before_the_beginning_is_refused_by_its_field() -> None:
    with pytest.raises(ValidationError) as refused:
        announce("Never.", now=at(10), ends_at=at(9))

    assert "ends_at" in refused.value.message_dict
    assert not Announcement.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("pages")
def test_old_ones_are_deleted_and_those_without_an_end_stay() -> None:
    announce("Old.", now=at(1), ends_at=at(2))
    kept = announce("For ever.", now=at(1))

    assert sum(prune(before=at(3))) == 1
    assert list(Announcement.objects.all()) == [kept]
    delete_announcement(kept, actor="ann")
    assert JournalEntry.objects.last().kind == "announcement.deleted"  # type: ignore[union-attr]


@pytest.mark.django_db
@pytest.mark.usefixtures("pages")
def test_the_admin_lists_states_shows_how_it_reads_and_ends_it(admin_client: Client) -> None:
    url = "/admin/statuspage/announcement/"
    form = {
        "page": "main", "kind": "info", "message": "All is **new**.",
        "starts_at_0": "2026-01-01", "starts_at_1": "10:00", "ends_at_0": "", "ends_at_1": "",
        "messages_de": "Alles ist neu.", "messages_fr": "",
    }  # fmt: skip

    answer = admin_client.post(f"{url}add/", form)

    assert answer.status_code == 302
    row = Announcement.objects.get()
    assert row.shown
    assert row.messages == {"de": "Alles ist neu."}
    assert "On the page" in admin_client.get(url).content.decode()
    change = admin_client.get(f"{url}{row.pk}/change/").content.decode()
    assert "<strong>new</strong>" in change
    assert admin_client.get(f"{url}add/").status_code == 200
    admin_client.post(url, {"action": "end_now", "_selected_action": [row.pk]})
    row = Announcement.objects.get()
    assert row.ends_at is not None
    assert not row.shown
    assert "Over" in admin_client.get(url).content.decode()
