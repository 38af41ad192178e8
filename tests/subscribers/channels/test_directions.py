"""Names from right to left among words from left to right: isolated where no `dir` can be said."""

from dataclasses import replace

import pytest

from components.markup.characters import isolated
from subscribers.channels.formats.wording import details, plain, title
from subscribers.channels.kinds.slack import SlackChannel
from subscribers.channels.mail_templates import render
from subscribers.message import ActiveIncident, Change, status_headline
from tests.subscribers.news import INCIDENT

HEBREW, ARABIC = "שגיאות ב-API!", "تعطل البحث (2)"
OPEN, CLOSE = "\u2068", "\u2069"


@pytest.mark.parametrize("headline", [HEBREW, ARABIC])
def test_f_m7_headlines_are_isolated_in_subjects_texts_and_chats(headline: str) -> None:
    other = ActiveIncident(headline, "minor", "identified", "https://x.example/", "INC-9")
    facts = replace(INCIDENT, headline=headline, components=(headline,), incidents=(other,))
    mail = render(facts)

    assert mail.subject == f"Identified: {OPEN}{headline}{CLOSE}"
    assert f"Update: {OPEN}{headline}{CLOSE} (INC-7)" in mail.plain
    assert f"Affects: {OPEN}{headline}{CLOSE}" in mail.plain
    assert title(facts) == f"Incident update: {OPEN}{headline}{CLOSE}"
    assert f"{OPEN}{headline}{CLOSE}" in dict(details(facts))["Affected"]
    assert plain(facts).count(OPEN) == plain(facts).count(CLOSE) == 3
    slack = SlackChannel().body(facts, unsubscribe_url="")
    assert f"{OPEN}{headline}{CLOSE}" in slack["attachments"][0]["blocks"][0]["text"]["text"]
    assert OPEN not in mail.html


def test_f_m7_others_stay_as_they_are_and_nobody_ends_an_isolate() -> None:
    assert isolated("Search is slow") == "Search is slow"
    assert isolated(f"ש{CLOSE}x\u202e") == f"{OPEN}שx{CLOSE}"
    assert render(INCIDENT).subject == "Identified: Search is slow"


def test_f_m7_a_long_headline_keeps_its_end() -> None:
    subject = render(replace(INCIDENT, headline="ש" * 400)).subject
    assert len(subject) <= 200
    assert subject.endswith(f"…{CLOSE}")


def test_f_m7_names_in_a_sentence_of_ours_are_isolated() -> None:
    told = status_headline([Change("בדיקה", "major_outage"), Change("Shop", "degraded")])
    assert told.startswith(f"{OPEN}בדיקה{CLOSE}: Major")
    facts = replace(INCIDENT, event="component.status_changed", headline=told)
    assert render(facts).subject == told
