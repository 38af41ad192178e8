"""Slugs of names in any script."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.values.slugs import slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Public API", "public-api"),
        ("Überprüfung & Größe", "uberprufung-grosse"),
        ("База данных", "baza-dannykh"),
        ("Βάση δεδομένων", "vasi-dedomenon"),
        ("データベース", "detabesu"),
        ("서비스", "seobiseu"),
        ("ＡＰＩ　２", "api-2"),
        ("数据库", ""),
        ("קטלוג", ""),
        ("--", ""),
    ],
)
def test_a_name_is_written_in_latin_letters(name: str, slug: str) -> None:
    """F-M7: names without Latin letters became `component-2`."""
    assert slug_of(name, longest=50) == slug


@given(name=st.text(max_size=80))
def test_a_slug_is_a_slug(name: str) -> None:
    assert re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)?", slug_of(name, longest=50))
    assert len(slug_of(name, longest=50)) <= 50
