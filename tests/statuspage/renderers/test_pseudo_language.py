"""No English is left in what visitors read, once every text is in a language of its own (M17)."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from components.values.announcement_kind import AnnouncementKind
from statuspage.pages.announcement import AnnouncementView
from statuspage.publishing.documents import document
from statuspage.renderers.html.component_page import component_page
from statuspage.renderers.html.csp import _SCRIPT_TEXTS
from statuspage.renderers.html.detail_pages import incident_page, report_page, window_page
from statuspage.renderers.html.history_page import Month, history_page
from statuspage.renderers.html.missing_page import NOTHING_HERE, WITHDRAWN, missing_page
from statuspage.renderers.html.render import render_page
from statuspage.state.page_state import PageState
from tests import pseudo
from tests.pseudo import PSEUDO, bare_english, bare_english_in_page
from tests.statuspage import page_scenes
from tests.statuspage.public_pages import partial_outage, year_of

_MACHINES = frozenset(
    {
        "status", "state", "severity", "impact", "kind", "slug", "reference", "region", "code",
        "site_url", "identity", "languages", "id", "href", "url", "appearance", "face", "policy",
        "region_codes", "readers", "figures", "faces",
    }
)  # fmt: skip
"""Fields that hold words of ours, or no words at all."""


def _scene(state: PageState) -> PageState:
    own: PageState = pseudo.written_by_people(state, _MACHINES)
    told = AnnouncementView(1, AnnouncementKind.WARNING, "Ж", own.built_at, None, own.built_at,
                            own.built_at)  # fmt: skip
    return replace(own, announcements=(told,))


SCENES = {
    "partial-outage": partial_outage,
    "all-good": page_scenes.all_good,
    "every-status": page_scenes.every_status,
    "empty": page_scenes.empty,
}


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("stale", [False, True])
def test_the_page_has_no_bare_english(name: str, stale: bool) -> None:
    html = render_page(_scene(SCENES[name]()), stale=stale, words=PSEUDO)

    assert bare_english_in_page(html, "English") == []


def test_other_pages_have_no_bare_english() -> None:
    state = _scene(partial_outage())
    incident = state.incidents[0]
    told = replace(state.past_incidents[0], report=(("Impact", "Ж"), ("Root cause", "Ж")))
    month = Month(
        first=date(2026, 11, 1), component=None, windows=(*state.windows,),
        incidents=(*state.incidents, *state.past_incidents), earlier=date(2026, 10, 1), later=None,
    )  # fmt: skip
    pages = {
        "incident": incident_page(state, incident, PSEUDO),
        "post-mortem": incident_page(state, told, PSEUDO),
        "report": report_page(state, told, PSEUDO),
        "history": history_page(state, month, PSEUDO),
        "component": component_page(state, state.components[1], _year(state), PSEUDO),
        "missing": missing_page(state, NOTHING_HERE, PSEUDO),
        "withdrawn": missing_page(state, WITHDRAWN, PSEUDO),
        **{f"window-{each.id}": window_page(state, each, PSEUDO) for each in state.windows},
    }

    left = {
        name: found
        for name, html in pages.items()
        if (found := bare_english_in_page(html, "English"))
    }
    assert left == {}


@pytest.mark.parametrize("scene", SCENES)
def test_feeds_badges_calendars_and_texts_have_no_bare_english(scene: str) -> None:
    state = _scene(SCENES[scene]())

    left = {}
    for path in ("feed.atom", "feed.rss", "badge.svg", "status.txt", "banner", "calendar.ics"):
        made = document(f"/status/{path}", state, PSEUDO)
        assert made is not None
        if found := _found(path, made.body):
            left[path] = found
    assert left == {}


def _found(path: str, body: bytes) -> list[str]:
    text = body.decode()
    if path == "banner":
        return bare_english_in_page(body)
    if path.endswith(".ics"):
        unfolded = re.sub(r"\r\n[ \t]", "", text)
        line = r"^(?:SUMMARY|DESCRIPTION|X-WR-CALNAME)[^:]*:(.*)$"
        said = re.findall(line, unfolded, re.MULTILINE)
        return bare_english("\n".join(each.replace("\\n", "\n") for each in said))
    if path.endswith((".atom", ".rss")):
        read = r"<(title|subtitle|description|summary|content)[^>]*>(.*?)</\1>"
        said = [match[1] for match in re.findall(read, text, re.DOTALL)]
        return bare_english(re.sub(r"&lt;.*?&gt;", "\n", "\n".join(said)), "English")
    if path.endswith(".svg"):
        return bare_english("\n".join(re.findall(r">([^<]+)<", text)))
    return bare_english(text)


def test_scripts_write_only_texts_that_are_translated() -> None:
    """What looks like a sentence in a script is in the table that `words.js` reads."""
    from statuspage.renderers.html.csp import READER_SCRIPT, SCRIPT  # noqa: PLC0415

    said: set[str] = set()
    for script in (SCRIPT, READER_SCRIPT):
        said |= set(re.findall(r"'([A-Z][^'\\]*[a-z][^'\\]*)'", script))
    known = set(_SCRIPT_TEXTS)
    halves = {half for text in known for half in re.split(r"\{\w+\}", text)}

    assert {each for each in said if each not in known | halves} - _NO_TEXTS == set()


_NO_TEXTS = {"Escape", "Home", "End", "ArrowLeft", "ArrowRight", "Accept", "UTC"}


def _year(state: PageState) -> Any:
    """Names of spans are the caller's, who has them translated."""
    return pseudo.written_by_people(year_of(state), _MACHINES)
