"""The second factor: asked for, counted, stored, required (S11, S20)."""

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from components.models import LimitedUse
from components.secrets import keys, rotation
from components.secrets.keys import Keys, new_key
from statuspage.access.roles import OWNER, RESPONDER, ROLES
from statuspage.config import oidc
from tests.statuspage.accounts.people import (
    ELSEWHERE,
    HERE,
    code,
    is_in,
    journalled,
    person,
    phone_of,
    sign_in,
)

pytestmark = [pytest.mark.django_db(transaction=True)]
CODE = "/admin/login/code/"
ANSWER = {
    "clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA",
    "userHandle": "OTk5OTk5OTk5OTk5OTk5OTk5",
}  # fmt: skip


def given(client: Client, text: str) -> Any:
    return client.post(CODE, {"code": text})


@pytest.mark.both
def test_with_an_app_nobody_enters_by_the_password_alone_s20() -> None:
    phone_of(person())
    client = Client()

    answer = sign_in(client)

    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert not is_in(client)
    page = client.get(CODE).content.decode()
    assert 'autocomplete="one-time-code"' in page
    assert given(client, code()).status_code == 302
    assert is_in(client)
    assert journalled("person.signed_in")[0]["by"] == ["password", "totp"]


@pytest.mark.both
def test_a_code_is_good_once_in_whichever_process() -> None:
    phone_of(person())
    first, second = Client(), Client()
    sign_in(first)
    sign_in(second)
    shown = code()

    assert given(first, shown).status_code == 302
    assert given(second, shown).status_code == 200
    assert not is_in(second)


def test_the_eleventh_wrong_code_is_429_and_the_owner_gets_in_from_elsewhere_s11() -> None:
    phone_of(person())
    client = Client(REMOTE_ADDR=HERE)
    sign_in(client)

    tries = [given(client, "000000").status_code for _ in range(12)]

    assert tries == [200] * 10 + [429] * 2
    # Signing in anew with the password is no way round it.
    again = Client(REMOTE_ADDR=HERE)
    sign_in(again)
    refused = given(again, code())
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert "Wait 15 minutes" in refused.content.decode()
    assert len(journalled("person.refused")) == 1
    elsewhere = Client(REMOTE_ADDR=ELSEWHERE)
    sign_in(elsewhere)
    assert given(elsewhere, code()).status_code == 302


def test_setting_an_app_up_and_recovering_without_it() -> None:
    person()
    client = Client()
    sign_in(client)
    page = client.get("/admin/account/app/").content.decode()
    secret = re.search(r'value="([A-Z2-7]{32})"', page)
    assert secret

    done = client.post("/admin/account/app/", {"code": code(secret[1])})

    assert done.status_code == 302
    codes = re.findall(r"\b\d{8}\b", client.get(done["Location"]).content.decode())
    assert len(codes) == 10
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret[1] not in stored
    assert [each["change"] for each in journalled("person.sign_in_changed")] == [
        "An authenticator app was added"
    ]
    other = Client()
    sign_in(other)
    assert given(other, codes[0]).status_code == 302
    assert is_in(other)
    once_more = Client()
    sign_in(once_more)
    assert given(once_more, codes[0]).status_code == 200


def test_secrets_of_factors_are_sealed_anew_when_keys_rotate() -> None:
    user = phone_of(person())
    present = keys()
    assert present is not None
    newer = Keys((new_key(), *present.texts))

    count = rotation.rotate(newer, progress=lambda *_: None)

    assert count.resealed == 1
    assert newer.is_current(Authenticator.objects.get(user=user).data["secret"])


def reaches_the_desk(user: User) -> bool:
    client = Client()
    client.force_login(user)
    answer = client.get("/admin/password_change/")
    if answer.status_code == 200:
        return True
    answer = client.get("/admin/login/")
    assert answer["Location"] == "/admin/account/"
    assert "requires two-factor authentication" in client.get("/admin/account/").content.decode()
    return False


def test_owners_must_have_one_once_an_owner_has_one_s20() -> None:
    first, second = person("first", OWNER), person("second", OWNER)
    root = person("root", is_superuser=True)
    responder = person("responder", RESPONDER)
    assert reaches_the_desk(second)

    phone_of(first)

    assert reaches_the_desk(first)
    assert not reaches_the_desk(second)
    assert not reaches_the_desk(root)
    assert reaches_the_desk(responder)


def test_a_setting_says_which_roles_must_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    owner, responder = person("owner", OWNER), person("responder", RESPONDER)

    monkeypatch.setattr(settings.STATUSPAGE, "second_factor", (RESPONDER,))
    assert reaches_the_desk(owner)
    assert not reaches_the_desk(responder)

    phone_of(owner)
    monkeypatch.setattr(settings.STATUSPAGE, "second_factor", ("nobody",))
    assert reaches_the_desk(person("third", OWNER))


def test_whoever_must_set_one_up_is_kept_from_what_staff_alone_may_see(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "second_factor", (RESPONDER,))
    client = Client()
    client.force_login(person("responder", RESPONDER))

    assert client.get("/status/components/web/why").status_code == 302
    assert client.get("/admin/incidents/incident/").status_code == 302


def test_an_account_that_may_not_use_the_admin_is_told_so() -> None:
    client = Client()
    client.force_login(person(is_staff=False))

    assert client.get("/admin/login/").status_code == 403


def test_the_roles_that_settings_know_are_the_roles() -> None:
    assert set(oidc.ROLES) == set(ROLES)


def test_a_wrong_passkey_is_counted_too_s11() -> None:
    client = Client(REMOTE_ADDR=HERE)
    form = {"credential": '{"id": "x", "response": {"userHandle": "MQ"}}'}

    tries = [client.post("/admin/login/passkey/", form).status_code for _ in range(11)]

    assert tries == [302] * 10 + [429]


def test_challenges_of_strangers_are_few_and_short_lived() -> None:
    client = Client(REMOTE_ADDR=HERE)
    ask = {"headers": {"Accept": "application/json"}}

    answers = [client.get("/admin/login/passkey/", **ask) for _ in range(61)]  # type: ignore[arg-type]

    assert [each.status_code for each in answers] == [200] * 60 + [429]
    assert client.session.get_expiry_age() <= 3600
    assert not LimitedUse.objects.filter(key__startswith="login").exists()


@pytest.mark.parametrize(
    "credential",
    [
        "{", "1", "[]", "{}", '{"response": 1}', "[" * 100_000, "NaN", '"\\ud800"',
        '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
        json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": ANSWER}),
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_no_credential_is_a_5xx_s16(credential: str) -> None:
    form = {"credential": credential}
    client = Client()

    assert client.post("/admin/login/passkey/", form).status_code == 302
    phone_of(person())
    sign_in(client)
    assert client.post(CODE, form).status_code == 200
    given(client, code())
    assert client.post("/admin/account/passkeys/add/", form).status_code == 200


@pytest.mark.parametrize("text", ["é", "١٢٣٤٥٦", "0" * 10_000, "\0", " "])
def test_no_code_is_a_5xx_s16(text: str) -> None:
    phone_of(person())
    client = Client()
    sign_in(client)

    assert given(client, text).status_code == 200
