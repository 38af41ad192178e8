"""What a browser makes of the page: first paint on a slow phone, and the marks of Lighthouse."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.databases import SQLITE
from bench.processes import BrokenError
from bench.report import Table, at_least, at_most, figure
from bench.stage import LOCAL, Stage

_SIZES = (10, 100)
_RUNS = 5
_FCP_SECONDS = 0.8
_MARK = 99
_CHROMIUM = "chromium"
_ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)
# A slow phone as Lighthouse sees it: 150 ms there and back, 1.6 Mbit/s, a slow processor.
_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
_SLOWER = 4
_CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_LIGHTHOUSE = Path(__file__).parent / "node" / "node_modules" / ".bin" / "lighthouse"


def run(stage: Stage) -> Table:
    """First paint in Chromium, throttled, of pages of 10 and of 100 components."""
    table = Table(
        "browser: the page in Chromium with 1.6 Mbit/s, 150 ms and a quarter of the processor",
        ("components", "first paint s", "loaded s", "bytes", "requests", "elsewhere", "complaints"),
    )
    if shutil.which(_CHROMIUM) is None:
        table.add("skipped: chromium is needed")
        return table
    for count in _SIZES[:1] if stage.short else _SIZES:
        with _address(stage, count) as address:
            stage.progress.say(f"browser: {count} components")
            runs = _look(address, 1 if stage.short else _RUNS)
        table.add(
            str(count),
            at_most(median(each["paint"] for each in runs), _FCP_SECONDS, " s"),
            figure(median(each["loaded"] for each in runs)),
            f"{max(each['bytes'] for each in runs):,.0f}",
            str(max(each["requests"] for each in runs)),
            at_most(max(each["elsewhere"] for each in runs), 0),
            at_most(sum(each["complaints"] for each in runs), 0),
        )
    table.notes.append("median of the runs, each in a fresh context; the stream is a request too")
    return table


def lighthouse(stage: Stage) -> Table:
    """Lighthouse's four marks for the page, as on a phone."""
    table = Table("lighthouse: marks of 100, mobile", ("components", *_CATEGORIES))
    chromium = shutil.which(_CHROMIUM)
    if chromium is None or not _LIGHTHOUSE.exists():
        table.add("skipped: chromium and `npm ci` in bench/node are needed")
        return table
    for count in _SIZES[:1] if stage.short else _SIZES:
        with _address(stage, count) as address:
            stage.progress.say(f"lighthouse: {count} components")
            report = _report(stage, address, chromium)
        marks = [100 * report["categories"][name]["score"] for name in _CATEGORIES]
        table.add(str(count), *(at_least(mark, _MARK) for mark in marks))
        wrong = [
            each["id"]
            for each in report["audits"].values()
            if each.get("score") is not None
            and each["score"] < 1
            and each["scoreDisplayMode"] in ("binary", "numeric")
        ]
        if wrong:
            table.notes.append(f"{count}: less than full marks for {', '.join(wrong)}")
    return table


@contextmanager
def _address(stage: Stage, count: int) -> Iterator[str]:
    with stage.site(SQLITE, STATUSPAGE_SITE_NAME="Northwind") as site:
        site.inside("fill_components", count=count)
        with site.web() as web:
            yield f"http://{LOCAL}:{web.port}/status"


def _look(address: str, runs: int) -> list[dict[str, float]]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only this subject needs it)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which(_CHROMIUM), args=list(_ARGUMENTS)
        )
        seen = [_once(browser, address) for _ in range(runs)]
        browser.close()
    return seen


def _once(browser: Any, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 412, "height": 823})
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    page.goto(address, wait_until="load")
    told: dict[str, float] = page.evaluate("""() => new Promise(done => {
        const look = () => {
            const paint = performance.getEntriesByName('first-contentful-paint')[0]
            const load = performance.getEntriesByType('navigation')[0]
            if (!paint || !load.loadEventEnd) { setTimeout(look, 20); return }
            done({ paint: paint.startTime / 1e3, loaded: load.loadEventEnd / 1e3,
                bytes: load.transferSize })
        }
        look()
    })""")
    context.close()
    home = address.rsplit("/", 1)[0]
    elsewhere = sum(not url.startswith((home, "data:")) for url in asked)
    counted = {"requests": len(asked), "elsewhere": elsewhere, "complaints": len(complaints)}
    return {**told, **counted}


def _report(stage: Stage, address: str, chromium: str) -> dict[str, Any]:
    place = stage.place("lighthouse").with_suffix(".json")
    done = subprocess.run(
        [
            *(str(_LIGHTHOUSE), address, "--quiet", "--output=json", f"--output-path={place}"),
            *(f"--only-categories={','.join(_CATEGORIES)}", "--no-enable-error-reporting"),
            f"--chrome-flags={' '.join(_ARGUMENTS)}",
        ],
        env={**os.environ, "CHROME_PATH": chromium},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    if done.returncode or not place.exists():
        raise BrokenError(done.stderr[-1000:])
    report: dict[str, Any] = json.loads(place.read_text())
    return report
