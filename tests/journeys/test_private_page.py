"""A private page on the running product: made by its owner, entered, read in German, closed.

One product for all of it, with a second web process beside: the page is served by uvicorn and by
daphne at once, from the same store.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from statuspage.edge.live.ws import TRY_LATER
from tests.journeys.desk import PATIENCE_MS, sign_in
from tests.journeys.product import Product, running, web_beside
from tests.mailserver import Mail, Script, mail_server
from tests.waiting import FOR_EVER, PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
PASSWORD = "correct horse battery"
PAGE = "/status/p/shop"
ACCENT = "#1a6b3c"
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 20"><path d="M0 0h90v20H0z"'
    f' fill="{ACCENT}"/></svg>'
)


@dataclass
class Shop:
    """The product, a key of its API, what its mail server was given, and a second web process."""

    product: Product
    key: str
    script: Script
    beside: str

    def api(self, path: str, body: Any = None) -> Any:
        answer = requests.post(
            f"{self.product.url}/api/v1/{path}", json=body, timeout=PATIENCE,
            headers={"Authorization": f"Bearer {self.key}"},
        )  # fmt: skip
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    @property
    def servers(self) -> tuple[str, str]:
        return self.product.url, self.beside

    def is_closed(self) -> bool:
        """Whether both processes show the door."""
        return {get(server).status_code for server in self.servers} == {401}


def get(server: str, path: str = "", cookie: str = "") -> requests.Response:
    headers = {"Accept": "text/html", **({"Cookie": cookie} if cookie else {})}
    return requests.get(f"{server}{PAGE}{path}", headers=headers, timeout=PATIENCE)


def enter(server: str) -> str:
    """Enter the password; return the cookie with the pass."""
    answer = requests.post(
        f"{server}{PAGE}/door", data={"password": PASSWORD}, allow_redirects=False,
        timeout=PATIENCE,
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    ((name, value),) = answer.cookies.items()
    return f"{name}={value}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    script = Script()
    with (
        mail_server(script) as (host, port),
        running(
            tmp_path_factory.mktemp("product"), EMAIL_URL=f"smtp://{host}:{port}",
            STATUSPAGE_MAIL_FROM="status@example.org",
        ) as product,
        web_beside(product, "--server", "daphne") as beside,
    ):  # fmt: skip
        product.wait_until_at_work()
        product.add_component()
        scopes = ("pages:write", "status:write")
        words = (word for scope in scopes for word in ("--scope", scope))
        yield Shop(product, product.manage("token", "shop", *words).split()[-1], script, beside)


@pytest.mark.browser
def test_an_owner_makes_a_page_and_a_german_visitor_enters_and_subscribes(
    shop: Shop, browser: Browser
) -> None:
    owner = sign_in(browser, shop.product)
    owner.set_default_timeout(PATIENCE_MS)
    make_page(owner.new_page(), shop)
    visitor = browser.new_context(locale="de-DE", viewport={"width": 390, "height": 844})
    visitor.set_default_timeout(PATIENCE_MS)
    page = visitor.new_page()

    come_in(page, shop)
    subscribe(page, shop)
    shop.api("status/incidents", {"title": "Slow", "severity": "minor", "message": "We look."})
    until(lambda: len(shop.script.mails) > 1, what="the mail that tells")

    told = shop.script.mails[1]
    assert told.message["From"].startswith("The shop <")
    assert "Slow" in told.message["Subject"]
    assert f"{PAGE}/incidents/" in body(told, "plain")
    for form in ("plain", "html"):
        assert "Abbestellen" in body(told, form)


def make_page(page: Page, shop: Shop) -> None:
    url = shop.product.url
    page.goto(f"{url}/admin/statuspage/page/add/")
    page.fill("#id_slug", "shop")
    page.fill("#id_name", "The shop")
    page.check("#id_everything")
    page.check("#id_private")
    page.fill("#id_new_password", PASSWORD)
    page.click("input[name=_save]")
    page.locator(".messagelist .success").wait_for()
    page.goto(f"{url}/admin/appearance?page=shop")
    page.set_input_files(
        "#logo", {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": LOGO.encode()}
    )
    page.fill("#accent", ACCENT)
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Published.").wait_for()
    until(shop.is_closed, what="the page's door")


def come_in(page: Page, shop: Shop) -> None:
    """Stand before the door, which says nothing but wears the page's face; then open it."""
    until(lambda: ACCENT in get(shop.product.url).text, what="the colour of the door")
    page.goto(f"{shop.product.url}{PAGE}")
    assert page.locator("html").get_attribute("lang") == "de"
    assert "Checkout" not in page.content()
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Seite öffnen").click()
    page.get_by_text("Checkout").first.wait_for()
    assert page.locator(".brand img.logo").first.is_visible()


