"""Secrets at rest: where the keys lie, what is lost with them, and how they are changed."""

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from components import secrets
from components.secrets import SEALED, Sealed, SecretError, rotation, seal, unseal
from components.secrets.fields import SealedField, SealedJSONField
from components.secrets.keys import Keys, new_key
from monitors.models import Monitor
from statuspage.management.commands.doctor import secrets_readable
from tests import build


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setattr(settings.STATUSPAGE, "data_dir", tmp_path)
    return tmp_path


def test_the_key_file_is_made_with_the_first_secret_and_is_private(folder: Path) -> None:
    assert secrets.keys() is None

    token = seal("hunter2")

    assert unseal(token) == "hunter2"
    assert stat.S_IMODE((folder / "secrets.keys").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secrets.keys"]


def test_without_the_key_file_it_says_what_to_do_and_makes_no_new_one(folder: Path) -> None:
    token = seal("hunter2")
    (folder / "secrets.keys").unlink()

    with pytest.raises(SecretError, match=r"there is no key.*secrets\.keys.*enter the secret"):
        unseal(token)
    assert not (folder / "secrets.keys").exists()


def test_a_key_file_that_cannot_be_read_is_not_replaced(folder: Path) -> None:
    (folder / "secrets.keys").write_text("scribble\n")

    with pytest.raises(SecretError, match="cannot be read"):
        seal("hunter2")
    assert (folder / "secrets.keys").read_text() == "scribble\n"


def test_keys_changed_by_another_process_are_noticed(folder: Path) -> None:
    token = seal("x")
    known = secrets.keys()
    assert known is not None

    secrets.write_keys(known.with_new())

    assert unseal(token) == "x"
    assert not known.is_current(seal("x"))


def test_keys_of_the_settings_come_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "secret_keys", (new_key(),))

    assert unseal(seal("x")) == "x"
    assert not (folder / "secrets.keys").exists()


def test_a_sealed_value_shows_nothing() -> None:
    sealed = Sealed.of("hunter2")

    assert sealed.reveal() == "hunter2"
    assert (str(sealed), repr(sealed)) == ("set", "Sealed(set)")


def test_a_column_for_secrets_takes_no_plain_text() -> None:
    column = SealedField(name="password")
    sealed = Sealed.of("hunter2")

    with pytest.raises(TypeError, match="password takes what"):
        column.get_prep_value("hunter2")
    assert column.get_prep_value(sealed) == sealed.token
    assert column.from_db_value(sealed.token) == sealed
    assert column.from_db_value("") is None
    assert list(column.tokens_in(sealed)) == [sealed.token]
    assert column.with_tokens(sealed, str.upper) == Sealed(sealed.token.upper())


def test_secrets_are_found_wherever_they_stand_in_json() -> None:
    value = {"a": {SEALED: "1"}, "b": [{SEALED: "2"}, "x"], "c": {"d": {SEALED: "3"}}}

    assert list(SealedJSONField().tokens_in(value)) == ["1", "2", "3"]
    assert SealedJSONField().with_tokens(value, lambda token: token * 2) == {
        "a": {SEALED: "11"}, "b": [{SEALED: "22"}, "x"], "c": {"d": {SEALED: "33"}},
    }  # fmt: skip


def monitors(number: int) -> None:
    for index in range(number):
        monitor = build.monitor()
        config = {**monitor.config, "password": {SEALED: seal(f"secret {index}")}}
        Monitor.objects.filter(pk=monitor.pk).update(config=config)


def passwords() -> list[str]:
    return [
        unseal(config["password"][SEALED])
        for config in Monitor.objects.order_by("pk").values_list("config", flat=True)
    ]


def rotate(*words: str) -> str:
    out, err = StringIO(), StringIO()
    call_command("rotate-keys", *words, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_rotation_seals_everything_anew_and_can_forget_the_old_key(folder: Path) -> None:
    monitors(5)
    before = (folder / "secrets.keys").read_text()

    told = rotate("--new-key", "--drop-old", "--batch", "2")

    assert "monitors.Monitor.config: 2 rows" in told
    assert "monitors.Monitor.config: 5 rows" in told
    assert "5 secrets sealed anew" in told
    assert passwords() == [f"secret {index}" for index in range(5)]
    assert before.strip() not in (folder / "secrets.keys").read_text()


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_rotation_goes_on_where_it_was_broken_off(folder: Path) -> None:
    monitors(5)
    known = secrets.keys()
    assert known is not None
    keys = known.with_new()
    secrets.write_keys(keys)

    def broken_off(_column: str, seen: int) -> None:
        if seen >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(keys, progress=broken_off, batch=2)
    half = rotation.survey(keys)
    told = rotate()

    assert (half.current, half.resealed) == (2, 3)
    assert "3 secrets sealed anew, 2 had the newest key already" in told


@pytest.mark.django_db
def test_rotation_names_what_it_cannot_read_and_does_the_rest(folder: Path) -> None:
    monitors(1)
    (folder / "secrets.keys").unlink()
    monitors(1)

    with pytest.raises(SystemExit):
        rotate("--new-key")

    assert rotation.survey(secrets.keys()).unreadable == [f"monitor {Monitor.objects.first().pk}"]  # type: ignore[union-attr]


@pytest.mark.django_db
def test_rotation_without_any_key_says_so(folder: Path) -> None:
    with pytest.raises(CommandError, match="There are no keys"):
        rotate()


@pytest.mark.django_db
def test_a_new_key_for_the_settings_is_printed_and_nothing_is_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "secret_keys", (new_key(),))
    monitors(1)

    told = rotate("--new-key")

    assert Keys.of([told.splitlines()[0]])
    assert "first in STATUSPAGE_SECRET_KEYS" in told
    assert rotation.survey(secrets.keys()).resealed == 0


@pytest.mark.django_db
def test_doctor_says_that_secrets_cannot_be_read(folder: Path) -> None:

    monitors(1)
    well = secrets_readable()
    (folder / "secrets.keys").unlink()
    ill = secrets_readable()

    assert (well.ok, well.detail) == (True, "1 sealed")
    assert not ill.ok
    assert "1 cannot be read: monitor" in ill.detail
    assert "secrets.keys back from the backup" in ill.advice
