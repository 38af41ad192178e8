"""S10: canary secrets are taken in everywhere and come out nowhere."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from components.models import JournalEntry
from components.secrets import is_sealed
from monitors.config.secrets import destination_of, unseal_config
from monitors.models import Monitor
from statuspage.access import tokens
from statuspage.publishing import snapshot
from tests import build

CANARIES = ("canary-password-7b1f", "canary-header-90ac", "canary-token-55de")
PASSWORD, HEADER, TOKEN = CANARIES
API = "/api/v1/monitors"
FORM = {
    "name": "Shop answers", "interval": "30", "timeout": "5", "confirm_down": "1",
    "confirm_up": "0", "enabled": "on", "config_url": "http://127.0.0.1:9/",
    "config_method": "GET", "config_expected_status": "200-399", "config_follow_redirects": "5",
    "config_max_bytes": "1000", "config_verify_tls": "on", "config_username": "u",
    "config_ip_version": "any", "config_http_version": "any",
}  # fmt: skip

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that is logged during a test, which must hold no secret."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    clean(caplog.text, "the logs")


def clean(text: str | bytes, where: str) -> None:
    held = text.encode() if isinstance(text, str) else text
    found = [canary for canary in CANARIES if canary.encode() in held]
    assert not found, f"{found} in {where}"


@pytest.fixture
def headers() -> dict[str, str]:
    key = tokens.create(name="t", scopes=["monitors:read", "monitors:write"])
    return {"Authorization": f"Bearer {key}"}


def write(client: Client, headers: dict[str, str], config: dict[str, Any], pk: int = 0) -> Any:
    if pk:
        return client.patch(
            f"{API}/{pk}", {"config": config}, content_type="application/json", headers=headers
        )
    body = {"name": "m", "component": build.component().slug, "kind": "endpoint",
            "config": config, "interval": 30, "timeout": 5}  # fmt: skip
    return client.post(API, body, content_type="application/json", headers=headers)


def secret_config() -> dict[str, Any]:
    return {
        "url": "http://127.0.0.1:9/",
        "username": "u",
        "password": PASSWORD,
        "headers": {"X-Api-Key": HEADER, "Accept": "*/*"},
    }


def stored() -> dict[str, Any]:
    config: dict[str, Any] = Monitor.objects.get().config
    return config


def opened(config: dict[str, Any], *path: str) -> str:
    """The secret at a place in a monitor's stored settings."""
    value: Any = unseal_config(config, destination=destination_of("endpoint", config))
    for name in path:
        value = value[name]
    secret: str = value.get_secret_value()
    return secret


def test_s10_the_api_takes_secrets_in_and_tells_only_that_they_are_set(
    client: Client, headers: dict[str, str]
) -> None:
    made = write(client, headers, secret_config())
    one = client.get(f"{API}/{made.json()['id']}", headers=headers)
    listed = client.get(API, headers=headers)

    assert made.status_code == 201, made.content
    assert one.json()["config"]["password"] == {"set": True}
    assert one.json()["config"]["headers"] == {"X-Api-Key": {"set": True}, "Accept": "*/*"}
    assert opened(stored(), "password") == PASSWORD
    for answer in (made, one, listed):
        clean(answer.content, "an API answer")


def test_s10_the_api_keeps_replaces_and_clears(client: Client, headers: dict[str, str]) -> None:
    pk = write(client, headers, secret_config()).json()["id"]
    before = stored()
    shown = client.get(f"{API}/{pk}", headers=headers).json()["config"]

    same = write(client, headers, shown, pk)
    kept = stored()
    write(client, headers, {**shown, "password": TOKEN}, pk)
    replaced = stored()
    write(client, headers, {"url": shown["url"]}, pk)

    assert same.status_code == 200
    assert kept == before
    assert opened(replaced, "password") == TOKEN
    assert stored() == {"url": shown["url"]}


