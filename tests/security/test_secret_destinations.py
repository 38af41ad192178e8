"""S15: a secret goes where it was written for, and comes back masked in whatever form."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from components.network.origin import is_same_or_safer, origin_of
from components.secrets import SecretError, seal, unseal
from components.values.secret_mask import HIDDEN, SecretMask
from monitors.config.parsing import parse_config
from monitors.config.secrets import destination_of, unseal_config
from monitors.models import Monitor
from monitors.probers.endpoint.redirects import Hop, RedirectError, next_hop, redirect_url
from monitors.probing.base import ProbeStatus, one_line
from monitors.probing.masking import masking
from statuspage.access import tokens
from tests import build
from tests.monitors.checks import outcome_of
from tests.servers import Target

SECRET = "S15-canary/key+with:marks"
API = "/api/v1/monitors"


@pytest.fixture
def home() -> Iterator[Target]:
    with Target() as started:
        yield started


@pytest.fixture
def elsewhere() -> Iterator[Target]:
    with Target() as started:
        yield started


@pytest.mark.parametrize(
    "kept",
    [
        {"headers": {"X-Api-Key": SECRET}},
        {"headers": {"X-Auth": SECRET}},
        {"headers": {"Cookie": f"a={SECRET}"}},
        {"headers": {"Host": f"{SECRET[:10]}.example"}},
        {"bearer_token": SECRET},
        {"username": "u", "password": SECRET},
    ],
)
def test_s15_what_is_secret_does_not_follow_a_redirect(
    home: Target, elsewhere: Target, kept: dict[str, Any]
) -> None:
    url = f"http://127.0.0.1:{home.port}/redirect?to=http://127.0.0.1:{elsewhere.port}/ok"

    outcome = outcome_of(url, **kept)

    assert outcome.status is ProbeStatus.UP, outcome.message
    assert _sent(home.requests[0].headers, kept)
    assert not _sent(elsewhere.requests[0].headers, kept)


def _sent(headers: Any, kept: dict[str, Any]) -> bool:
    text = " ".join(f"{name}: {value}" for name, value in headers.items())
    basic = b64encode(f"u:{SECRET}".encode()).decode()
    return any(word in text for word in (SECRET, SECRET[:10], basic))


def test_s15_a_secret_that_has_left_does_not_come_back(home: Target, elsewhere: Target) -> None:
    back = quote(home.url("/ok"), safe="")
    there = quote(f"http://127.0.0.1:{elsewhere.port}/redirect?to={back}", safe="")

    outcome_of(home.url(f"/redirect?to={there}"), bearer_token=SECRET)

    assert "authorization" in home.requests[0].headers
    assert home.requests[1].path == "/ok"
    assert "authorization" not in home.requests[1].headers


def test_s15_within_its_origin_it_is_sent_on(home: Target) -> None:
    outcome_of(home.url("/redirect?to=/ok"), bearer_token=SECRET, headers={"X-Key": SECRET})

    assert home.requests[1].headers["authorization"] == f"Bearer {SECRET}"
    assert home.requests[1].headers["x-key"] == SECRET


def test_s15_a_body_is_not_sent_to_another_origin(home: Target, elsewhere: Target) -> None:
    outcome = outcome_of(
        home.url(f"/redirect?status=307&to={elsewhere.url('/ok')}"), method="POST", body=SECRET
    )

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.endswith("another origin, to which the body is not sent")
    assert elsewhere.requests == []


HOME = Hop("https://a.example/x", "POST", sends_body=True)


@pytest.mark.parametrize(
    ("status", "method", "after", "sends_body"),
    [
        (301, "POST", "GET", False), (302, "POST", "GET", False), (303, "POST", "GET", False),
        (307, "POST", "POST", True), (308, "POST", "POST", True), (301, "PUT", "PUT", True),
        (302, "DELETE", "DELETE", True), (303, "PUT", "GET", False), (303, "HEAD", "HEAD", False),
        (301, "HEAD", "HEAD", False), (307, "GET", "GET", True),
    ],
)  # fmt: skip
def test_methods_change_as_in_browsers(
    status: int, method: str, after: str, sends_body: bool
) -> None:
    hop = Hop(HOME.url, method, sends_body=method != "HEAD")

    followed = next_hop(hop, b"/y", status=status, limit=5, cookies=(), phases={})

    assert (followed.method, followed.sends_body) == (after, sends_body)
    assert followed.url == "https://a.example/y"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        (b"/y", "https://a.example/y"),
        (b"y z", "https://a.example/y%20z"),
        (b"?q", "https://a.example/x?q"),
        (b"//b.example/", "https://b.example/"),
        ("http://bücher.example/ü".encode(), "http://xn--bcher-kva.example/%C3%BC"),
        ("//bücher.example".encode(), "https://xn--bcher-kva.example/"),
        (b"/\xfc", "https://a.example/%FC"),
        (b"http://u:p@b.example/#f", "http://b.example/"),
        (b" http://b.example/ ", "http://b.example/"),
    ],
)
def test_a_location_is_read_as_browsers_read_it(location: bytes, url: str) -> None:
    assert redirect_url("https://a.example/x", location) == url


@pytest.mark.parametrize(
    "location",
    [b"file:///etc/passwd", b"javascript:alert(1)", b"gopher://a/", b"http://a b/", b"http://[::/",
     b"http://h:99999/", "http://℀.example/".encode(), b"http://\xfc.example/"],
)  # fmt: skip
def test_a_location_that_leads_nowhere_is_refused(location: bytes) -> None:
    with pytest.raises(RedirectError):
        redirect_url("https://a.example/x", location)


def test_redirects_end() -> None:
    with pytest.raises(RedirectError, match="too many"):
        next_hop(Hop(HOME.url, "GET", sends_body=False, count=2), b"/", status=302, limit=2,
                 cookies=(), phases={})  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example", "https://A.EXAMPLE:443/x?y", True),
        ("http://a.example/", "http://a.example:80", True),
        ("http://a.example/", "https://a.example/", False),
        ("http://a.example/", "http://a.example:8080/", False),
        ("http://a.example/", "http://a.example.evil/", False),
        ("http://a.example/", "http://a.example@evil/", False),
        ("http://127.0.0.1/", "http://localhost/", False),
        ("http://127.0.0.1/", "http://127.1/", True),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, same: bool) -> None:
    assert (origin_of(one) == origin_of(other)) is same


def test_a_message_may_move_to_https_of_its_host_only() -> None:
    assert is_same_or_safer("http://a.example/x", "https://a.example/y")
    assert not is_same_or_safer("https://a.example/x", "http://a.example/y")
    assert not is_same_or_safer("http://a.example:81/x", "https://a.example/y")
    assert not is_same_or_safer("http://a.example/x", "https://b.example/y")


@given(st.text(min_size=8, max_size=60).filter(lambda text: text.isprintable() and text.strip()),
       st.text(st.characters(codec="ascii", exclude_characters=":"), max_size=10),
       st.integers(8, 200))  # fmt: skip
def test_s15_no_form_of_a_secret_passes_the_mask(secret: str, user: str, limit: int) -> None:
    mask = SecretMask([secret], pairs=[(user, secret)])
    pair = b64encode(f"{user}:{secret}".encode()).decode()
    forms = (
        secret, quote(secret, safe=""), json.dumps(secret)[1:-1], pair,
        b64encode(secret.encode()).decode(), b64encode(f"x{secret}".encode()).decode()[2:-4],
        json.dumps({"a": f"Basic {pair}"}),
    )  # fmt: skip

    for form in forms:
        with masking(mask):
            shown = one_line(f"got <{form}> here", limit=limit)
        assert secret not in shown
        assert pair not in shown


@pytest.mark.parametrize("secret", [SECRET, "pässwörd & more", "0123456789abcdef"])
def test_s15_a_secret_that_is_spelt_out_is_masked_too(secret: str) -> None:
    octets, mask = secret.encode(), SecretMask([secret])
    forms = [
        octets.hex(), octets.hex().upper(), octets.hex(" "), octets.hex(":"), repr(octets)[2:-1],
        "".join(f"%{octet:02X}" for octet in octets),
        "".join(f"\\x{octet:02x}" for octet in octets),
        "".join(f"&#{ord(each)};" for each in secret), quote(quote(secret, safe=""), safe=""),
        "".join(f"&#x{ord(each):x};" for each in secret),
        "".join(f"\\u{ord(each):04x}" for each in secret),
    ]  # fmt: skip

    assert [mask(f"got <{form}>") for form in forms] == [f"got <{HIDDEN}>"] * len(forms)


def test_s15_what_was_cut_before_it_came_here_is_masked_too() -> None:
    mask = SecretMask([SECRET])

    assert mask(f"the answer began with {SECRET[:15]}") == f"the answer began with {HIDDEN}"
    assert mask("nothing of the kind") == "nothing of the kind"
    assert SecretMask(["abc"])("abc") == "abc"


def test_s15_a_body_read_in_part_shows_no_part_of_a_secret(home: Target) -> None:
    outcome = outcome_of(
        home.url("/echo"), bearer_token="T" * 60, assertions=["body == y"], max_bytes=150
    )

    assert home.requests[0].headers["authorization"] == "Bearer " + "T" * 60
    assert "T" * 12 not in outcome.message


def test_s15_a_secret_opens_for_its_destination_alone() -> None:
    token = seal("hunter2", destination="https://a.example:443")

    assert unseal(token, destination="https://a.example:443") == "hunter2"
    for other in ("", "https://b.example:443"):
        with pytest.raises(SecretError, match="another destination"):
            unseal(token, destination=other)
    assert unseal(seal("x"), destination="https://b.example:443") == "x"


def monitor(**config: Any) -> Monitor:
    made = build.monitor(build.component(slug="api"), url="https://a.example/x")
    made.config = {"url": "https://a.example/x", "bearer_token": SECRET, **config}
    made.full_clean()
    made.save()
    return made


@pytest.fixture
def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.create(name='t', scopes=['monitors:write'])}"}


MOVES: tuple[dict[str, Any], ...] = (
    {"url": "https://b.example/x"},
    {"url": "http://a.example/x"},
    {"url": "https://a.example:8443/x"},
    {"url": "https://a.example/x", "verify_tls": False},
)


@pytest.mark.django_db
@pytest.mark.parametrize("move", MOVES)
def test_s15_the_api_asks_for_the_secret_again(
    client: Client, bearer: dict[str, str], move: dict[str, Any]
) -> None:
    made = monitor()

    answer = client.patch(
        f"{API}/{made.pk}", {"config": {**move, "bearer_token": {"set": True}}},
        content_type="application/json", headers=bearer,
    )  # fmt: skip

    assert answer.status_code == 400
    assert "bearer_token" in answer.content.decode()
    assert "Enter the secret again" in answer.content.decode()
    assert Monitor.objects.get(pk=made.pk).config == made.config


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["https://a.example/y?z", "HTTPS://A.example:443/x"])
def test_s15_the_same_origin_keeps_it(client: Client, bearer: dict[str, str], url: str) -> None:
    made = monitor()

    answer = client.patch(
        f"{API}/{made.pk}", {"config": {"url": url, "bearer_token": {"set": True}}},
        content_type="application/json", headers=bearer,
    )  # fmt: skip

    assert answer.status_code == 200, answer.content
    config: Any = parse_config("endpoint", Monitor.objects.get(pk=made.pk).config)
    assert config.bearer_token.get_secret_value() == SECRET


@pytest.mark.django_db
def test_s15_an_address_changed_in_the_database_opens_nothing() -> None:
    """A neighbour who writes to our tables, but has no key."""
    made = monitor()
    moved = {**made.config, "url": "https://thief.example/"}

    with pytest.raises(SecretError, match="another destination"):
        unseal_config(moved, destination=destination_of("endpoint", moved))


@pytest.mark.django_db
@pytest.mark.parametrize("move", MOVES)
def test_s15_the_admin_asks_for_the_secret_again(
    admin_client: Client, move: dict[str, Any]
) -> None:
    made = monitor(headers={"X-Key": "other"})
    page = f"/admin/monitors/monitor/{made.pk}/change/"
    shown = admin_client.get(page).context["adminform"].form
    form = {name: value for name, value in shown.initial.items() if value not in (None, "", [])}
    fields = {
        name: ("on" if value is True else value)
        for name, value in form.items()
        if not isinstance(value, dict | list) and value is not False
    }
    fields |= {"config_headers": "X-Key: ••••••••", "config_url": move["url"]}
    if move.get("verify_tls") is False:
        fields.pop("config_verify_tls")

    answer = admin_client.post(page, {**fields, "component": made.component_id})

    errors = answer.context["adminform"].form.errors
    assert "Enter the secret again" in str(errors["config_bearer_token"])
    assert "Enter the secret again" in str(errors["config_headers"])
    assert Monitor.objects.get(pk=made.pk).config == made.config
