"""People who come from a real OpenID Connect provider in a process of its own."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.test import Client, RequestFactory

from statuspage.access.pages import page_face, save_page
from statuspage.access.passes import is_group_key, is_pass, link_until
from statuspage.access.roles import OWNER, RESPONDER, VIEWER
from statuspage.accounts import oidc
from statuspage.accounts.page_door import NotAdmittedError
from statuspage.config.oidc import OidcProvider
from statuspage.config.sign_in import settings_of
from statuspage.models import Page
from statuspage.pages.face import FACE, Door, Face
from statuspage.signup.door import follow_link
from statuspage.signup.door_pages import door_response
from tests.ports import free_ports
from tests.statuspage.accounts.people import (
    HERE,
    code,
    is_in,
    journalled,
    person,
    phone_of,
    sign_in,
)
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.django_db(transaction=True)]
START = "/admin/login/oidc/corp/"
BACK = f"{START}callback/"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider that knows whomever it is told of."""
    (port,) = free_ports(1)
    url = f"http://localhost:{port}"
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        known = f"{url}/.well-known/openid-configuration"
        until(lambda: requests.get(known, timeout=PATIENCE).ok, what="the provider answers")
        yield url
        process.terminate()


@pytest.fixture
def corp(issuer: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[OidcProvider]:
    provider = provided(issuer)
    use(provider, monkeypatch, settings)
    yield provider
    oidc.reset()


def provided(issuer: str, **fields: Any) -> OidcProvider:
    given: dict[str, Any] = {
        "name": "corp",
        "issuer": issuer,
        "client_id": "statuspage",
        "client_secret": "hush",
        "label": "Acme",
        "scopes": ("openid", "profile", "email"),
        "groups_claim": "groups",
        "roles": (("ops", RESPONDER), ("admins", OWNER)),
    }
    return OidcProvider(**{**given, **fields})


def use(provider: OidcProvider, monkeypatch: pytest.MonkeyPatch, django_settings: Any) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "oidc_providers", (provider,))
    django_settings.SOCIALACCOUNT_PROVIDERS = settings_of(settings.STATUSPAGE)[
        "SOCIALACCOUNT_PROVIDERS"
    ]


def knows(provider: OidcProvider, sub: str, **claims: Any) -> None:
    known = requests.put(f"{provider.issuer}/users/{sub}", json=claims, timeout=PATIENCE)
    assert known.ok, known.text


def comes(client: Client, sub: str, *, start: str = START) -> Any:
    """Go to the provider, be `sub` there, and come back."""
    begun = client.get(start)
    assert begun.status_code == 302, begun.content.decode()
    there = requests.post(
        begun["Location"], data={"sub": sub}, allow_redirects=False, timeout=PATIENCE
    )
    back = urlsplit(there.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def ops(provider: OidcProvider, sub: str = "u1", **claims: Any) -> None:
    given = {
        "email": "kim@example.org",
        "email_verified": True,
        "preferred_username": "kim",
        "groups": ["ops"],
    }
    knows(provider, sub, **{**given, **claims})


def refused(answer: Any) -> str:
    assert answer.status_code == 403
    found = re.search(r'class="errornote">(.*?)</p>', answer.content.decode(), re.DOTALL)
    assert found
    return found[1]


def test_the_page_has_a_button_and_the_way_there_has_pkce(corp: OidcProvider) -> None:
    client = Client()
    assert "Continue with Acme" in client.get("/admin/login/").content.decode()

    query = parse_qs(urlsplit(client.get(START)["Location"]).query)

    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) >= 43
    assert set(query["scope"][0].split()) == {"openid", "profile", "email"}
    assert query["redirect_uri"] == [f"http://testserver{BACK}"]


@pytest.mark.both
def test_the_claim_ops_lands_on_the_desk_as_responder_and_not_among_people(
    corp: OidcProvider,
) -> None:
    ops(corp)
    client = Client()

    assert comes(client, "u1")["Location"] == "/admin/"

    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/auth/user/").status_code == 403
    user = User.objects.get(username="kim")
    assert [group.name for group in user.groups.all()] == [RESPONDER]
    assert (user.is_superuser, user.has_usable_password()) == (False, False)
    assert journalled("person.changed")[0]["roles"] == [RESPONDER]
    assert journalled("person.signed_in")[0]["by"] == ["corp"]


def test_without_a_group_that_has_a_role_they_are_refused_in_words(corp: OidcProvider) -> None:
    ops(corp, groups=["sales"])

    answer = comes(Client(), "u1")

    assert "none of your groups there has a role here" in refused(answer)
    assert not User.objects.exists()
    assert journalled("person.refused")[0]["username"] == "kim@example.org"


