"""Secrets within a monitor's settings: how they are stored, shown and kept."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from components.secrets import SEALED, is_sealed, seal
from monitors.config.parsing import UnreadableError, parse_config
from monitors.config.secrets import keep_secrets, mask_config, merge_secrets, unseal_config
from monitors.models import Check, Monitor
from monitors.services import save_monitor
from tests import build
from tests.monitors.shifts import make_all
from tests.servers import Target

URL = "http://127.0.0.1:9/"


def monitor(**config: Any) -> Monitor:
    made = build.monitor()
    made.config = {"url": URL, **config}
    return save_monitor(made, regions=())


@pytest.fixture
def lost_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, whose key file the test may take away."""
    monkeypatch.setattr(settings.STATUSPAGE, "data_dir", tmp_path)
    return tmp_path / "secrets.keys"


@pytest.mark.django_db
def test_secrets_are_stored_sealed_and_open_for_the_check() -> None:
    made = monitor(username="u", password="hunter2", headers={"X-Api-Key": "k", "Accept": "*/*"})

    stored = Monitor.objects.get(pk=made.pk).config
    assert is_sealed(stored["password"])
    assert is_sealed(stored["headers"]["X-Api-Key"])
    assert stored["headers"]["Accept"] == "*/*"
    config: Any = parse_config("endpoint", stored)
    lines: list[bytes] = config.header_lines(config.first_hop)
    assert b"X-Api-Key: k" in lines
    assert b"Authorization: Basic dTpodW50ZXIy" in lines


@pytest.mark.django_db
def test_saving_settings_as_they_are_is_no_change_of_target() -> None:
    made = monitor(bearer_token="hunter2")
    before = (made.config, made.target_revision)

    again = Monitor.objects.get(pk=made.pk)
    save_monitor(again, regions=())

    assert (again.config, again.target_revision) == before


def test_what_is_shown_says_only_that_there_is_a_secret() -> None:
    stored = {"url": URL, "password": {SEALED: "t"}, "headers": {"A": {SEALED: "t"}, "B": "b"}}

    assert mask_config(stored) == {
        "url": URL, "password": {"set": True}, "headers": {"A": {"set": True}, "B": "b"},
    }  # fmt: skip


def test_set_keeps_what_is_stored_and_only_that() -> None:
    stored = {"a": {SEALED: "t"}, "h": {"x": {SEALED: "u"}}}

    assert merge_secrets({"a": {"set": True}, "h": {"x": {"set": True}}}, stored) == stored
    assert merge_secrets({"a": "new"}, stored) == {"a": "new"}
    assert merge_secrets({"b": {"set": True}}, stored) == {"b": {"set": True}}


def test_a_sealed_secret_is_not_taken_from_outside() -> None:
    assert merge_secrets({"a": {SEALED: "somebody else's"}}, {"a": {SEALED: "t"}}) == {
        "a": {"set": True}
    }


def test_opening_gives_values_that_do_not_show_themselves() -> None:
    ready = unseal_config({"password": {SEALED: seal("hunter2")}})

    assert "hunter2" not in repr(ready)
    assert ready["password"].get_secret_value() == "hunter2"


@pytest.mark.django_db
def test_a_lost_key_is_told_at_the_setting_and_the_rest_stays_changeable(lost_key: Path) -> None:
    made = monitor(password="hunter2", username="u")
    lost_key.unlink()

    with pytest.raises(UnreadableError) as refused:
        parse_config(made.kind, made.config)
    made.enabled = False
    save_monitor(made, regions=())

    assert "enter the secret again" in refused.value.by_field["password"][0]
    assert "hunter2" not in str(refused.value)
    assert Check.objects.get().due is None
    assert is_sealed(Monitor.objects.get().config["password"])


@pytest.mark.django_db(transaction=True)
def test_a_check_without_its_secret_is_inconclusive_until_the_key_is_back(lost_key: Path) -> None:
    with Target() as target:
        monitor(url=target.url("/ok"), bearer_token="hunter2")
        key = lost_key.read_text()
        lost_key.unlink()
        make_all()
        without = Check.objects.get()
        lost_key.write_text(key)
        make_all()
        back = Check.objects.get()

        assert without.message == "its secret cannot be read: enter it again"
        assert without.verdict == "unknown"
        assert back.verdict == "up", back.message
        assert target.requests[-1].headers["authorization"] == "Bearer hunter2"


@pytest.mark.parametrize("name", ["Host", "host", " HOST "])
def test_s15_another_host_header_asks_for_the_secret_again(name: str) -> None:
    """A server that many share hands the request, and the secret in it, to whom the Host names."""
    url = "https://edge.example.com/health"
    stored = {"url": url, "bearer_token": {"$sealed": "token"}}
    written = {"url": url, "bearer_token": {"set": True}}

    kept = keep_secrets("endpoint", written, stored_kind="endpoint", stored=stored)
    assert kept["bearer_token"] == stored["bearer_token"]
    changed = {**written, "headers": {name: "evil.example"}}
    asked = keep_secrets("endpoint", changed, stored_kind="endpoint", stored=stored)
    assert asked["bearer_token"] == {"set": True}
    named = {**stored, "headers": {"Host": "Shop.example"}}
    same = {**written, "headers": {"host": "shop.example"}}
    kept = keep_secrets("endpoint", same, stored_kind="endpoint", stored=named)
    assert kept["bearer_token"] == stored["bearer_token"]
