"""Two machines by docs/run/two-machines.md, word for word, while the page is used."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.two_machines.documentation import run
from tests.journeys.two_machines.people import Author, Viewer, Visitors, session, wait
from tests.journeys.two_machines.site import Site, site
from tests.servers import Target

pytestmark = [pytest.mark.long, pytest.mark.journey]
MONITORS, INTERVAL = 300, 30
KINDS = "SELECT kind FROM components_journalentry"
# The product's own monitor of the certificate finds that there is no proxy yet, which is true.
CHANGES = """SELECT data FROM components_journalentry
WHERE kind = 'monitor.state_changed' AND data->>'name' LIKE 'Answers%'"""
TOLD = "SELECT id FROM components_journalentry WHERE kind LIKE 'incident.%' ORDER BY id"
PEOPLE = ("ann@example.org", "bob@example.org")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


def load(book: Site, target: Target) -> str:
    """Have monitors, subscribers and a key for the API; return the key."""
    machine = book.machines["web-1"]
    monitors = [
        {
            "name": f"Answers {number}",
            "config": {"url": target.url(f"/{number}")},
            "interval": INTERVAL,
            "timeout": 5,
        }
        for number in range(MONITORS)
    ]
    components = [{"name": "Shop", "slug": "shop", "monitors": monitors}]
    (machine.folder / "shop.yaml").write_text(
        json.dumps({"groups": [{"name": "Shop", "components": components}]})
    )
    people = "".join(f"{each},2026-01-01T00:00:00Z\n" for each in PEOPLE)
    (machine.folder / "people.csv").write_text(f"address,confirmed_at\n{people}")
    machine.run("statuspage preset shop.yaml; statuspage subscribers import people.csv")
    return machine.run("statuspage token journey --scope status:write").split()[-1]


def at_work(book: Site) -> set[str]:
    rows = book.query("SELECT role FROM statuspage_progress WHERE role LIKE 'notify@%'")
    return {role.partition("@")[2] for (role,) in rows}


def play_section(book: Site, author: Author, section: str) -> None:
    """Play a section's blocks, each while an incident is open and both machines are at work."""
    for number, block in enumerate(book.page.blocks(section)):
        incident = author.open(f"{section} {number}")
        author.wait_for_mails()
        wait(book.are_both_served, what="the proxy sees both machines")
        run(block, book.machines)
        author.update(incident, "identified")
        if "poweroff" in block.text:
            book.machines["web-2"].services.switch_on()
        author.update(incident, "resolved")
        author.wait_for_mails()


def play_while_open(book: Site, author: Author, section: str) -> None:
    """Play a section as a whole while an incident is open."""
    incident = author.open(section)
    author.wait_for_mails()
    book.play(section)
    author.update(incident, "resolved")
    author.wait_for_mails()


@contextmanager
def followed(book: Site) -> Iterator[None]:
    """Have the page visited and its stream followed, whatever is done meanwhile."""
    visitors = Visitors(book)
    begun = book.query(TOLD)
    with visitors.visiting():
        viewers = [Viewer(book, number) for number in range(4)]
        wait(lambda: all(viewer.ids for viewer in viewers), what="all viewers hear")
        yield
        told = [number for (number,) in book.query(TOLD) if (number,) not in begun]
        wait(lambda: {each.ids[-1] for each in viewers} == {told[-1]}, what="the last event")
        for viewer in viewers:
            viewer.leave()
    assert visitors.asked > 50
    assert visitors.refused == [], "\n".join(visitors.refused)
    assert visitors.fallen == [], "an older page was seen after a newer one"
    assert visitors.unwell == set()
    for viewer in viewers:
        hears_each_event_once(viewer, told)


def hears_each_event_once(viewer: Viewer, told: list[int]) -> None:
    """Whoever comes too late for some is sent the whole state instead."""
    assert viewer.ids == sorted(set(viewer.ids)), "an event was heard twice"
    heard = zip(viewer.ids, viewer.names, strict=True)
    whole = max(number for number, name in heard if name == "status.snapshot")
    assert [each for each in told if each > whole and each not in viewer.ids] == []


def test_two_machines_by_the_book(book: Site) -> None:
    """No request, mail or event is lost or doubled, and nothing is called down, whatever ends."""
    with Target() as target:
        key = load(book, target)
        for section in ("The database", "Move to it", "The second machine", "The proxy"):
            book.play(section)
        wait(lambda: at_work(book) == {"web-1", "web-2"}, what="both machines at work")
        wait(lambda: session(book, 0).get(f"{book.url}/status").ok, what="the page by the proxy")
        wait(lambda: len(book.query(CHANGES)) == MONITORS, what="a good answer of each monitor")
        author = Author(book, key, subscribers=len(PEOPLE))
        with followed(book):
            play_section(book, author, "Try it before you rely on it")
            play_section(book, author, "Upgrade one machine after the other")
        # All is gone for a moment, the page too.
        play_while_open(book, author, "Back up, lose everything, restore")
        wait(book.are_both_served, what="the proxy sees both machines again")
        with followed(book):
            play_section(book, author, "A standby for the database")
            play_while_open(book, author, "Promote it")
        book.play("Take a machine out")
        assert at_work(book) == {"web-1"}, "who goes in order is no alarm"
        found = Counter(kind for (kind,) in book.query(KINDS))
        changes = [data for (data,) in book.query(CHANGES)]

    assert [change for change in changes if change["verdict"] != "up"] == []
    assert len(changes) == MONITORS, f"each came up once: {len(changes)}"
    assert found["incident.created"] == len(author.titles)
    mails = Counter((mail.recipients[0], mail.id) for mail in book.mails.mails)
    assert set(mails.values()) == {1}, "a mail came twice"
    assert len(mails) == author.steps * len(PEOPLE), "a mail was lost, or came of nothing"
