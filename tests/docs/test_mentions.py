"""Commands, targets and settings that the prose names are those there are."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from monitors.probers import registry
from statuspage.access.tokens import SCOPES
from statuspage.config.options import OPTIONS
from tests import DOCS, ROOT
from tests.docs.pages import name_of, pages, text_of

_COMMAND = re.compile(r"`manage\.py ([a-z][a-z-]*)")
_TARGET = re.compile(r"`make ([a-z]+)")
_SETTING = re.compile(r"\bSTATUSPAGE_[A-Z0-9_]*[A-Z0-9]\b(?!_…)")
_OF_TESTS = {"STATUSPAGE_REQUIRE"}
PAGES = [page for page in pages() if "adr" not in page.parts]
"""Decisions are a record: what they name may have another name by now."""


def commands() -> set[str]:
    return set(get_commands())


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def is_a_setting(name: str) -> bool:
    known = {option.name for option in OPTIONS}
    plain = name.removesuffix("_FILE")
    # Each provider has settings of its own, with its name among them.
    return plain in known | _OF_TESTS or plain.startswith("STATUSPAGE_OIDC_")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = text_of(page)

    assert set(_COMMAND.findall(text)) - commands() == set()
    assert set(_TARGET.findall(text)) - targets() == set()
    assert [each for each in _SETTING.findall(text) if not is_a_setting(each)] == []


def test_the_page_on_tokens_has_every_scope() -> None:
    rows = re.findall(r"^\| (`.*?) \|", text_of(DOCS / "use" / "tokens.md"), re.MULTILINE)
    named = {scope for row in rows for scope in re.findall(r"`([a-z:]+)`", row)}

    assert named == set(SCOPES)


def test_the_page_on_adding_monitors_has_every_kind() -> None:
    text = text_of(DOCS / "use" / "monitors.md").partition("## Which kind")[2].partition("\n## ")[0]

    assert set(re.findall(r"`([a-z]+)`", text)) == set(registry.probers())