@pytest.mark.parametrize(
    "config",
    [
        {"password": {"set": True}, "username": "u"},
        {"password": {"$sealed": "x"}, "username": "u"},
        {"password": PASSWORD},
        {"password": PASSWORD, "username": "u", "bearer_token": TOKEN},
        {"bearer_token": TOKEN + "\n"},
        {"headers": {"X-Api-Key": HEADER + "\r\n"}},
        {"headers": {"X Api Key": HEADER}},
        {"method": HEADER, "password": PASSWORD},
    ],
)
def test_s10_an_error_repeats_no_secret(
    client: Client, headers: dict[str, str], config: dict[str, Any]
) -> None:
    answer = write(client, headers, {"url": "http://127.0.0.1:9/", **config})

    assert answer.status_code == 400
    clean(answer.content, "an error")


def change_url() -> str:
    return reverse("admin:monitors_monitor_change", args=[Monitor.objects.get().pk])


def changed(staff: Client, form: dict[str, Any]) -> Any:
    """The answer to a form that was opened just now."""
    seen = staff.get(change_url()).context["adminform"].form["seen_version"].value()
    return staff.post(change_url(), {**form, "seen_version": seen})


def made_in_the_admin(staff: Client, **fields: str) -> None:
    form = {**FORM, "component": build.component().pk, "config_password": PASSWORD,
            "config_headers": f"X-Api-Key: {HEADER}\nAccept: */*", **fields}  # fmt: skip
    answer = staff.post(reverse("admin:monitors_monitor_add"), form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors


def test_s10_the_admin_says_set_and_nothing_more(staff: Client) -> None:
    made_in_the_admin(staff)

    page = staff.get(change_url())

    clean(page.content, "the admin")
    assert "Set, and not shown." in page.content.decode()
    assert "X-Api-Key: ••••••••" in page.content.decode()
    assert opened(stored(), "headers", "X-Api-Key") == HEADER


def test_s10_in_the_admin_an_empty_field_keeps_a_box_clears_and_text_replaces(
    staff: Client,
) -> None:
    made_in_the_admin(staff)
    before = stored()
    form = {**FORM, "component": Monitor.objects.get().component_id,
            "config_headers": "X-Api-Key: ••••••••\nAccept: */*"}  # fmt: skip

    changed(staff, form)
    kept = stored()
    changed(staff, {**form, "config_password": TOKEN})
    replaced = stored()
    changed(staff, {**form, "config_password-clear": "on", "config_headers": ""})

    assert kept == before
    assert opened(replaced, "password") == TOKEN
    assert stored().keys() & {"password", "headers"} == set()


def test_s10_a_refused_form_does_not_send_a_secret_back(staff: Client) -> None:
    form = {**FORM, "component": build.component().pk, "config_password": PASSWORD,
            "config_url": "gopher://x"}  # fmt: skip

    answer = staff.post(reverse("admin:monitors_monitor_add"), form)

    assert answer.status_code == 200
    clean(answer.content, "a refused form")


def test_s10_a_lost_key_is_told_in_the_form(
    staff: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "data_dir", tmp_path)
    made_in_the_admin(staff)
    (tmp_path / "secrets.keys").unlink()
    form = {**FORM, "component": Monitor.objects.get().component_id}

    page = staff.get(change_url())
    kept = changed(staff, form)
    mended = changed(staff, {**form, "config_password": TOKEN})

    assert page.status_code == 200
    assert "enter the secret again" in str(kept.context["adminform"].form.errors)
    assert mended.status_code == 302
    assert opened(stored(), "password") == TOKEN


def test_s10_nothing_at_rest_holds_a_secret(
    staff: Client, client: Client, headers: dict[str, str]
) -> None:
    made_in_the_admin(staff)
    write(client, headers, {"url": "http://127.0.0.1:9/", "bearer_token": TOKEN})

    assert all(is_sealed(config.get("password") or config.get("bearer_token"))
               for config in Monitor.objects.values_list("config", flat=True))  # fmt: skip
    clean(str(list(JournalEntry.objects.values_list("data", flat=True))), "the journal")
    published = snapshot.load()
    clean(repr(published), "the snapshot")
    for path in settings.STATUSPAGE.repository_path.rglob("*"):
        if path.is_file():
            clean(path.read_bytes(), str(path))
    clean(database_bytes(), "the database")


def database_bytes() -> bytes:
    """Every row of every table, and on SQLite every byte of its files."""
    held = b""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            held += repr(cursor.fetchall()).encode()
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        for path in (name, *name.parent.glob(f"{name.name}-*")):
            held += path.read_bytes()
    return held