def test_roles_are_refreshed_at_each_sign_in_and_taken_from_who_lost_all(
    corp: OidcProvider,
) -> None:
    ops(corp, groups=["ops", "admins"])
    comes(Client(), "u1")
    user = User.objects.get()
    user.groups.add(Group.objects.create(name="of our own"))

    ops(corp)
    client = Client()
    comes(client, "u1")
    assert {group.name for group in user.groups.all()} == {RESPONDER, "of our own"}

    ops(corp, groups=[])
    refused(comes(Client(), "u1"))
    assert {group.name for group in user.groups.all()} == {"of our own"}
    assert client.get("/admin/incidents/incident/").status_code == 403


@pytest.mark.parametrize("claims", [{"is_superuser": True}, {"groups": ["admins", "superuser"]}])
def test_nobody_becomes_a_superuser_by_a_claim(corp: OidcProvider, claims: dict[str, Any]) -> None:
    ops(corp, **claims)

    comes(Client(), "u1")

    assert not User.objects.filter(is_superuser=True).exists()


def test_an_account_is_found_by_its_verified_address_and_keeps_its_password(
    corp: OidcProvider,
) -> None:
    person("kim")
    ops(corp, preferred_username="other")

    comes(Client(), "u1")

    assert User.objects.count() == 1
    client = Client()
    sign_in(client, "kim")
    assert is_in(client)
    # From then on it is the subject that counts.
    ops(corp, email="married@example.org")
    comes(client := Client(), "u1")
    assert is_in(client)
    assert User.objects.count() == 1


def test_an_address_that_is_not_verified_opens_nothing(corp: OidcProvider) -> None:
    theirs = person("kim")
    ops(corp, email_verified=False)

    comes(client := Client(), "u1")

    assert client.session["_auth_user_id"] != str(theirs.pk)
    assert not SocialAccount.objects.filter(user=theirs).exists()
    assert User.objects.exclude(pk=theirs.pk).get().email == ""


def test_a_superusers_account_is_not_opened_by_an_address_but_by_connecting_it(
    corp: OidcProvider,
) -> None:
    person("kim", is_superuser=True)
    ops(corp)
    assert "connect Acme" in refused(comes(Client(), "u1"))

    client = Client()
    sign_in(client, "kim")
    comes(client, "u1", start=f"{START}?process=connect")
    comes(other := Client(), "u1")

    assert is_in(other)
    assert journalled("person.sign_in_changed")[0]["change"].startswith("A sign-in with a provider")


def test_an_address_that_was_given_to_somebody_else_opens_nothing(corp: OidcProvider) -> None:
    ops(corp)
    comes(Client(), "u1")
    ops(corp, "u2")

    assert "belongs to somebody else" in refused(comes(Client(), "u2"))


def test_an_account_that_was_switched_off_stays_off(corp: OidcProvider) -> None:
    ops(corp)
    comes(Client(), "u1")
    User.objects.update(is_active=False)

    assert "switched off" in refused(comes(Client(), "u1"))


def test_a_name_that_is_taken_is_not_taken_over(corp: OidcProvider) -> None:
    person("kim")
    User.objects.update(email="")
    ops(corp)

    comes(Client(), "u1")

    assert set(User.objects.values_list("username", flat=True)) == {"kim", "kim-2"}


