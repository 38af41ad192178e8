"""What journeys of staff have in common: signing in, the keyboard, a component that is watched."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.product import Backend, Product
from tests.waiting import PATIENCE, until

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = PATIENCE * 1000
WIDTHS = {1440: (1440, 900), 390: (390, 844)}
"""Of a desk and of a phone, with the size of the window."""
MAX_TABS = 90


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, as often as a person would have the patience for."""
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def press(page: Page, selector: str) -> None:
    """Go to a link or a button by Tab, and press Enter."""
    tab_to(page, selector)
    page.keyboard.press("Enter")


def enter(page: Page, selector: str, text: str) -> None:
    """Go to a field by Tab, and type a text in the place of what it holds."""
    tab_to(page, selector)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def choose(page: Page, field: str, name: str) -> None:
    """Go to one of the admin's boxes to choose from by Tab, and find a row by its name."""
    tab_to(page, f"#{field} ~ .select2-container *")
    page.keyboard.press("Enter")
    page.keyboard.type(name)
    page.locator(".select2-results__option--highlighted", has_text=name).wait_for(
        timeout=PATIENCE_MS
    )
    page.keyboard.press("Enter")


def sized(context: BrowserContext, width: int) -> Page:
    """Return a new page of one of WIDTHS."""
    page = context.new_page()
    wide, high = WIDTHS[width]
    page.set_viewport_size({"width": wide, "height": high})
    return page


def published(page: Page) -> None:
    page.locator(".messagelist", has_text="Published.").wait_for(timeout=PATIENCE_MS)


def first_incident(product: Product) -> dict[str, Any]:
    incidents: list[dict[str, Any]] = product.status()["incidents"]
    return incidents[0] if incidents else {}


def watch(product: Product, folder: Path, backend: Backend, *, incidents: str = "publish") -> None:
    """Watch one component with one monitor, which opens its incidents by itself."""
    path = folder / "shop.yaml"
    path.write_text(
        "groups: [{name: Shop, components: [{name: Checkout, slug: checkout,"
        f" auto_incident: '{incidents}', opening_delay: 0, monitors: [{{name: Checkout answers,"
        f' config: {{url: "{backend.url}"}}, interval: 1, timeout: 1, confirm_down: 1}}]}}]}}]\n'
    )
    product.wait_until_at_work()
    product.manage("preset", str(path))
    until(
        lambda: product.service("checkout")["status"] == "operational",
        what="the first good check",
    )


def sign_in(browser: Browser, product: Product) -> BrowserContext:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{product.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("#user-tools").wait_for(timeout=PATIENCE_MS)
    page.close()
    return context
