"""Instants as machines read them."""

from datetime import UTC, datetime, timedelta, timezone

from components.values.instants import iso

AT = datetime(2026, 11, 21, 16, 0, 7, 123_999, tzinfo=timezone(timedelta(hours=2)))


def test_an_instant_is_written_in_utc_with_a_z() -> None:
    assert iso(AT) == "2026-11-21T14:00:07Z"
    assert iso(AT, precision="milliseconds") == "2026-11-21T14:00:07.123Z"


def test_every_instant_of_a_format_has_one_length() -> None:
    whole = datetime(2026, 1, 1, tzinfo=UTC)

    assert iso(whole) == "2026-01-01T00:00:00Z"
    assert iso(whole, precision="milliseconds") == "2026-01-01T00:00:00.000Z"
