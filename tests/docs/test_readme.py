"""What the README says there is, is there; what was measured stands in bench/README.md."""

import re

import pytest

from components.languages.names import NAMES
from monitors.alert_formats.registry import FORMATS as ALERT_FORMATS
from monitors.probers import registry
from subscribers.channels.formats import FORMATS
from subscribers.channels.registry import channels
from tests import ROOT
from tests.docs.pages import text_of
from tests.statuspage.test_words import refused

README = ROOT / "README.md"
LISTED = {
    "kinds of monitors": set(registry.probers()),
    "subscribers are notified by": {
        name for name, each in channels().items() if not each.staff_only
    },
    "operators are called by": set(channels()),
    "webhooks are sent as": set(FORMATS),
    "alerts are received from": set(ALERT_FORMATS),
    "languages of pages and mails": set(NAMES),
}


@pytest.mark.parametrize("row", LISTED)
def test_a_row_of_the_features_names_what_there_is(row: str) -> None:
    found = re.search(rf"^\| {row} \| (.*) \|$", text_of(README), re.MULTILINE)
    assert found
    named = set(re.findall(r"`([^`]+)`", found[1]))

    assert named == LISTED[row], f"README.md, “{row}”: name exactly what the registry has"


def test_every_figure_that_was_measured_stands_among_the_benchmarks() -> None:
    [table] = re.findall(
        r"^\| \| measured \| beside \|\n(.*?)\n\n", text_of(README), re.MULTILINE | re.DOTALL
    )
    figures = set(re.findall(r"\b\d+(?:,\d{3})*(?:\.\d+)?\b", table))
    measured = text_of(ROOT / "bench" / "README.md")

    missing = {
        each for each in figures if not re.search(rf"(?<![\d.,]){each}(?![\d]|[.,]\d)", measured)
    }
    assert len(figures) > 10
    # Milliseconds there, seconds here.
    assert missing <= {"0.3", "0.25"}


def test_each_source_is_used_and_each_use_has_its_source() -> None:
    text = text_of(README)
    table, _, sources = text.partition("Sources, read in ")

    assert set(re.findall(r"\[(\d)\]", table)) == set(re.findall(r"\[(\d)\]", sources))
    assert re.match(r"[A-Z][a-z]+ 20\d\d:", sources)


NEW = sorted(
    page for part in ("start", "use", "integrate") for page in (ROOT / "docs" / part).glob("*.md")
)


@pytest.mark.parametrize("page", [README, *NEW], ids=lambda page: page.name)
def test_pages_for_people_speak_plainly(page: object) -> None:
    """docs/words.md: one vocabulary, in the admin and in what explains it."""
    assert isinstance(page, type(README))
    assert list(refused(page.name, text_of(page))) == []
