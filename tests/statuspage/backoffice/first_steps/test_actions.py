"""The card of first steps: who is greeted, what each button does, and that nothing is lost."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from components.models import Component, Group, JournalEntry
from monitors.models import Check, Monitor
from statuspage.backoffice.first_steps.card import gather_card
from statuspage.models import Appearance
from statuspage.runtime.first_start import create_own_components
from statuspage.staff_models import SetupStep
from subscribers.models import AlertChannel, AlertRoute
from tests import build
from tests.mailserver import Script, mail_server
from tests.sessions import log_in

pytestmark = pytest.mark.django_db


class Fine(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Fine) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def take(client: Client, step: str, **fields: object) -> Any:
    return client.post(reverse("first-steps", args=[step]), fields)


def done(client: Client) -> set[str]:
    card = client.get(reverse("admin:index")).context["first_steps"]
    return {each.name for each in card.steps.values() if each.done}


def test_an_owner_is_greeted_and_others_are_not(client: Client, staff: Client) -> None:
    assert "Set up your status page" in staff.get(reverse("admin:index")).content.decode()
    editor = User.objects.create_user("paul", "", "a long password", is_staff=True)
    editor.groups.set(Role.objects.filter(name="editor"))
    other = log_in(Client(), editor)

    assert "Set up your status page" not in other.get(reverse("admin:index")).content.decode()
    assert take(other, "watch", addresses="https://larkspur.dev").status_code == 403
    assert not Component.objects.exists()


def test_each_role_of_an_owner_is_enough() -> None:
    owner = User.objects.create_user("olga", "", "a long password", is_staff=True)
    owner.groups.set(Role.objects.filter(name="owner"))

    assert gather_card(owner) is not None


def test_each_line_becomes_a_component_with_a_monitor_that_is_checked_at_once(
    staff: Client, shop: str
) -> None:
    pasted = f"Web shop {shop}/\n{shop}/search\nqueue 127.0.0.1:9"

    answer = take(staff, "watch", addresses=pasted)

    assert answer.status_code == 302
    names = list(Component.objects.order_by("sort_order").values_list("name", "slug"))
    assert names[0] == ("Web shop", "web-shop")
    assert names[2] == ("queue", "queue")
    assert list(Monitor.objects.order_by("pk").values_list("kind", flat=True)) == [
        "endpoint", "endpoint", "tcp",
    ]  # fmt: skip
    assert Check.objects.filter(due__isnull=False).count() == 3
    assert "watch" in done(staff)


def test_lines_that_cannot_be_added_stay_in_the_box_with_their_errors(
    staff: Client, shop: str
) -> None:
    answer = take(staff, "watch", addresses=f"nonsense\n{shop}/\nhttps://shop.example.org")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert list(Component.objects.values_list("name", flat=True)) == [shop.removeprefix("http://")]
    assert "nonsense\nhttps://shop.example.org</textarea>" in page
    assert "“shop.example.org” is an example address" in page
    assert "Enter an address, as https://" in page


def test_the_same_paste_twice_adds_nothing_twice(staff: Client, shop: str) -> None:
    take(staff, "watch", addresses=shop)

    again = take(staff, "watch", addresses=f"{shop}/\n{shop}/other\n{shop}/other")

    assert again.content.decode().count("watches this address already") == 2
    assert Monitor.objects.count() == 2


def test_two_of_one_name_are_told_apart(staff: Client) -> None:
    build.component("Shop", slug="shop")

    take(staff, "watch", addresses="https://shop.larkspur.dev\nShop https://shop.brookfield.dev")

    made = Component.objects.order_by("pk").values_list("name", "slug")[1:]
    assert list(made) == [("shop.larkspur.dev", "shop-larkspur-dev"), ("Shop", "shop-2")]


def test_a_check_before_shows_what_is_found_and_stores_nothing(staff: Client, shop: str) -> None:
    answer = take(staff, "watch", addresses=f"{shop}/\n127.0.0.1:1\nnonsense", check="1")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "200 · " in page
    assert "status-major_outage" in page
    assert "Add 2 components" in page
    assert not Component.objects.exists()


def test_nothing_pasted_is_an_error_and_so_is_too_much(staff: Client) -> None:
    assert "Enter at least one address." in take(staff, "watch", addresses=" ").content.decode()
    many = "\n".join(f"https://a{number}.larkspur.dev" for number in range(102))

    answer = take(staff, "watch", addresses=many)

    assert answer.content.decode().count("at most 100 addresses") == 2
    assert Component.objects.count() == 100


def test_name_and_logo_are_published_and_a_bad_logo_loses_no_name(staff: Client) -> None:
    bad = SimpleUploadedFile("logo.png", b"GIF89a", content_type="image/png")
    answer = take(staff, "name", name="Larkspur", logo=bad)
    assert answer.status_code == 400
    assert 'value="Larkspur"' in answer.content.decode()
    assert not Appearance.objects.exists()
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4"/></svg>'
    )

    take(staff, "name", name="Larkspur", logo=SimpleUploadedFile("logo.svg", drawing))

    values = Appearance.objects.get(page_id="main").values
    assert values["name"] == "Larkspur"
    assert values["logo"].startswith("<svg")
    assert "name" in done(staff)


def test_a_mail_that_the_server_refuses_is_not_done(
    staff: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = take(staff, "mail", mail="olga@larkspur.dev")
    assert "No mail server is configured" in answer.content.decode()
    script = Script()
    with mail_server(script) as (host, port):
        monkeypatch.setattr(settings.STATUSPAGE, "email_url", f"smtp://{host}:{port}")
        configure_mail(settings, host, port)
        assert take(staff, "mail", mail="no address").status_code == 400
        assert take(staff, "mail", mail="olga@larkspur.dev").status_code == 302

    assert [mail.recipients for mail in script.mails] == [["olga@larkspur.dev"]]
    assert "mail" in done(staff)
    refused = take(staff, "mail", mail="olga@larkspur.dev")
    assert "The mail was not sent" in refused.content.decode()


def configure_mail(settings: Any, host: str, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port


def test_one_address_is_alerted_about_everything(
    staff: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "email_url", "smtp://localhost")
    assert take(staff, "alerts", alerts="nobody").status_code == 400
    assert not AlertChannel.objects.exists()

    take(staff, "alerts", alerts="oncall@larkspur.dev")

    (route,) = AlertRoute.objects.all()
    assert [each.channel.address.reveal() for each in route.steps.all()] == ["oncall@larkspur.dev"]
    assert "alerts" in done(staff)


def test_own_components_are_shown_or_stay_hidden(staff: Client) -> None:
    create_own_components(public_url="http://localhost:1", management_url="http://localhost:2")

    take(staff, "own", keep="1")
    assert not Group.objects.get().visible
    assert done(staff) == {"own"}
    take(staff, "own", show="1")
    assert Group.objects.get().visible


def test_a_changed_password_or_a_passkey_secures_the_account(staff: Client) -> None:
    assert "secure" not in done(staff)
    fields = {"old_password": "a long password", "new_password1": "an even longer 1",
              "new_password2": "an even longer 1"}  # fmt: skip
    staff.post(reverse("admin:password_change"), fields)
    assert "secure" in done(staff)
    (entry,) = JournalEntry.objects.filter(kind="person.sign_in_changed")
    assert entry.data == {"username": "olga", "change": "The password was changed"}

    entry.delete()
    user = User.objects.get()
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    assert "secure" in done(staff)


def test_the_card_goes_when_it_is_hidden_and_comes_back_when_asked(staff: Client) -> None:
    take(staff, "hide")
    assert staff.get(reverse("admin:index")).context["first_steps"] is None

    take(staff, "show")
    assert staff.get(reverse("admin:index")).context["first_steps"] is not None


def test_the_card_goes_for_good_when_all_is_done(staff: Client) -> None:
    user = User.objects.get()
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    take(staff, "name", name="Larkspur")
    build.monitor()
    take(staff, "own", keep="1")
    SetupStep.objects.create(name="mail", at="2026-11-30T12:00Z")
    route = AlertRoute.objects.create(name="All")
    route.steps.create(channel=AlertChannel.objects.create(name="Mail"))

    assert staff.get(reverse("admin:index")).context["first_steps"] is None
    assert SetupStep.objects.filter(name="finished").exists()


def test_there_is_no_other_step(staff: Client) -> None:
    assert take(staff, "dance").status_code == 404
    assert staff.get(reverse("first-steps", args=["watch"])).status_code == 405
