"""F-O1: which key differs, and how the right one comes here."""

from dataclasses import replace
from pathlib import Path

from statuspage.runtime.keys.rules import (
    Fingerprints,
    Places,
    differences,
    fingerprint,
    not_knowing,
    not_sealing_with,
)

FILES = Places(Path("/var/lib/x"), "statuspage", signing_is_set=False, sealing_is_set=False)
HERE = Fingerprints("sign", ("new", "old"))


def test_a_machine_that_knows_more_than_is_needed_fits() -> None:
    assert differences(HERE, signing="sign", needed=["old"], places=FILES) == []
    assert differences(HERE, signing="sign", needed=["new", "old"], places=FILES) == []


def test_a_key_that_is_lacking_is_named_with_the_file_its_mode_and_owner() -> None:
    [text] = differences(
        HERE, signing="sign", needed=["theirs"], places=FILES, others=["web-1", "web-2"]
    )

    assert "theirs is needed, known here: new, old" in text
    assert "web-1, web-2" in text
    assert "/var/lib/x/secrets.keys (mode 0600, owner statuspage)" in text


def test_who_has_keys_by_settings_is_told_of_settings() -> None:
    places = replace(FILES, signing_is_set=True, sealing_is_set=True)

    signing, sealing = differences(HERE, signing="other", needed=["x"], places=places)

    assert signing.startswith("STATUSPAGE_SECRET_KEY differs: sign here, other in the database")
    assert "Set STATUSPAGE_SECRET_KEY as on" in signing
    assert "Set STATUSPAGE_SECRET_KEYS as on" in sealing
    assert "Copy" not in signing + sealing


def test_a_fingerprint_hangs_on_the_salt_and_does_not_contain_the_key() -> None:
    one, other = fingerprint("key", "00" * 16), fingerprint("key", "01" * 16)

    assert one != other
    assert one == fingerprint("key", "00" * 16)
    assert "key" not in one


def test_machines_that_are_behind_in_a_rotation_are_named() -> None:
    machines = {"a": ["old"], "b": ["old", "new"], "c": ["new", "old"], "d": []}

    assert not_knowing("new", machines) == ["a", "d"]
    assert not_sealing_with("new", machines) == ["a", "b", "d"]
