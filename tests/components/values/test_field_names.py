"""What is said of a field that is not known."""

from components.values.field_names import unknown_field

KNOWN = ("name", "group_id", "description")


def test_what_was_probably_meant_is_named() -> None:
    assert unknown_field("group", KNOWN) == "There is no such field. Did you mean group_id?"
    assert unknown_field("Name", KNOWN) == "There is no such field. Did you mean name?"


def test_where_nothing_is_close_all_are_named() -> None:
    told = unknown_field("colour", KNOWN)

    assert told == "There is no such field; there are description, group_id, name."


def test_a_message_does_not_grow_with_what_was_sent() -> None:
    assert len(unknown_field("x" * 100_000, KNOWN)) < 100
    assert unknown_field("q", [f"field_{i}" for i in range(100)]) == "There is no such field."
