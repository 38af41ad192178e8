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


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, as often as a person would have the patience for."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


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
