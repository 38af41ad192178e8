"""Where text may be cut: between grapheme clusters, as UAX #29 has them."""

import regex
from hypothesis import given
from hypothesis import strategies as st

from components.markup.characters import boundary, cut

CLUSTERS = (
    "é", "e\u0301", "👩‍👩‍👧‍👦", "🇩🇪", "🇩🇪🇫🇷", "👍🏽", "🏴\U000e0067\U000e0062\U000e007f",
    "각", "\u1100\u1161\u11a8", "क्षि", "นี้", "ำ", "שָׁ", "مُ", "a\u200db", "\r\n", "e\u0301\u0323",
)  # fmt: skip


@given(text=st.lists(st.sampled_from(CLUSTERS) | st.text(max_size=3)).map("".join), at=st.data())
def test_text_is_cut_between_clusters(text: str, at: st.DataObject) -> None:
    """F-M6: against the library that has all of Unicode's data."""
    wanted = at.draw(st.integers(0, len(text)))
    ends = {0, *(match.end() for match in regex.finditer(r"\X", text))}

    where = boundary(text, wanted)

    assert where in ends
    assert where <= wanted


def test_a_family_stays_together() -> None:
    assert cut("ab👩‍👩‍👧‍👦", 8) == "ab…"
    assert cut("ab👩‍👩‍👧‍👦", 9) == "ab👩‍👩‍👧‍👦"


def test_flags_are_cut_between_two() -> None:
    assert cut("🇩🇪🇫🇷🇮🇹", 5) == "🇩🇪🇫🇷…"


@given(text=st.text(max_size=50), longest=st.integers(1, 60))
def test_a_cut_text_is_never_longer(text: str, longest: int) -> None:
    assert len(cut(text, longest)) <= longest
