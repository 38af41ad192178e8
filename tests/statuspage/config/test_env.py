"""Settings: read once, refused by name, complete in the documentation."""

import json
import os
from pathlib import Path

import psutil
import pytest

from statuspage import settings as django_settings
from statuspage.config.env import SettingError, Settings
from statuspage.config.oidc import FIELDS
from statuspage.config.options import OPTIONS
from statuspage.config.parsers import Option
from statuspage.config.running_note import note_path
from tests import DOCS

DOCUMENT = DOCS / "settings.md"


def settings(tmp_path: Path, **values: str) -> Settings:
    return Settings({"STATUSPAGE_DATA_DIR": str(tmp_path), **values})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STATUSPAGE_PORT", "eighty"),
        ("STATUSPAGE_PORT", "70000"),
        ("STATUSPAGE_SERVER", "gunicorn"),
        ("STATUSPAGE_DEBUG", "perhaps"),
        ("STATUSPAGE_ALLOWED_NETWORKS", "10.0.0.0/33"),
        ("STATUSPAGE_PROBE_SHIFTS", "0"),
        ("DATABASE_URL", "mysql://u:p@h/d"),
        ("SITE_URL", "status.example.com"),
        ("EMAIL_URL", "pigeon://coop"),
    ],
)
def test_a_malformed_value_refuses_to_start_and_names_itself(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(SettingError, match=name):
        settings(tmp_path, **{name: value})


def test_an_unknown_name_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"STATUSPAGE_PROT .*did you mean STATUSPAGE_PORT"):
        settings(tmp_path, STATUSPAGE_PROT="3000")


def test_the_text_of_a_secret_is_not_repeated_in_its_error(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        settings(tmp_path, DATABASE_URL="mysql://root:hunter2@h/d")

    assert "hunter2" not in str(caught.value)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgres://u:p@h/d\n")

    read = settings(tmp_path, DATABASE_URL_FILE=str(tmp_path / "url"))

    assert read.database_url == "postgres://u:p@h/d"


@pytest.mark.parametrize("password", ["a/b", "a@b", "a/b@c", "x?y#z", "p%41", "plain"])
def test_a_database_password_is_taken_as_it_is_f_o8(tmp_path: Path, password: str) -> None:
    address = "postgres://statuspage@db:5432/statuspage"

    read = settings(tmp_path, DATABASE_URL=address, DATABASE_PASSWORD=password)
    database = django_settings.database_config(read)

    assert (database["PASSWORD"], database["HOST"]) == (password, "db")


@pytest.mark.parametrize("password", ["a/b", "a@b/c", "a?b", "/", "#/", "a[b"])
def test_a_password_that_cuts_its_address_short_is_refused_with_the_remedy_f_o8(
    tmp_path: Path, password: str
) -> None:
    with pytest.raises(SettingError, match="DATABASE_PASSWORD") as caught:
        settings(tmp_path, DATABASE_URL=f"postgres://statuspage:{password}@db:5432/statuspage")

    assert f":{password}@" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgres://u:p%2Fx@h/d", "postgres://u@one:5432,two:5432/d", "postgres:///d?host=/run/pg",
        "postgres://u:p@h/d?options=-c%20x", "postgres://u:p@x@h:5432/d",
    ],
)  # fmt: skip
def test_addresses_that_the_driver_takes_are_taken(tmp_path: Path, address: str) -> None:
    assert settings(tmp_path, DATABASE_URL=address).database_url == address


@pytest.mark.parametrize(
    "given", [{}, {"DATABASE_URL": "sqlite:////x"}, {"DATABASE_URL": "postgres://u:p@h/d"}]
)
def test_a_database_password_without_its_place_is_refused(
    tmp_path: Path, given: dict[str, str]
) -> None:
    with pytest.raises(SettingError, match="DATABASE_URL"):
        settings(tmp_path, DATABASE_PASSWORD="x", **given)


def test_links_of_a_server_on_every_address_lead_to_this_machine_f_o8(tmp_path: Path) -> None:
    assert settings(tmp_path, STATUSPAGE_HOST="0.0.0.0").site_url == "http://localhost:3000"
    assert settings(tmp_path, STATUSPAGE_HOST="::1").site_url == "http://[::1]:3000"


def test_a_value_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("one")

    with pytest.raises(SettingError, match="STATUSPAGE_SECRET_KEY_FILE"):
        settings(
            tmp_path, STATUSPAGE_SECRET_KEY="two", STATUSPAGE_SECRET_KEY_FILE=str(tmp_path / "key")
        )


