"""Catalogues are complete, up to date with the sources, and fit the texts that they translate."""

import gettext
import re
from collections import Counter, defaultdict
from functools import lru_cache

import pytest
from babel import Locale
from babel.messages.catalog import Message

from components.languages import translated
from components.languages.names import ENGLISH_TAG, NAMES
from components.languages.translated import CATALOGUES
from components.languages.vocabulary import STATUSES
from components.status import Status
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from tests import messages

read_catalogue, texts = lru_cache(translated.read_catalogue), lru_cache(messages.texts)
TAGS = [tag for tag in NAMES if tag != ENGLISH_TAG]
_NAME = re.compile(r"\{(\w+)\}")
_INTEGERS = (*range(1000), 1_000_000)
"""A million is a form of its own in French, Spanish and Portuguese."""
_WRONG_MARKS = {
    "fr": r"(?<!\u00a0)(?::(?!//)|»)|(?<!\u202f)[;!?]|«(?!\u00a0)|'",
    "es": r"[“”]|'",
    "pt-BR": r"[«»]|'",
    "pl": r"[“«»]|'",
    "ja": r"[\u3040-\u30ff\u4e00-\u9fff][,.;:?!]|[,.;:?!]$|, |[“”]",
    "zh-Hans": r"[\u4e00-\u9fff][,.;:?!]|[,.;:?!]$|, |[「」]",
    "ar": r"[,;?](?!\w)|[“”]",
}
"""Punctuation that a language writes otherwise."""


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
    """The form of just one number may write it as a word: Arabic has one for two."""
    for message in read_catalogue(tag):
        if not message.id:
            continue
        one, many = message.id if isinstance(message.id, tuple) else (message.id, message.id)
        known = [sorted(_NAME.findall(str(each))) for each in (one, many)]
        for number, string in enumerate(_strings(message)):
            values = sorted(_NAME.findall(string))
            if number in _forms_of_one_number(tag) and "n" in known[1] and "n" not in values:
                values = sorted([*values, "n"])
            assert values in known, string
            assert not re.search(r"[<>&\"\x00]|\{(?!\w+\})", string), string


@pytest.mark.parametrize("tag", TAGS)
def test_a_translation_has_the_spaces_of_its_text_and_the_marks_of_its_language(tag: str) -> None:
    for message in read_catalogue(tag):
        if not message.id:
            continue
        one = message.id[0] if isinstance(message.id, tuple) else str(message.id)
        for string in _strings(message):
            assert string.strip() == string, string
            assert "  " not in string, string
            assert one.endswith(".") == string.endswith((".", "。")), string
            assert not re.search(_WRONG_MARKS.get(tag, "'"), string), string


@pytest.mark.parametrize("tag", TAGS)
def test_plural_forms_are_those_of_the_cldr(tag: str) -> None:
    catalogue, rule = read_catalogue(tag), Locale.parse(tag, sep="-").plural_form
    form = gettext.c2py(catalogue.plural_expr)
    forms: defaultdict[str, set[int]] = defaultdict(set)

    for number in _INTEGERS:
        forms[rule(number)].add(form(number))

    assert all(len(of_category) == 1 for of_category in forms.values())
    assert catalogue.num_plurals == len(forms)


def _strings(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (str(message.string),)


@lru_cache
def _forms_of_one_number(tag: str) -> set[int]:
    """Return the plural forms that stand for one number each: such as for one, and for two."""
    form = gettext.c2py(read_catalogue(tag).plural_expr)
    counted = Counter(map(form, range(1000)))
    return {each for each, numbers in counted.items() if numbers == 1}


def test_stored_words_are_in_the_vocabulary() -> None:
    known = {one for one, _ in texts()}

    assert {each.label for each in Status} == set(STATUSES)
    for state in (*IncidentState, *WindowState, *Status):
        if state != WindowState.DRAFT and state not in set(Status):
            assert state.replace("_", " ").capitalize() in known
