"""Forms whose names nest."""

import pytest

from statuspage.api.statuspage_v1.forms import MAX_FIELDS, read_form


def test_p08_names_nest_as_the_dialect_documents_it() -> None:
    form = read_form(
        b"incident[name]=test+incident&incident[components][]=8kbf7d35c070"
        b"&incident%5Bcomponents%5D%5B%5D=vtnh60py4yd7&incident[body]=&api=%C3%A4"
    )

    assert form == {
        "incident": {
            "name": "test incident", "components": ["8kbf7d35c070", "vtnh60py4yd7"], "body": "",
        },
        "api": "ä",
    }  # fmt: skip


def test_of_a_field_that_comes_twice_the_last_one_counts() -> None:
    assert read_form(b"incident[name]=a&incident[name]=b") == {"incident": {"name": "b"}}
    assert read_form(b"") == {}


@pytest.mark.parametrize(
    "body",
    [
        b"a[=1", b"a]b=1", b"=1", b"[a]=1", b"a[][b]=1", b"a[b][c][d][e]=1", b"a=1&a[b]=2",
        b"a[b]=1&a=2", b"a[]=1&a[b]=2", b"a[b]=1&a[]=2", b"a[]=1&a=2", b"a=%00", b"%00=1",
        b"a=%ff", b"\xff=1", b"&".join([b"a=1"] * (MAX_FIELDS + 1)),
    ],
    ids=range(16),
)  # fmt: skip
def test_what_is_no_such_form_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"[A-Z“].*\.$"):
        read_form(body)
