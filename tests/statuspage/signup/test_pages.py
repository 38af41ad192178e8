"""The sign-up in a real browser: accessible in all colours, like the pages beside it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import sync_playwright

from components.models import Group
from statuspage.pages.face import Door, Face
from statuspage.signup.door_pages import door_response
from subscribers.delivery import endpoint_health
from subscribers.tokens import Purpose, token
from tests import build
from tests.statuspage import brand_shots
from tests.statuspage.live_site import ARGUMENTS
from tests.statuspage.renderers.html.test_accessible import complaints

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_axe_finds_nothing_on_the_sign_up(client: Client, chromium: Path, tmp_path: Path) -> None:
    build.component(group=Group.objects.create(name="Shop"))
    (tmp_path / "sign-up.html").write_bytes(client.get("/status/subscribe").content)
    for tag in ("ar", "de"):
        answer = client.get(f"/status/subscribe?lang={tag}")
        assert f'lang="{tag}"'.encode() in answer.content
        (tmp_path / f"sign-up-{tag}.html").write_bytes(answer.content)
    for name, email in (("refused", "no address"), ("done", "anna@example.org")):
        answer = client.post("/status/subscribe", {"email": email}, HTTP_ACCEPT="text/html")
        (tmp_path / f"{name}.html").write_bytes(answer.content)
    door = Face("in", "Larkspur", door=Door(password="x"), appearance=brand_shots.LARKSPUR)
    (tmp_path / "door.html").write_bytes(door_response(door).content)
    hook = build.subscriber("https://hooks.example.com/x", channel="webhook")
    endpoint_health.suspend(hook, "status 500", now=datetime.now(UTC))
    for row, purpose in (
        (hook, Purpose.MANAGE), (hook, Purpose.CONFIRM), (hook, Purpose.UNSUBSCRIBE),
    ):  # fmt: skip
        answer = client.get(f"/status/{purpose}/{token(row, purpose)}")
        (tmp_path / f"{purpose}.html").write_bytes(answer.content)

    # Only now: the browser's driver runs a loop in this thread, where Django refuses to work.
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        found = complaints(started, tmp_path)
        started.close()

    assert found == {}
