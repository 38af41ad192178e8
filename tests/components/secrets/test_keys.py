"""Sealing with keys: what opens, what does not, and what a changed set of keys means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.secrets.keys import (
    KeyFormatError,
    Keys,
    SecretError,
    new_key,
)

OLD, NEW = Keys((new_key(),)), Keys((new_key(),))
BOTH = Keys((*NEW.texts, *OLD.texts))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_again_and_cannot_be_seen(text: str) -> None:
    token = OLD.seal(text)

    assert OLD.unseal(token) == text
    assert len(text) < 4 or text not in token


def test_every_known_key_opens_and_the_newest_seals() -> None:
    assert BOTH.unseal(OLD.seal("x")) == "x"
    assert NEW.unseal(BOTH.seal("x")) == "x"


@pytest.mark.parametrize(
    "token",
    [NEW.seal("x"), "", "nonsense", OLD.seal("x")[:-4] + "AAAA"],
    ids=["unknown", "empty", "nonsense", "altered"],
)
def test_a_token_of_an_unknown_key_or_an_altered_one_is_refused_in_words(token: str) -> None:
    with pytest.raises(SecretError, match="none of the known keys opens it"):
        OLD.unseal(token)


def test_resealing_brings_a_secret_under_the_newest_key_once() -> None:
    token = BOTH.reseal(OLD.seal("x"))

    assert NEW.unseal(token) == "x"
    assert BOTH.is_current(token)
    assert BOTH.reseal(token) == token


def test_a_new_key_comes_first_and_the_old_ones_go_on_opening() -> None:
    renewed = OLD.with_new()

    assert renewed.unseal(OLD.seal("x")) == "x"
    assert not OLD.is_current(renewed.seal("x"))
    assert renewed.newest_only().texts == renewed.texts[:1]


@pytest.mark.parametrize(
    "texts", [[], ["", " "], ["hunter2"], [new_key(), "hunter2"]], ids=range(4)
)
def test_what_is_no_key_is_refused_without_being_repeated(texts: list[str]) -> None:
    with pytest.raises(KeyFormatError) as refused:
        Keys.of(texts)

    assert "hunter2" not in str(refused.value)


def test_keys_are_not_shown() -> None:
    assert OLD.texts[0] not in repr(OLD)
