"""All selections at once, from the records to what leaves: copies, streams, mails.

Every set of three components is a page of its own. What happens to the catalogue is told to all of
them, and each may say what it selects and no more.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from components import services
from components.models import Component
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from maintenance.models import Window
from maintenance.services import schedule
from statuspage.access import tokens
from statuspage.access.pages import save_page
from statuspage.automation import notices
from statuspage.edge.live.hub import Hub, Viewer
from statuspage.edge.live.journal_follower import JournalFollower
from statuspage.edge.pages import PublicPages
from statuspage.models import Page
from statuspage.publishing import archive, disk_copy, projector, snapshot, static_site
from statuspage.publishing.documents import Document
from statuspage.publishing.report_documents import paths_of_reports
from statuspage.state.page_state import PageState
from statuspage.state.selection import shown_on
from tests import build
from tests.mailserver import Mail, Script
from tests.statuspage.api.test_pages import READ
from tests.statuspage.edge.live.test_journal_follower import Loop
from tests.statuspage.pages.fleet import for_assistants

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
SETS = [tuple(n for n in range(3) if mask >> n & 1) for mask in range(8)]
"""What the pages `p0` to `p7` select."""
HAPPENINGS: dict[str, tuple[int, ...]] = {
    "zqfirst": (0,), "zqpair": (0, 1), "zqlast": (2,), "zqold": (1,), "zqall": (), "zqinside": (3,),
}  # fmt: skip
"""Titles of incidents, and which components each is of; 3 is hidden."""
WINDOWS: dict[str, tuple[int, ...]] = {"zqmove": (1, 2), "zqdone": (0,), "zqeverywhere": ()}
READING = ("status:read", "pages:read", "subscribers:read")
PUBLIC = {title for title, touched in {**HAPPENINGS, **WINDOWS}.items() if touched != (3,)}


def names(n: int) -> tuple[str, str, str]:
    """The name, slug and group of a component."""
    return f"zqname{n}qz", f"zqslug{n}qz", f"zqgroup{n}qz"


def foreign(chosen: tuple[int, ...]) -> set[str]:
    """What a page that selects these may not say."""
    words = {word for n in range(4) if n not in chosen for word in names(n)}
    happened = {**HAPPENINGS, **WINDOWS}.items()
    return words | {
        title for title, touched in happened if touched and not set(touched) & set(chosen)
    }


@dataclass
class World:
    components: list[Component]
    viewers: dict[str, Viewer]
    follow: Callable[[], None]

    def happen(self) -> None:
        """Have happen whatever can: incidents, windows, changes of status; it is told."""
        now = datetime.now(UTC)
        with transaction.atomic():
            self._write(now)
        projector.catch_up()
        snapshot.publish(now=now + timedelta(minutes=1))
        self.follow()
        notices.run(now=datetime.now(UTC))

    def _write(self, now: datetime) -> None:
        for title, touched in HAPPENINGS.items():
            began = now - timedelta(days=40 if title == "zqold" else 0, minutes=5)
            impacts = {self.components[n]: Status.DEGRADED for n in touched}
            opened = open_incident(
                title=title, message=f"{title} begins.", severity=Severity.MAJOR,
                impacts=impacts, started_at=began,
            )  # fmt: skip
            if title in ("zqpair", "zqold"):
                post_update(opened, status=IncidentState.RESOLVED, message=f"{title} ends.")
        for title, touched in WINDOWS.items():
            begins = now + timedelta(days=-2 if title == "zqdone" else 1)
            window = Window(title=title, starts_at=begins, ends_at=begins + timedelta(hours=2))
            schedule(window, components=[self.components[n] for n in touched])
        services.set_override(self.components[1], status=Status.MAJOR_OUTAGE)

    def heard(self, slug: str) -> str:
        assert not self.viewers[slug].dropped
        return "".join(frame for each in self.viewers[slug].events for frame in each.frames)


@pytest.fixture
def world(mails: Script, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(static_site, "TURN_SECONDS", 60.0)
    with transaction.atomic():
        components = catalogue()
    projector.catch_up()
    snapshot.publish()
    pages, hub = PublicPages(), Hub()
    follower = JournalFollower(pages=pages, hub=hub, loop=Loop())  # type: ignore[arg-type]
    follower._check()
    states = {"main": hub.state, **pages.states()}
    viewers = {
        slug: asyncio.run(join(hub if slug == "main" else hub.room(state)))
        for slug, state in states.items()
        if isinstance(state, PageState)
    }
    return World(components, viewers, follower._check)


def catalogue() -> list[Component]:
    """Four components, the last of them hidden, and the pages with a subscriber each."""
    components = []
    for n in range(4):
        name, slug, group = names(n)
        made = build.component(name, slug=slug, group=build.group(group), visible=n != 3)
        components.append(made)
    services.save_component(components[2], depends_on=[components[1]])
    for number, chosen in enumerate(SETS):
        page = Page(slug=f"p{number}", name=f"Page {number}")
        save_page(page, components=[components[n] for n in chosen])
        build.subscriber(f"p{number}@example.org", page=f"p{number}")
    save_page(Page(slug="inner", private=True, everything=True))
    build.subscriber("main@example.org")
    return components


async def join(hub: Hub) -> Viewer:
    found = hub.join(None)
    assert found is not None
    return found[0]


def text_of(mail: Mail) -> str:
    parts = "".join(
        str(part.get_content()) for part in mail.message.walk() if not part.is_multipart()
    )
    return f"{mail.message['Subject']}\n{parts}\n{mail.content.decode()}"


def records_of(page: int) -> dict[str, str]:
    """What a page says of its records and to programs: reports, history, the API's dialects."""
    slug, loaded = f"p{page}", snapshot.load()
    assert loaded is not None
    face = next(each for each in loaded.state.faces if each.slug == slug)
    state = shown_on(loaded.state, face)
    said = {}
    paths = [*paths_of_reports(state), "/status/history", f"/status/history/{state.today:%Y-%m}"]
    for path in paths:
        request = archive.parse_path(path)
        made = request.make(state) if request else None
        said[path] = made.body.decode("utf-8", "replace") if isinstance(made, Document) else ""
    assert said["/status/reports"]
    key = tokens.create(name=slug, scopes=READING, page=slug)
    client, headers = Client(), {"authorization": f"Bearer {key}"}
    for path in READ:
        answer = client.get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 200, (path, answer.content)
        said[f"/api/v1/{path}"] = answer.content.decode()
    said["assistants"] = json.dumps(for_assistants(state))
    return said


