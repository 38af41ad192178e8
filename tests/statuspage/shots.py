"""`make shots`: the pictures in `docs/`, of the scenes that the tests look at and of the desk.

Also the previews that the product serves beside its links.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import django

from tests import DOCS

LEVELS = {
    "operational": "good",
    "degraded": "degraded",
    "partial-outage": "partial",
    "major-outage": "major",
    "maintenance": "maintenance",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    os.environ.setdefault("STATUSPAGE_SITE_NAME", "Northwind")
    os.environ.setdefault("STATUSPAGE_DATA_DIR", tempfile.mkdtemp(prefix="sp-shots-"))

    _choose_fonts()
    django.setup()
    # Only now: these need Django's settings.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (after django.setup())

    from tests.statuspage import brand_shots, desk_shots  # noqa: PLC0415  (after django.setup())
    from tests.statuspage.live_site import ARGUMENTS  # noqa: PLC0415  (after django.setup())
    from tests.statuspage.public_pages import pages  # noqa: PLC0415  (after django.setup())

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("chromium is not installed; on Debian: apt-get install chromium")
    (DOCS / "levels").mkdir(exist_ok=True)
    # Django's store may not be asked where the browser is driven from.
    shown, session, branded = pages(), desk_shots.prepare(), brand_shots.pages()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        desk = {"viewport": {"width": 1000, "height": 1200}}
        _shoot(browser, shown["status"], "page-light.png", desk)
        _shoot(browser, shown["status"], "page-dark.png", {**desk, "color_scheme": "dark"})
        phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"}
        _shoot(browser, shown["status"], "page-phone.png", phone)
        _shoot(browser, shown["component"], "page-component.png", desk)
        for level, body in _levels().items():
            banner = {"viewport": {"width": 860, "height": 300}}
            _shoot(browser, body, f"levels/{level}.png", banner)
        (DOCS / "looks").mkdir(exist_ok=True)
        for name, body in branded.items():
            _shoot(browser, body, f"looks/{name}.png", {"viewport": {"width": 1000, "height": 760}})
        desk_shots.shoot(browser, DOCS, session)
        _draw_previews(browser)
        browser.close()


def _choose_fonts() -> None:
    """Have the browser use Inter: with what a bare server has, a page looks ten years older."""
    has = subprocess.run(
        ["fc-list", ":", "family"], capture_output=True, text=True, check=False
    ).stdout  # fmt: skip
    if "Inter" not in has:
        sys.exit(
            "The pictures need the font Inter, and Noto for other scripts; on Debian:"
            " apt-get install fonts-inter fonts-noto-core fonts-noto-cjk"
        )
    os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))


def _levels() -> dict[str, bytes]:
    # After django.setup().
    from statuspage.renderers.html.render import render_page  # noqa: PLC0415
    from tests.statuspage import page_scenes  # noqa: PLC0415  (after django.setup())

    return {
        level: render_page(page_scenes.SCENES[scene]())
        for level, scene in LEVELS.items()
        if scene in page_scenes.SCENES
    }


def _shoot(browser: Any, body: bytes, name: str, options: dict[str, Any]) -> None:
    """Without scripts, which would find the scene's figures to be years old."""
    context = browser.new_context(**options, java_script_enabled=False)
    page = context.new_page()
    page.set_content(body.decode(), wait_until="load")
    page.screenshot(path=DOCS / name)
    context.close()


def _draw_previews(browser: Any) -> None:
    """The tab's icon of each status, in the middle of white, as the product serves it."""
    from components.status import Status  # noqa: PLC0415  (after django.setup())
    from statuspage.renderers.html.icons import FAVICONS  # noqa: PLC0415  (after django.setup())
    from statuspage.renderers.html.link_preview import FOLDER, SIZE  # noqa: PLC0415

    page = browser.new_page(viewport={"width": SIZE, "height": SIZE})
    for status in Status:
        page.set_content(
            f"<body style='margin:0;background:#fff'><img src='{FAVICONS[status]}'"
            f" style='display:block;width:{SIZE // 3 * 2}px;margin:{SIZE // 6}px'>"
        )
        page.screenshot(path=FOLDER / f"{status}.png")
    page.close()


if __name__ == "__main__":
    main()