def test_without_a_table_of_roles_only_accounts_that_exist_come_in_with_theirs(
    issuer: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    provider = provided(issuer, roles=())
    use(provider, monkeypatch, settings)
    ops(provider)
    assert "no account here" in refused(comes(Client(), "u1"))

    user = person("kim", VIEWER)
    comes(client := Client(), "u1")

    assert is_in(client)
    assert [group.name for group in user.groups.all()] == [VIEWER]
    oidc.reset()


@pytest.mark.parametrize(
    ("claim", "claims"),
    [
        ("roles", {"roles": "ops"}),
        ("realm_access.roles", {"realm_access": {"roles": ["ops"]}}),
        ("https://acme.example/groups", {"https://acme.example/groups": ["ops"]}),
        ("projects", {"projects": {"ops": {"1": "acme"}}}),
    ],
)
def test_groups_are_found_in_every_shape_that_providers_have(
    claim: str, claims: dict[str, Any]
) -> None:
    provider = provided("https://login.example", groups_claim=claim)

    assert oidc.roles_of(provider, claims) == {RESPONDER}
    assert oidc.roles_of(provider, {}) == frozenset()
    assert oidc.roles_of(provider, {claim.partition(".")[0]: 7}) == frozenset()


def test_the_second_factor_is_asked_for_here_too(corp: OidcProvider) -> None:
    ops(corp)
    comes(Client(), "u1")
    phone_of(User.objects.get())
    client = Client()

    assert comes(client, "u1")["Location"] == "/admin/login/code/"
    assert not is_in(client)
    client.post("/admin/login/code/", {"code": code()})
    assert is_in(client)


def test_a_made_up_answer_of_the_provider_is_refused_and_counted_s11(corp: OidcProvider) -> None:
    client = Client(REMOTE_ADDR=HERE)

    tries = [client.get(f"{BACK}?state=x&code=y").status_code for _ in range(11)]

    assert tries == [401] * 10 + [429]
    assert client.get("/admin/login/oidc/other/callback/?code=y").status_code == 404
    assert client.get("/admin/login/oidc/other/").status_code == 404


def test_an_answer_meant_for_another_browser_is_refused(corp: OidcProvider) -> None:
    ops(corp)
    begun = Client().get(START)["Location"]
    there = requests.post(begun, data={"sub": "u1"}, allow_redirects=False, timeout=PATIENCE)
    back = urlsplit(there.headers["Location"])
    victim = Client()

    assert victim.get(f"{back.path}?{back.query}").status_code == 401
    assert not is_in(victim)


def test_whoever_has_no_password_confirms_with_the_provider(
    corp: OidcProvider,
) -> None:
    ops(corp, groups=["admins"])
    client = Client()
    comes(client, "u1")
    people = "/admin/auth/user/add/"
    assert client.get(people).status_code == 200
    session = client.session
    session["statuspage_confirmed_at"] = 0
    session.save()

    asked = client.get(people)["Location"]

    assert asked.startswith("/admin/account/confirm/oidc/corp/?next=")
    begin = client.get(asked)["Location"]
    assert "prompt" in client.get(begin)["Location"]
    ops(corp, "u2", email="other@example.org")
    assert "not the account" in refused(comes(client, "u2", start=begin))
    assert client.get(people).status_code == 302
    assert comes(client, "u1", start=begin)["Location"] == people
    assert client.get(people).status_code == 200


@pytest.mark.parametrize(
    "told", [None, "", -3_600, 3_600, True, 10**400, float("inf")], ids=str
)  # fmt: skip
def test_a_provider_that_does_not_say_when_people_proved_who_they_are_confirms_nothing_s11(
    told: Any,
) -> None:
    """OpenID Connect Core 1.0, 3.1.2.1: who is asked with `max_age` has to say `auth_time`."""
    is_offset = isinstance(told, int) and not isinstance(told, bool) and abs(told) < 10_000
    claim = int(time.time()) + told if is_offset else told
    answered: dict[str, dict[str, Any]] = {
        "id_token": {"sub": "u1", "auth_time": claim}, "userinfo": {"sub": "u1"},
    }  # fmt: skip
    login = SocialLogin(account=SocialAccount(provider="corp", extra_data=answered))
    assert not oidc.proved_just_now(login)
    # What it says elsewhere than in its token does not count.
    answered["userinfo"]["auth_time"] = int(time.time())
    assert not oidc.proved_just_now(login)
    answered["id_token"]["auth_time"] = int(time.time()) - 60
    assert oidc.proved_just_now(login)


def test_a_session_at_the_provider_from_this_morning_signs_in_and_confirms_nothing_s11(
    corp: OidcProvider, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    ops(corp, groups=["admins"])
    monkeypatch.setattr(oidc, "proved_just_now", lambda login: False)
    client = Client()
    people = "/admin/auth/user/add/"

    assert comes(client, "u1")["Location"] == "/admin/"
    assert is_in(client)
    asked = client.get(people)["Location"]
    begin = client.get(asked)["Location"]
    there = parse_qs(urlsplit(client.get(begin)["Location"]).query)
    assert (there["prompt"], there["max_age"]) == (["login"], ["0"])
    assert "does not say that it did" in refused(comes(client, "u1", start=begin))
    assert client.get(people).status_code == 302
    assert journalled("person.refused")[-1]["by"] == "corp"

    # Where operators know that theirs never says it, they can have it believed.
    use(provided(corp.issuer, tells_auth_time=False), monkeypatch, settings)
    assert comes(client, "u1", start=begin)["Location"] == people
    assert client.get(people).status_code == 200
    comes(other := Client(), "u1")
    assert other.get(people).status_code == 200


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "https://testserver@evil.example",
     "https://еvil.example/", "\t//evil.example"],
)  # fmt: skip
def test_the_way_back_from_the_provider_is_never_another_site(
    corp: OidcProvider, target: str
) -> None:
    ops(corp)
    query = urlencode({"next": target})

    client = Client()
    assert comes(client, "u1", start=f"{START}?{query}")["Location"] == "/admin/"
    begin = client.get(f"/admin/account/confirm/oidc/corp/?{query}")["Location"]
    back = comes(client, "u1", start=begin)
    assert urlsplit(back["Location"])[:2] == ("", "")
    assert not back["Location"].startswith(("//", "/\\", "\t"))


