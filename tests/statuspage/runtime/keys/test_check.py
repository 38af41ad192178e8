"""F-O1: two machines on one database, by the keys in their data folders."""

import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from components import secrets
from components.secrets import rotation
from components.secrets.keys import Keys, new_key
from statuspage.management import admission
from statuspage.models import StoreKeys
from statuspage.runtime import health
from statuspage.runtime.keys import check
from tests import build

pytestmark = [pytest.mark.django_db(transaction=True)]
On = Callable[[str], Path]


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[On]:
    """Go to a machine, which has a data folder of its own."""

    def go(machine: str) -> Path:
        folder = tmp_path / machine
        folder.mkdir(exist_ok=True)
        monkeypatch.setattr(settings.STATUSPAGE, "data_dir", folder)
        monkeypatch.setattr(settings.STATUSPAGE, "machine", machine)
        return folder

    check.reset()
    yield go
    check.reset()


def start() -> None:
    admission.admit()


def keys_of(folder: Path) -> list[str]:
    return (folder / "secrets.keys").read_text().split()


def command(*words: str) -> str:
    out, err = StringIO(), StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def test_the_first_start_records_the_keys_and_another_machine_is_refused(on: On) -> None:
    first = on("a")
    start()
    second = on("b")

    with pytest.raises(CommandError) as refused:
        start()

    assert refused.value.returncode == 78
    text = str(refused.value)
    assert "keys of stored secrets differ" in text
    assert "(a)" in text, "where the right ones are"
    assert f"{second}/secrets.keys (mode 0600" in text
    assert "manage.py keys --accept" in text
    assert not (second / "secrets.keys").exists(), "it made none of its own"
    assert not health.keys().ok

    secrets.write_keys(Keys(tuple(keys_of(first))))
    start()
    assert health.keys().ok


def test_another_signing_key_is_refused_until_the_change_is_deliberate(on: On) -> None:
    on("a")
    start()

    with override_settings(SECRET_KEY="another"):
        with pytest.raises(CommandError, match="STATUSPAGE_SECRET_KEY differs"):
            start()
        command("keys", "--accept")
        start()

    with pytest.raises(CommandError, match="STATUSPAGE_SECRET_KEY differs"):
        start()


def test_nothing_of_a_key_stands_in_the_database(on: On) -> None:
    folder = on("a")
    start()

    row = StoreKeys.objects.values().get()

    stored = repr(row)
    assert settings.SECRET_KEY not in stored
    assert keys_of(folder)[0] not in stored


def test_a_restored_database_with_lost_keys_starts_when_they_are_accepted(on: On) -> None:
    folder = on("a")
    build.subscriber("ann@example.org")
    start()
    (folder / "secrets.keys").unlink()

    with pytest.raises(CommandError, match="there is none"):
        start()
    told = command("keys", "--accept")
    start()

    assert "1 stored secrets cannot be read" in told


def copy(source: Path, target: Path) -> None:
    """As somebody does who copies the file; the machine notices within half a minute."""
    (target / "secrets.keys").write_bytes((source / "secrets.keys").read_bytes())
    check.report(now=time.time(), force=True)


@pytest.fixture
def two(on: On) -> tuple[Path, Path]:
    """Two machines with the same file and one sealed address; we are on a."""
    first = on("a")
    build.subscriber("ann@example.org")
    start()
    second = on("b")
    copy(first, second)
    start()
    on("a")
    return first, second


def test_a_new_key_is_used_once_every_machine_knows_it(two: tuple[Path, Path], on: On) -> None:
    first, second = two
    (old,) = keys_of(first)

    told = command("rotate-keys", "--new-key")

    assert "not used yet" in told
    assert keys_of(first)[0] == old, "what is sealed here, b can read"
    with pytest.raises(CommandError, match="not known on b"):
        command("rotate-keys")
    on("b")
    copy(first, second)
    on("a")
    command("rotate-keys")
    assert keys_of(first)[1] == old
    on("b")
    start()  # it knows both


def test_the_former_key_is_forgotten_once_no_machine_uses_it(
    two: tuple[Path, Path], on: On
) -> None:
    first, second = two
    (old,) = keys_of(first)
    command("rotate-keys", "--new-key")
    on("b")
    copy(first, second)
    on("a")
    command("rotate-keys")
    with pytest.raises(CommandError, match="b still seals with a former key"):
        command("rotate-keys", "--drop-old")
    on("b")
    copy(first, second)
    on("a")

    command("rotate-keys", "--drop-old")

    (new,) = keys_of(first)
    assert keys_of(second) == [new, old]
    assert rotation.survey(Keys((new,))).current == 1
    for machine in ("a", "b"):
        on(machine)
        start()
    secrets.write_keys(Keys((old,)))
    with pytest.raises(CommandError, match="differ"):
        start()


def test_by_the_setting_each_machine_is_restarted_with_the_new_key(
    on: On, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = new_key(), new_key()

    def restart(machine: str, *keys: str) -> None:
        on(machine)
        monkeypatch.setattr(settings.STATUSPAGE, "secret_keys", keys)
        start()

    restart("a", old)
    build.subscriber("ann@example.org")
    restart("b", old)
    restart("a", new, old)
    with pytest.raises(CommandError, match="not known on b"):
        command("rotate-keys")
    restart("b", old)  # a machine that knows the former key goes on working
    restart("b", new, old)
    command("rotate-keys")
    restart("a", new)
    restart("b", new)

    with pytest.raises(CommandError, match="STATUSPAGE_SECRET_KEYS as on"):
        restart("b", old)


def test_a_machine_that_is_gone_does_not_keep_keys_from_being_changed(on: On) -> None:
    first = on("b")
    start()
    on("a")
    secrets.write_keys(Keys(tuple(keys_of(first))))
    start()

    told = command("rotate-keys", "--new-key", "--without", "b")

    assert "0 secrets sealed anew" in told
