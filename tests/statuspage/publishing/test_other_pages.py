"""Publishing of several pages: from one state, and only of those whose facts moved."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from components import services
from components.models import Component
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from statuspage.access.pages import delete_page, end_passes, save_page, set_password
from statuspage.models import Page, StoredSnapshot
from statuspage.publishing import disk_copy, page_facts, snapshot, static_site
from statuspage.state.builder import gather
from statuspage.state.page_state import IncidentView
from statuspage.state.selection import facts_of, shown_on
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def page(slug: str, *components: Component, **fields: object) -> Page:
    return save_page(Page(slug=slug, name=slug.title(), **fields), components=components)


def queries_of_a_publication() -> int:
    with CaptureQueriesContext(connection) as asked:
        snapshot.publish()
    return len(asked)


def test_a_change_renders_the_pages_that_show_it_and_no_other() -> None:
    shop, api = build.component("Shop"), build.component("API")
    for slug, component in (("one", shop), ("two", api)):
        page(slug, component)
    snapshot.publish()
    before = {each.page: each.built_at for each in StoredSnapshot.objects.all()}

    services.set_override(shop, status=Status.MAJOR_OUTAGE)

    moved = {
        each.page for each in StoredSnapshot.objects.all() if each.built_at != before[each.page]
    }
    assert moved == {"main", "one"}
    loaded = snapshot.load()
    assert loaded is not None
    statuses = {each.state.face.slug: each.state.status for each in loaded.pages}
    assert statuses["one"] is Status.MAJOR_OUTAGE
    assert statuses["two"] is not Status.MAJOR_OUTAGE


def test_the_figures_of_all_pages_are_renewed_in_time() -> None:
    page("one", build.component())
    published = snapshot.publish()

    assert snapshot.publish(now=published.built_at + timedelta(seconds=5)).pages == ()
    assert len(snapshot.publish(now=published.built_at + timedelta(seconds=20)).pages) == 1


def test_more_pages_cost_no_further_query() -> None:
    components = [build.component() for _ in range(4)]
    page("p0", components[0])
    few = queries_of_a_publication()
    for n in range(1, 9):
        page(f"p{n}", components[n % 4])

    assert queries_of_a_publication() == few


def test_pages_of_many_components_are_read_and_compared_without_making_each_of_them_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fifty pages of a hundred components made five thousand rows, and wrote each as JSON."""
    components = [build.component() for _ in range(6)]
    for n in range(4):
        page(f"p{n}", *components)
    snapshot.publish()
    made, written = Counter[str](), Counter[str]()
    of_rows, of_json = Component.from_db.__func__, page_facts.type_of  # type: ignore[attr-defined]

    def from_db(cls: type[Component], *values: object) -> Component:
        made[cls.__name__] += 1
        return cast("Component", of_rows(cls, *values))

    def type_of(kind: type[page_facts.Shared]) -> object:
        written[kind.__name__] += 1
        return of_json(kind)

    monkeypatch.setattr(Component, "from_db", classmethod(from_db))
    monkeypatch.setattr(page_facts, "type_of", type_of)

    published = snapshot.publish()

    assert published.pages == ()
    assert made["Component"] == 0
    assert written["ComponentView"] == len(components)


def test_pages_differ_in_whatever_they_show() -> None:
    """A digest is of all that is shown: also of which list it is in, and of names that are left."""
    first, second = build.component("Shop"), build.component("API")
    page("both", first, second)
    page("one", first)
    state = facts_of(gather(now=datetime.now(UTC)))
    facts = [shown_on(state, face) for face in state.faces]
    incident = IncidentView(1, "Down", "major", "open", (), state.built_at, None, ())
    facts += [
        replace(facts[0], incidents=(incident,)),
        replace(facts[0], past_incidents=(incident,)),
        replace(facts[0], site_name="Another"),
        replace(facts[0], incidents=(replace(incident, title="Up"),)),
    ]
    digests = page_facts.FactDigests()

    assert len({digests.digest(each) for each in facts}) == len(facts)
    assert digests.digest(facts[0]) == page_facts.FactDigests().digest(facts[0])


def test_groups_and_tags_select_what_is_in_them_by_now() -> None:
    group = build.group()
    in_group, tagged = build.component(group=group), build.component(tags="eu, payments")
    save_page(Page(slug="g"), groups=[group])
    page("t", tags=["payments"])

    published = snapshot.publish(now=datetime.now(UTC) + timedelta(minutes=1))

    shown = {
        each.state.face.slug: [c.id for c in each.state.components] for each in published.pages
    }
    assert shown == {"g": [in_group.pk], "t": [tagged.pk]}


