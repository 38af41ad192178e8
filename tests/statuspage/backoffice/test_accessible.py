"""Every screen of the admin in a real browser: nothing for axe to complain of, nothing too wide."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from statuspage.accounts import confirmation
from tests import build
from tests.statuspage.backoffice import full_store, screens

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = full_store.PASSWORD
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
LOOKS = {
    "runOnly": [
        "color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable",
    ]
}  # fmt: skip
"""The rules that can find something else on a phone and in dark: all others judge the markup."""
VIEWS: tuple[tuple[str, int, dict[str, list[str]]], ...] = (
    ("light", 1440, {}),
    ("dark", 390, LOOKS),
)
POST = """([url, fields]) => {
  const form = Object.assign(document.createElement('form'), { method: 'post', action: url })
  const token = document.querySelector('[name=csrfmiddlewaretoken]').value
  for (const [name, value] of [...fields, ['csrfmiddlewaretoken', token]])
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
  document.body.append(form)
  form.submit()
}"""
CLIPPED = """() => [...document.querySelectorAll('#content, #changelist .results, .card, fieldset')]
  .filter(node => node.scrollWidth > node.clientWidth + 1 && !node.closest('.scroll'))
  .map(node => `${node.id || node.className}: ${node.scrollWidth} in ${node.clientWidth}`)"""

SETTLE = """() => {
  for (let going = true; going;) {
    const moving = document.getAnimations().filter(each => each instanceof CSSTransition)
    moving.forEach(each => each.finish())
    going = moving.length > 0
  }
}"""
"""Ends what fades from one colour to the other: half-way there, it is neither."""


def complaints(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """Return what axe finds on the screen as it is."""
    return [
        f"{page.url} {each['id']}: {node['html'][:160]} {node['failureSummary'][:160]}"
        for each in Axe().run(page, options=options or {}).response["violations"]
        for node in each["nodes"][:3]
    ]


def faults(page: Page) -> Iterator[str]:
    """Yield what is wrong with the screen, in light colours and wide, in dark ones on a phone."""
    for scheme, width, rules in VIEWS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a plain str in the loop
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SETTLE)
        where = f"{page.url.split('/', 3)[-1]} {scheme} {width}"
        yield from (f"{scheme} {width} {each}" for each in complaints(page, rules))
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if beyond > 0:
            yield f"{where} is {beyond} px too wide"
        if width > 1000:
            yield from (f"{where} cuts {cut}" for cut in page.evaluate(CLIPPED))


def enter(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/admin/")
    page.get_by_label("Username").fill("olga")
    page.get_by_label("Password").fill(PASSWORD)
    return page


def test_axe_finds_nothing_on_any_screen(
    live_server: LiveServer, chromium: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The walk takes longer than a sign-in is trusted with what is dangerous.
    monkeypatch.setattr(confirmation, "CONFIRM_SECONDS", 24 * 3600)
    full_store.owner()
    full_store.fill(full_store.now())
    others, models, kinds = screens.others(), screens.of_models(), screens.of_kinds()
    questions = screens.questions()
    found: list[str] = []
    monitor = build.monitor(name="Refused")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = enter(browser.new_context(), live_server.url)
        found += faults(page)
        page.get_by_role("button", name="Sign in", exact=True).click()
        for path in dict.fromkeys([*others, *models, *kinds]):
            answer = page.goto(live_server.url + path)
            assert answer
            assert answer.status == 200, path
            assert "reauthenticate" not in page.url.replace(path, ""), path
            found += faults(page)
        page.goto(live_server.url + reverse("admin:index"))
        tested = live_server.url + reverse("admin:monitors_monitor_test", args=[monitor.pk])
        with page.expect_navigation():
            page.evaluate(POST, [tested, []])
        found += faults(page)
        for path, action, pk in questions:
            page.goto(live_server.url + path)
            fields = [["action", action], ["_selected_action", pk], ["index", "0"]]
            with page.expect_navigation():
                page.evaluate(POST, [live_server.url + path, fields])
            refused = page.locator("h1, h2", has_text="Cannot delete").count()
            if not refused and not page.locator("form input[name=post]").count():
                found.append(f"{path} {action} did not ask")
            found += faults(page)
        browser.close()

    assert not found, "\n".join(found)
