"""What a page shows is what it selects, and nothing of anything else."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.status import Status
from statuspage.pages.face import Door, Face, path_of, place_below, site_of
from statuspage.publishing import documents, rendered
from statuspage.state.page_state import PageState
from statuspage.state.selection import facts_of, shown_on
from tests.statuspage.page_states import component, group, page
from tests.statuspage.pages.fleet import IDS, all_bytes, fleet, foreign_words, word

chosen = st.lists(st.sampled_from(IDS), unique=True).map(lambda ids: tuple(sorted(ids)))


@given(chosen)
@settings(max_examples=12, deadline=None)
def test_no_byte_of_a_page_names_what_it_does_not_select(ids: tuple[int, ...]) -> None:
    shown = shown_on(fleet(), Face("shop", "Shop", component_ids=ids))

    said = all_bytes(shown)

    assert [each for each in sorted(foreign_words(ids)) if each.encode() in said] == []
    assert [pk for pk in ids if word("component", pk).encode() not in said] == []


@given(st.lists(chosen, min_size=1, max_size=6))
def test_all_selections_together_show_what_main_shows(selections: list[tuple[int, ...]]) -> None:
    whole = fleet()
    rest = tuple(pk for pk in IDS if not any(pk in ids for ids in selections))

    pages = [shown_on(whole, Face("x", component_ids=ids)) for ids in (*selections, rest)]

    assert {c.id for each in pages for c in each.components} == {c.id for c in whole.components}
    # What touches hidden components alone stands on `main` without a name, and nowhere else.
    assert {i.id for each in pages for i in (*each.incidents, *each.past_incidents)} == {
        i.id for i in (*whole.incidents, *whole.past_incidents) if i.id != 4
    }
    assert {w.id for each in pages for w in each.windows} == {w.id for w in whole.windows}
    assert {b.window_id for each in pages for b in each.blocks} == {
        b.window_id for b in whole.blocks
    }


def test_a_page_of_everything_shows_what_main_shows() -> None:
    whole = fleet()

    shown = shown_on(whole, Face("all", "All", component_ids=None))

    assert (shown.groups, shown.incidents, shown.windows) == (
        whole.groups, whole.incidents, whole.windows,
    )  # fmt: skip


def test_the_overall_status_follows_from_what_is_selected() -> None:
    well = component("Shop", pk=1)
    down = component("API", pk=2, status=Status.MAJOR_OUTAGE)
    whole = page([group(components=[well, down])], status=Status.PARTIAL_OUTAGE)

    assert shown_on(whole, Face("a", component_ids=(1,))).status is Status.OPERATIONAL
    assert shown_on(whole, Face("b", component_ids=(2,))).status is Status.MAJOR_OUTAGE
    assert shown_on(whole, Face("c", component_ids=())).status is Status.OPERATIONAL


def test_a_parent_lists_a_page_below_it_as_one_row_with_its_worst() -> None:
    well, down = component("Shop", pk=1), component("API", pk=2, status=Status.MAJOR_OUTAGE)
    parent = Face("top", "Top", component_ids=(1,))
    child = Face("below", "Below", parent="top", component_ids=(2,))
    whole = replace(page([group(components=[well, down])]), faces=(parent, child))

    shown = shown_on(whole, parent)

    assert [(each.name, each.status) for each in shown.children] == [
        ("Below", Status.MAJOR_OUTAGE)
    ]  # fmt: skip
    assert shown.status is Status.PARTIAL_OUTAGE
    said = all_bytes(shown)
    assert b"https://status.example.org/status/p/below" in said
    assert b"API" not in said


def dialects(state: PageState) -> dict[str, str]:
    """The page as people and programs read it."""
    bodies, text = rendered.build(state).bodies, documents.document("/status.txt", state)
    assert text is not None
    return {
        "html": bodies[rendered.PAGE_HTML].identity.decode(),
        "json": bodies[rendered.PAGE_JSON].identity.decode(),
        "text": text.body.decode(),
    }


def test_no_public_page_tells_of_a_private_one_below_it() -> None:
    down = component("Zqapi", pk=1, status=Status.MAJOR_OUTAGE)
    child = Face("zqbelow", "Zqbelow", parent="top", component_ids=(1,), door=Door())
    for door, told in ((None, []), (Door(), ["Zqbelow"])):
        parent = Face("top", "Top", component_ids=(), door=door)
        shown = shown_on(replace(page([group(components=[down])]), faces=(parent, child)), parent)

        assert [each.name for each in shown.children] == told
        assert (b"zqbelow" in all_bytes(shown).lower()) is bool(told)


def test_a_page_below_a_page_below_is_in_the_worst_of_both() -> None:
    down = component("API", pk=1, status=Status.MAJOR_OUTAGE)
    top, middle, last = (
        Face(slug, slug.title(), parent=parent, component_ids=ids)
        for slug, parent, ids in (("top", "", ()), ("middle", "top", ()), ("last", "middle", (1,)))
    )
    whole = replace(page([group(components=[down])]), faces=(top, middle, last))

    shown = shown_on(whole, top)

    assert [(each.slug, each.status) for each in shown.children] == [
        ("middle", Status.MAJOR_OUTAGE)
    ]  # fmt: skip
    for name, text in dialects(shown).items():
        assert "Middle" in text, name
        assert "/status/p/middle" in text, name
        assert "Last" not in text, name


def test_what_is_listed_only_while_wrong_is_listed_then() -> None:
    def said(status: Status) -> dict[str, str]:
        tucked = replace(component("Zqqueue", pk=2, status=status), only_when_wrong=True)
        shown = page([group("Zqgroup", [tucked]), group("Web", [component("Shop", pk=1)], pk=2)])
        return dialects(shown)

    calm, wrong = said(Status.OPERATIONAL), said(Status.DEGRADED)

    assert [name for name, text in calm.items() if "Zq" in text] == ["json"]
    assert [name for name, text in wrong.items() if "Zqqueue" not in text] == []


def test_only_figures_move_with_a_measurement() -> None:
    face = Face("shop", component_ids=(1,))
    before, after = (
        page([group(components=[component("Shop", pk=1, latency_ms=ms, uptime=up)])])
        for ms, up in ((10.0, 100.0), (20.0, 99.9))
    )
    down = page([group(components=[component("Shop", pk=1, status=Status.DEGRADED)])])

    assert shown_on(facts_of(before), face) == shown_on(facts_of(after), face)
    assert shown_on(facts_of(before), face) != shown_on(facts_of(down), face)


def test_the_links_of_a_page_lead_to_the_page() -> None:
    said = all_bytes(shown_on(fleet(), Face("shop", "Shop", component_ids=(1,))))

    assert b'href="/status/p/shop/history' in said
    assert b'href="/status/p/shop.txt"' in said
    assert b"https://status.example.org/status/p/shop/incidents/INC-2026-001" in said
    assert re.findall(rb'(?:href|action|src)="/status(?!/p/shop)[^"]*', said) == []


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/status/p/shop", ("shop", "/status")),
        ("/status/p/shop.txt", ("shop", "/status.txt")),
        ("/status/p/shop/feed.atom", ("shop", "/status/feed.atom")),
        ("/status/p/shop/api/v2/summary.json", ("shop", "/api/v2/summary.json")),
    ],
)
def test_an_address_of_a_page_is_one_of_main_and_back(path: str, place: tuple[str, str]) -> None:
    found = place_below(path)

    assert found is not None
    assert (found.slug, found.path) == place
    assert path_of("/status/p/shop", found.path) == path
    assert path_of("/status", found.path) == found.path


@pytest.mark.parametrize("path", ["/status/p/", "/status/p/Shop", "/status/p/-a", "/status/px"])
def test_other_addresses_are_no_page(path: str) -> None:
    assert place_below(path) is None


def test_a_page_with_a_host_lies_at_status_there() -> None:
    face = Face("shop", hosts=("status.shop.example", "s.shop.example"), door=Door())

    assert face.root == "/status"
    assert site_of("https://status.example.org:8443", face) == "https://status.shop.example:8443"