def files_of(page: int) -> dict[Path, str]:
    home = disk_copy.site_folder() / "status" / "p" / f"p{page}"
    return {
        each.relative_to(home): each.read_text("utf-8", "replace")
        for each in home.rglob("*")
        if each.is_file()
    }


def test_what_leaves_for_a_page_names_what_it_selects_and_nothing_else(
    world: World, mails: Script, send: Callable[..., int]
) -> None:
    world.happen()
    send()
    static_site.BackgroundWriter().step(datetime.now(UTC) + timedelta(minutes=2))

    read: dict[str, str] = {}
    for mail in mails.mails:
        slug = mail.recipients[0].partition("@")[0]
        read[slug] = read.get(slug, "") + text_of(mail)
    leaks = []
    for number, chosen in enumerate(SETS):
        said = {
            "stream": world.heard(f"p{number}"), "mails": read.get(f"p{number}", ""),
            **{str(path): text for path, text in files_of(number).items()}, **records_of(number),
        }  # fmt: skip
        leaks += [
            (number, where, word)
            for where, text in said.items()
            for word in sorted(foreign(chosen))
            if word in text or word in where
        ]
        for n in chosen:
            assert names(n)[0] in said["mails"], (number, n)
            assert f"components/{names(n)[1]}/index.html" in said, (number, n)
    assert leaks == []
    heard = {slug: world.heard(slug) for slug in world.viewers}
    for told in (heard, read):
        of_main = {each for each in PUBLIC if each in told["main"]}
        of_pages = {each for each in PUBLIC for n in range(8) if each in told[f"p{n}"]}
        assert of_pages == of_main
        assert len(of_main) > 5
    assert not (disk_copy.site_folder() / "status" / "p" / "inner").exists()