def subscribe(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.product.url}{PAGE}/subscribe")
    page.locator("#email").fill("ada@example.org")
    page.get_by_role("button", name="Abonnieren").first.click()
    until(lambda: shop.script.mails, what="the mail that asks")
    question = shop.script.mails[0]
    assert question.message["From"].startswith("The shop <")
    assert "Bestätigen" in body(question, "html")
    link = re.search(rf"https?://[^/\s]+({PAGE}/confirm/[0-9a-f-]+)", body(question, "plain"))
    assert link
    page.goto(f"{shop.product.url}{link[1]}")
    page.get_by_role("button", name="Bestätigen").click()
    page.get_by_role("heading", name="Sie haben abonniert").wait_for()


def body(mail: Mail, form: str) -> str:
    part: Any = mail.message.get_body((form,))
    return str(part.get_content())


class Listener:
    """Somebody who listens with a pass, until the server ends it. `how` is how it ended."""

    def __init__(self, server: str, cookie: str) -> None:
        self.server, self.cookie = server, cookie
        self.begun, self.ended, self.how = threading.Event(), threading.Event(), 0
        threading.Thread(target=self._run, daemon=True).start()
        assert self.begun.wait(PATIENCE), f"nothing is heard at {server}"

    def _run(self) -> None:
        self.how = self.listen()
        self.ended.set()

    def listen(self) -> int:
        """Return the status of the event stream, once it is over."""
        with requests.get(
            f"{self.server}{PAGE}/events", headers={"Cookie": self.cookie}, stream=True,
            timeout=FOR_EVER,
        ) as answer:  # fmt: skip
            for line in answer.iter_lines():
                if line.startswith(b"event: "):
                    self.begun.set()
            return answer.status_code


class SocketListener(Listener):
    def listen(self) -> int:
        """Return the code that the socket was closed with."""
        headers = {"Cookie": self.cookie}
        with connect(socket_of(self.server), additional_headers=headers) as socket:
            try:
                while socket.recv(timeout=FOR_EVER):
                    self.begun.set()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0
        return 0


def socket_of(server: str) -> str:
    return f"{server.replace('http', 'ws')}/ws/status?page=shop"


def assert_says_nothing(server: str, cookie: str = "") -> None:
    for path in ("", "/feed.atom", "/events", "/badge.svg", "/api/v2/summary.json", "/history",
                 ".txt", "/gate", "/calendar.ics", "/subscribe"):  # fmt: skip
        answer = get(server, path, cookie)
        assert answer.status_code == 401, (server, path)
        assert "Checkout" not in answer.text, (server, path)
    headers = {"Cookie": cookie} if cookie else {}
    with (
        pytest.raises(InvalidStatus),
        connect(socket_of(server), additional_headers=headers, open_timeout=PATIENCE),
    ):
        pass


def test_ending_all_passes_puts_everybody_out_of_every_process_uvicorn_s_and_daphne_s(
    shop: Shop,
) -> None:
    if not shop.is_closed():
        page = {"slug": "shop", "name": "The shop", "everything": True, "private": True}
        shop.api("pages", {**page, "password": PASSWORD})
        until(shop.is_closed, what="the page's door")
    for server in shop.servers:
        assert_says_nothing(server)
    cookie = enter(shop.product.url)
    for server in shop.servers:
        answer = get(server, cookie=cookie)
        assert "Checkout" in answer.text
        assert "private" in answer.headers["Cache-Control"]
    streams = [Listener(server, cookie) for server in shop.servers]
    sockets = [SocketListener(server, cookie) for server in shop.servers]

    shop.api("pages/shop/end-passes")

    for each in (*streams, *sockets):
        assert each.ended.wait(PATIENCE), f"{type(each).__name__} at {each.server} goes on"
    assert [each.how for each in (*streams, *sockets)] == [200, 200, TRY_LATER, TRY_LATER]
    for server in shop.servers:
        assert_says_nothing(server, cookie)
    again = enter(shop.beside)
    assert {get(server, cookie=again).status_code for server in shop.servers} == {200}