def test_a_code_after_the_provider_is_a_proof_of_its_own(
    corp: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops(corp, groups=["admins"])
    comes(Client(), "u1")
    phone_of(User.objects.get())
    monkeypatch.setattr(oidc, "proved_just_now", lambda login: False)
    client = Client()
    comes(client, "u1")

    client.post("/admin/login/code/", {"code": code()})

    assert client.get("/admin/auth/user/add/").status_code == 200


def test_a_provider_that_is_down_is_said_to_be_and_discovery_is_not_asked_each_time(
    corp: OidcProvider, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    client = Client()
    assert client.get(START).status_code == 302
    asked: list[str] = []
    monkeypatch.setattr(
        requests.Session, "request", lambda self, method, url, **_: asked.append(url)
    )
    assert client.get(START).status_code == 302
    assert asked == []
    monkeypatch.undo()
    oidc.reset()

    (port,) = free_ports(1)
    use(provided(f"http://localhost:{port}"), monkeypatch, settings)

    answer = client.get(START)
    assert answer.status_code == 502
    assert "could not sign you in" in answer.content.decode()


def test_claims_that_tell_of_two_people_are_refused(corp: OidcProvider) -> None:
    data = {"id_token": {"sub": "a"}, "userinfo": {"sub": "b", "groups": ["ops"]}}
    claims = oidc._claims(json.loads(json.dumps(data)))

    with pytest.raises(NotAdmittedError, match="two different people"):
        oidc.admit(corp, None, claims)


def door(corp: OidcProvider, *groups: str, slug: str = "shop") -> str:
    """Make a private page for these groups; return where its visitors begin with the provider."""
    save_page(Page(slug=slug, name="Shop", private=True, sign_in_groups=list(groups)))
    return f"{START}page/{slug}/"


def test_a_visitor_with_the_group_gets_a_pass_and_no_account(corp: OidcProvider) -> None:
    start, client = door(corp, "shop-staff"), Client()
    # A role's group, and the verified address of somebody who is staff: neither counts here.
    owner = person("kim", OWNER)
    ops(corp, groups=["shop-staff", "admins"])

    back = comes(client, "u1", start=start)

    assert back.status_code == 302, back.content.decode()
    face = page_face(Page.objects.get())
    key = back["Location"].rpartition("/status/p/shop/door/")[2]
    assert is_group_key(face, key, now=time.time())
    assert not is_group_key(face, key, now=time.time() + 120)
    assert link_until(face, key, now=time.time()) is None
    assert not is_pass(face, key, now=time.time())
    assert not is_in(client)
    assert list(User.objects.all()) == [owner]
    assert not SocialAccount.objects.exists()
    assert client.get("/admin/").status_code == 302
    assert let_in_by(face, key) == {"statuspage_pass_shop"}


def let_in_by(face: Face, key: str) -> set[str]:
    """Follow the way to the page; return the cookies that it sets."""
    request = RequestFactory().get(f"/status/door/{key}")
    request.scope = {FACE: face}  # type: ignore[attr-defined]  # as the edge hands it on
    answer = follow_link(request, key=key)
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 302
    assert is_pass(face, answer.cookies["statuspage_pass_shop"].value, now=time.time() + 80_000)
    assert not is_pass(face, answer.cookies["statuspage_pass_shop"].value, now=time.time() + 90_000)
    return set(answer.cookies)


def test_whoever_lacks_the_group_is_told_so_and_a_page_lets_nobody_into_another(
    corp: OidcProvider,
) -> None:
    start, other = door(corp, "shop-staff"), door(corp, "others", slug="other")
    ops(corp, groups=["ops", "others"])

    said = comes(Client(), "u1", start=start)
    there = comes(Client(), "u1", start=other)

    assert said.status_code == 403
    assert "none of your groups there opens this page" in said.content.decode()
    assert "/status/p/other/door/" in there["Location"]
    assert not User.objects.exists()
    assert journalled("person.refused")


def test_a_page_without_groups_has_no_such_door(corp: OidcProvider) -> None:
    save_page(Page(slug="word", private=True))
    save_page(Page(slug="open", sign_in_groups=["a"]))

    for slug in ("word", "open", "main", "nope"):
        assert Client().get(f"{START}page/{slug}/").status_code == 404, slug


def test_the_door_offers_the_provider_where_groups_may_enter(corp: OidcProvider) -> None:
    of_groups = Face("shop", door=Door(groups=("a",)))

    said = door_response(of_groups).content.decode()

    assert "/admin/login/oidc/corp/page/shop/" in said
    assert "Continue with Acme" in said
    assert "Acme" not in door_response(Face("shop", door=Door(password="x"))).content.decode()