def test_a_command_uses_the_store_of_the_up_that_runs_on_its_folder(tmp_path: Path) -> None:
    started = psutil.Process().create_time()
    settled = {"DATABASE_URL": "postgres://u:p@h/d"}
    note = {"pid": os.getpid(), "started": started, "environ": settled}
    note_path(tmp_path).write_text(json.dumps(note))

    assert settings(tmp_path).database_url == "postgres://u:p@h/d"
    assert settings(tmp_path, DATABASE_URL="sqlite:////x").database_url == "sqlite:////x"

    settled["DATABASE_PASSWORD"] = "q"  # a password goes with its address alone
    settled["DATABASE_URL"] = "postgres://u@h/d"
    note_path(tmp_path).write_text(json.dumps(note))
    assert settings(tmp_path).database_password == "q"
    assert settings(tmp_path, DATABASE_URL="postgres://u:p@h/d").database_password == ""


@pytest.mark.parametrize(
    "note",
    [
        "",
        "{",
        '{"pid": "x"}',
        '{"pid": 999999999, "started": 1.0, "environ": {"DATABASE_URL": "x"}}',
        '{"pid": 1, "started": 1.0, "environ": {"DATABASE_URL": "x"}}',
    ],
)
def test_a_note_that_is_damaged_or_left_behind_is_ignored(tmp_path: Path, note: str) -> None:
    note_path(tmp_path).write_text(note)

    assert settings(tmp_path).database_url == ""


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_setting_is_in_the_documentation(option: Option) -> None:
    row = next(
        (
            line
            for line in DOCUMENT.read_text("utf-8").splitlines()
            if f"| `{option.name}` |" in line
        ),
        "",
    )

    assert option.help in row
    assert f"`{option.default}`" in row or not option.default


OIDC = {
    "STATUSPAGE_OIDC_PROVIDERS": "corp",
    "STATUSPAGE_OIDC_CORP_ISSUER": "https://login.example.com/",
    "STATUSPAGE_OIDC_CORP_CLIENT_ID": "statuspage",
}


def test_a_provider_is_read_from_settings_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")

    read = settings(
        tmp_path,
        **OIDC,
        STATUSPAGE_OIDC_CORP_CLIENT_SECRET_FILE=str(tmp_path / "secret"),
        STATUSPAGE_OIDC_CORP_ROLES="cn=ops,ou=acme=responder; admins=subscriber manager",
    )

    (provider,) = read.oidc_providers
    assert (provider.issuer, provider.client_secret) == ("https://login.example.com", "hush")
    assert (provider.label, provider.groups_claim) == ("corp", "groups")
    assert provider.scopes == ("openid", "profile", "email")
    assert provider.roles == (("cn=ops,ou=acme", "responder"), ("admins", "subscriber manager"))
    assert read.given()["STATUSPAGE_OIDC_CORP_CLIENT_SECRET"] == "hush"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("STATUSPAGE_OIDC_CORP_ISSUER", "", "is missing"),
        ("STATUSPAGE_OIDC_CORP_ISSUER", "http://login.example.com", "https"),
        ("STATUSPAGE_OIDC_CORP_ISSUER", "login", "https"),
        ("STATUSPAGE_OIDC_CORP_CLIENT_ID", "", "is missing"),
        ("STATUSPAGE_OIDC_CORP_SCOPES", "email", "openid"),
        ("STATUSPAGE_OIDC_CORP_ROLES", "ops=superuser", "group=role"),
        ("STATUSPAGE_OIDC_CORP_ROLES", "responder", "group=role"),
        ("STATUSPAGE_OIDC_PROVIDERS", "Corp!", "lower-case"),
        ("STATUSPAGE_OIDC_PROVIDERS", "corp,corp", "once"),
        ("STATUSPAGE_OIDC_OTHER_ISSUER", "https://x.example", "no provider"),
        ("STATUSPAGE_OIDC_CORP_ISUER", "x", "is not a setting"),
        ("STATUSPAGE_SECOND_FACTOR", "boss", "write one of"),
    ],
)
def test_what_is_wrong_with_a_provider_is_said_by_name(
    tmp_path: Path, name: str, value: str, why: str
) -> None:
    with pytest.raises(SettingError, match=why) as caught:
        settings(tmp_path, **{**OIDC, name: value})

    assert name in str(caught.value)


def test_every_setting_of_a_provider_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")

    for field in FIELDS:
        assert f"| `STATUSPAGE_OIDC_NAME_{field.name}` |" in text
