"""Catalogues are complete, up to date with the sources, and fit the texts that they translate."""

import re
from collections import defaultdict

import pytest
from babel import Locale

from components.languages.names import ENGLISH_TAG, NAMES
from components.languages.registry import words_of
from components.languages.translated import CATALOGUES, read_catalogue
from components.languages.vocabulary import STATUSES
from components.status import Status
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from tests.messages import texts

TAGS = [tag for tag in NAMES if tag != ENGLISH_TAG]
_NAME = re.compile(r"\{(\w+)\}")


def test_each_language_has_a_catalogue_and_each_catalogue_a_name() -> None:
    assert {path.stem for path in CATALOGUES.glob("*.po")} == set(TAGS)


@pytest.mark.parametrize("tag", TAGS)
def test_a_catalogue_translates_just_the_texts_of_the_sources(tag: str) -> None:
    """Else run `python -m tests.messages` and translate what is empty."""
    catalogue = {
        message.id if isinstance(message.id, str) else message.id[0]: message
        for message in read_catalogue(tag)
        if message.id
    }

    assert set(catalogue) == {one for one, _ in texts()}
    for message in catalogue.values():
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(forms), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("tag", TAGS)
def test_a_translation_has_the_values_of_its_text_and_no_markup(tag: str) -> None:
    for message in read_catalogue(tag):
        if not message.id:
            continue
        one, many = message.id if isinstance(message.id, tuple) else (message.id, message.id)
        strings = message.string if isinstance(message.string, tuple) else (str(message.string),)
        for string in map(str, strings):
            assert set(_NAME.findall(string)) in (
                set(_NAME.findall(str(one))),
                set(_NAME.findall(str(many))),
            )
            assert not re.search(r"[<>&\"\x00]", string), string


@pytest.mark.parametrize("tag", TAGS)
def test_plural_forms_are_those_of_the_cldr(tag: str) -> None:
    catalogue, rule = read_catalogue(tag), Locale.parse(tag, sep="-").plural_form
    words = words_of(tag)
    categories: defaultdict[str, set[str]] = defaultdict(set)

    for number in range(1000):
        categories[rule(number)].add(words.plural(number, "{n} day without data", ""))

    assert all(len(forms) == 1 for forms in categories.values())
    assert catalogue.num_plurals == len(rule.tags) + 1


def test_stored_words_are_in_the_vocabulary() -> None:
    known = {one for one, _ in texts()}

    assert {each.label for each in Status} == set(STATUSES)
    for state in (*IncidentState, *WindowState, *Status):
        if state != WindowState.DRAFT and state not in set(Status):
            assert state.replace("_", " ").capitalize() in known
