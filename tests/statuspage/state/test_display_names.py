"""Components are shown under names of which no two are the same (F-T19)."""

from hypothesis import given
from hypothesis import strategies as st

from statuspage.state.display_names import Named, duplicates, names_apart


def test_a_name_that_nothing_else_has_stays_as_it_is() -> None:
    shown = {1: Named("API", "api", "Platform"), 2: Named("Database", "database")}

    assert names_apart(shown) == {1: "API", 2: "Database"}


def test_names_that_are_there_twice_are_told_apart_by_their_groups_f_t19() -> None:
    shown = {
        1: Named("API", "api-eu", "Europe"),
        2: Named("API", "api-us", "America"),
        3: Named("API", "api"),
        4: Named("Docs", "docs", "Europe"),
    }

    assert names_apart(shown) == {
        1: "API (Europe)", 2: "API (America)", 3: "API", 4: "Docs",
    }  # fmt: skip


def test_in_one_group_they_are_told_apart_by_their_slugs_f_t19() -> None:
    shown = {1: Named("API", "one", "Europe"), 2: Named("API", "two", "Europe")}

    assert names_apart(shown) == {1: "API (one)", 2: "API (two)"}


_words = st.sampled_from(["a", "b", "a (a)", "a (b)", "a (a) (2)", ""])


@given(st.lists(st.tuples(_words, _words, _words), max_size=12))
def test_whatever_they_are_called_no_two_names_are_the_same_f_t19(
    parts: list[tuple[str, str, str]],
) -> None:
    shown = {key: Named(*each) for key, each in enumerate(parts)}

    names = names_apart(shown)

    assert names.keys() == shown.keys()
    assert not duplicates(list(names.values()))
