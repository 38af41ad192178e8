"""`manage.py demo`: which settings a demonstration runs with."""

from pathlib import Path

from statuspage.management.commands import demo


def test_a_demonstration_has_a_store_of_its_own() -> None:
    missing = demo.missing_settings({})

    assert Path(missing["STATUSPAGE_DATA_DIR"]).name == "var-demo"
    assert missing["STATUSPAGE_SITE_NAME"]


def test_what_was_given_is_kept() -> None:
    given = {"STATUSPAGE_DATA_DIR": "/some/where", "STATUSPAGE_SITE_NAME_FILE": "/a/file"}

    assert demo.missing_settings(given) == {}