def test_a_private_page_has_no_copy_for_plain_file_servers_and_survives_without_the_database() -> (
    None
):
    secret = Page(slug="inner", private=True)
    set_password(secret, "correct horse")
    save_page(secret, components=[build.component("Zqvault")])
    public = page("shop", build.component("Shop"))
    snapshot.publish(now=datetime.now(UTC) + timedelta(minutes=1))
    site = disk_copy.site_folder()

    files = [each for each in site.rglob("*") if each.is_file() and b"Zqvault" in each.read_bytes()]
    below = {each.name for each in (site / "status" / "p").iterdir()}
    kept = disk_copy.read()

    assert below == {public.slug, "shop.txt"}
    # `main` shows everything.
    assert [each for each in files if "p" in each.relative_to(site).parts] == []
    assert kept is not None
    assert {each.state.face.slug for each in kept.pages} == {"inner", "shop"}
    inner = next(each for each in kept.pages if each.state.face.slug == "inner")
    assert inner.state.face.door is not None
    assert inner.state.face.door.key_version == 2


@pytest.mark.parametrize("change", ["made private", "deleted"])
def test_a_round_of_the_copy_that_has_begun_writes_nothing_of_a_page_that_is_closed(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round lasts ten minutes, and went on with the page as it was at its beginning."""
    shop, vault = page("shop", build.component("Zqshelf")), build.component("Zqvault")
    page("vault", vault)
    now = datetime.now(UTC)
    snapshot.publish(now=now + timedelta(minutes=1))
    writer, folder = static_site.BackgroundWriter(), disk_copy.site_folder() / "status" / "p"
    monkeypatch.setattr(static_site, "TURN_SECONDS", 0.0)
    writer.step(now)
    assert (folder / "shop").exists()
    assert any(b"Zqvault" in each.read_bytes() for each in folder.rglob("vault/index.html"))

    save_page(Page.objects.get(slug="vault"), components=[])
    if change == "deleted":
        delete_page(shop)
    else:
        shop.private = True
        save_page(shop)
    snapshot.publish(now=now + timedelta(minutes=2))
    monkeypatch.setattr(static_site, "TURN_SECONDS", 60.0)
    writer.step(now + timedelta(seconds=1))

    assert (folder / "vault" / "history").exists()
    assert not (folder / "shop").exists()
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert [each for each in files if b"Zqvault" in each.read_bytes()] == []


def test_a_page_that_selects_less_leaves_no_older_file_that_names_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shelf, vault = build.component("Zqshelf"), build.component("Zqvault")
    page("shop", shelf, vault)
    open_incident(
        title="Zqfire", message="We look.", severity=Severity.MINOR,
        impacts={vault: Status.DEGRADED}, started_at=datetime.now(UTC) - timedelta(days=40),
    )  # fmt: skip
    snapshot.publish(now=datetime.now(UTC) + timedelta(minutes=1))
    monkeypatch.setattr(static_site, "TURN_SECONDS", 60.0)
    static_site.BackgroundWriter().step(datetime.now(UTC))
    folder = disk_copy.site_folder() / "status" / "p" / "shop"

    def naming(*words: bytes) -> int:
        texts = [each.read_bytes() for each in folder.rglob("*") if each.is_file()]
        return sum(any(word in text for word in words) for text in texts)

    told = naming(b"Zqvault", b"Zqfire")
    save_page(Page.objects.get(slug="shop"), components=[shelf])
    snapshot.publish(now=datetime.now(UTC) + timedelta(minutes=2))

    assert told > 3
    assert naming(b"Zqvault", b"Zqfire") == 0
    assert naming(b"Zqshelf") > 0


def test_ending_all_passes_publishes_the_page_at_once() -> None:
    secret = Page(slug="inner", private=True)
    save_page(secret)

    end_passes(secret)

    loaded = snapshot.load()
    assert loaded is not None
    (inner,) = loaded.pages
    assert inner.state.face.door is not None
    assert inner.state.face.door.key_version == 2


def test_a_deleted_page_leaves_nothing() -> None:
    gone = page("gone", build.component())
    snapshot.publish()

    delete_page(gone)
    snapshot.publish()

    assert list(StoredSnapshot.objects.values_list("page", flat=True)) == ["main"]
    assert not (disk_copy.site_folder() / "status" / "p" / "gone").exists()
