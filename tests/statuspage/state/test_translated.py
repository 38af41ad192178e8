"""What people wrote is in the language of who reads it, or says that it is the original."""

from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from components.languages.registry import words_of
from components.status import Status
from components.values.announcement_kind import AnnouncementKind
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident
from statuspage.pages.announcement import AnnouncementView
from statuspage.publishing.documents import document
from statuspage.renderers.html.incident_cards import IN_THE_ORIGINAL
from statuspage.renderers.html.render import render_page
from statuspage.state.builder import gather
from statuspage.state.page_state import IncidentView, PageState
from statuspage.state.translated import original_language, read_in
from tests import build
from tests.statuspage.page_html import read
from tests.statuspage.page_states import at
from tests.statuspage.public_pages import partial_outage

GERMAN = words_of("de", explicit=True)


def _translated(state: PageState, *, updates: bool = True) -> PageState:
    first, *rest = state.incidents
    told = tuple(
        replace(each, messages=(("de", f"Meldung {each.id}"),)) if updates else each
        for each in first.updates
    )
    own = replace(first, titles=(("de", "Suche langsam"),), updates=told)
    return replace(state, languages=("en", "de"), incidents=(own, *rest))


def _incident(state: PageState) -> IncidentView:
    return read_in(state, "de").incidents[0]


def test_the_page_in_its_own_language_is_what_it_was() -> None:
    state = _translated(partial_outage())

    assert read_in(state, "en") is state
    assert render_page(state) == render_page(replace(partial_outage(), languages=("en", "de")))


def test_a_reader_gets_the_translation_and_is_told_nothing() -> None:
    state = _translated(partial_outage())
    card = read(render_page(state, words=GERMAN)).one("article", id=f"i-{state.incidents[0].id}")

    assert original_language(_incident(state)) == ""
    assert card.one("h2").text == "Suche langsam"
    assert "lang" not in card.one("h2").attributes
    assert "Originalsprache" not in card.text


def test_a_reader_of_the_original_is_told_so_and_it_says_its_language() -> None:
    state = _translated(partial_outage(), updates=False)
    card = read(render_page(state, words=GERMAN)).one("article", id=f"i-{state.incidents[0].id}")

    assert card.one("h2").text == "Suche langsam"
    assert "In der Originalsprache: English" in card.text
    assert {each.attributes["lang"] for each in card.all("div", class_="message")} == {"en"}


@pytest.mark.parametrize("name", ["feed.atom", "feed.rss"])
def test_a_feed_says_so_too(name: str) -> None:
    state = _translated(partial_outage(), updates=False)

    made = document(f"/status/{name}", state, GERMAN)

    assert made is not None
    assert "Suche langsam" in made.body.decode()
    assert "In der Originalsprache: English" in made.body.decode()


@pytest.mark.django_db
def test_translations_are_read_from_the_records() -> None:
    component = build.component()
    incident = open_incident(
        title="Search is slow", severity=Severity.MINOR, message="We are looking.",
        impacts={component: Status.DEGRADED}, messages={"de": "Wir suchen."},
    )  # fmt: skip
    Incident.objects.filter(pk=incident.pk).update(titles={"de": "Suche langsam", "fr": ""})

    (shown,) = gather(now=datetime.now(UTC)).incidents

    assert shown.titles == (("de", "Suche langsam"),)
    assert shown.updates[0].messages == (("de", "Wir suchen."),)


NEWS = AnnouncementView(
    7, AnnouncementKind.INFO, "We move.", at(12), None, at(12), at(12), (("de", "Wir ziehen um."),)
)


@pytest.mark.parametrize(
    ("tag", "shown", "original"),
    [("de", "Wir ziehen um.", False), ("fr", "We move.", True), ("en", "We move.", False)],
)
def test_an_announcement_is_read_in_its_translation_or_says_that_it_is_the_original(
    tag: str, shown: str, original: bool
) -> None:
    state = replace(
        partial_outage(), languages=("en", "de", "fr"), announcements=(NEWS,),
        incidents=(), past_incidents=(), windows=(),
    )  # fmt: skip
    words = words_of(tag, explicit=True)

    banner = read(render_page(state, words=words)).one("aside", class_="told")
    feed = document("/status/feed.atom", state, words)

    note = words(IN_THE_ORIGINAL, language="English")
    assert shown in banner.text
    assert (" ".join(note.split()) in " ".join(banner.text.split())) is original
    assert banner.one("div").attributes.get("lang") == ("en" if original else None)
    assert feed is not None
    feed_text = " ".join(unescape(unescape(feed.body.decode())).split())
    assert (shown in feed_text, " ".join(note.split()) in feed_text) == (True, original)


def test_a_post_mortem_says_in_which_language_it_is() -> None:
    resolved = replace(
        partial_outage().past_incidents[0], reference="INC-2026-031", report=(("Impact", "None."),),
        titles=(("de", "Anmeldung langsam"),),
    )  # fmt: skip
    state = replace(partial_outage(), languages=("en", "de"), past_incidents=(resolved,))

    for path in ("/status/incidents/INC-2026-031", "/status/incidents/INC-2026-031/postmortem"):
        german, own = document(path, state, GERMAN), document(path, state)
        assert german is not None
        assert own is not None
        told = read(german.body)
        assert "In der Originalsprache: English" in told.text
        report = told.one("section", id="post-mortem").one("div", class_="message")
        assert report.attributes["lang"] == "en"
        assert b"In the original language" not in own.body
