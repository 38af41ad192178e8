"""A mail is in the language that its recipient reads; machine formats stay English."""

import re
from dataclasses import replace

import pytest

from components.languages.registry import words_of
from components.languages.vocabulary import LOWER_SEVERITIES
from subscribers.channels.formats.wording import details
from subscribers.channels.mail_templates import render
from subscribers.message import Change, Facts, PastUpdate, status_headline

_INCIDENT = Facts(
    event="incident.updated",
    headline="Ж",
    at="2026-11-20T14:02:00Z",
    url="https://example.org/status/incidents/INC-2026-1",
    state="identified",
    severity="major",
    message="Ж Ж",
    overall="partial_outage",
    components=("Ж",),
    changes=(Change("Ж", "partial_outage", "operational"),),
    updates=(PastUpdate(1, "investigating", "Ж", "2026-11-20T13:00:00Z"),),
)


def test_a_german_mail_is_german() -> None:
    mail = render(_INCIDENT, links=("manage", "unsubscribe"), words=words_of("de"))

    assert mail.subject == "Ursache gefunden: Ж"
    assert '<html lang="de"' in mail.html
    assert "20. November 2026, 14:02 UTC" in mail.plain
    assert "Betriebsbereit -> Teilausfall" in mail.plain
    assert "Frühere Meldungen" in mail.plain
    assert "Abbestellen" in mail.html


@pytest.mark.parametrize("event", ["component.status_changed", "overall.status_changed"])
def test_a_headline_of_ours_is_written_anew(event: str) -> None:
    facts = Facts(event=event, headline="Ж: Major Outage", at="2026-11-20T14:02:00Z", url="",
                  changes=(Change("Ж", "major_outage"),))  # fmt: skip

    assert re.search("Großer Ausfall", render(facts, words=words_of("de")).subject)
    assert "Major Outage" in render(facts).subject


def test_a_reader_who_chose_none_has_the_language_of_the_page() -> None:
    facts = replace(_INCIDENT, language="de")

    assert Facts.from_json(facts.as_json()).language == "de"


@pytest.mark.parametrize(("tag", "comma"), [("de", ", "), ("ja", "、"), ("ar", "، ")])
def test_lists_have_the_comma_of_their_language(tag: str, comma: str) -> None:
    words = words_of(tag)
    two = (Change("A", "degraded", "operational"), Change("B", "degraded", "operational"))
    facts = replace(_INCIDENT, components=("A", "B"), changes=two)

    mail = render(facts, words=words)

    assert f"A{comma}B" in mail.plain
    assert f"<bdi>A</bdi>{comma}<bdi>B</bdi>" in mail.html
    assert f"{words('Identified')}{comma}{words(LOWER_SEVERITIES['major'])}{comma}" in mail.plain
    assert f"A{comma}B" in dict(details(facts, words)).values()
    assert comma in status_headline(two, words)
    if comma != ", ":
        assert ", " not in status_headline(two, words)
