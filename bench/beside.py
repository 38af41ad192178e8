"""`python -m bench.beside NAME=URL…`: status pages beside each other, in one sitting.

Of each page that runs already: what a browser loads for it, how long the first byte takes, and how
many requests a second it answers. `wrk` and Chromium are needed; nothing is started or stored.
Rounds take turns, so that what else the machine does meets all of them alike.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Browser, Response, sync_playwright

from bench import wrk

ROUNDS, ASKED, SECONDS = 3, 20, 5
_ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]


@dataclass
class Found:
    """What was measured of one page."""

    name: str
    url: str
    loaded_bytes: int = 0
    requests: int = 0
    first_byte_ms: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    def row(self) -> str:
        return (
            f"| {self.name} | {self.loaded_bytes / 1000:,.0f} kB | {self.requests} |"
            f" {statistics.median(self.first_byte_ms):.1f} ms |"
            f" {statistics.median(self.rates):,.0f} |"
        )


def load(browser: Browser, found: Found) -> None:
    """Load the page once, with an empty cache, and count what comes over the line."""
    page = browser.new_context().new_page()
    seen: list[Response] = []
    # Playwright marks what it calls, and a method of a list takes no mark.
    page.on("response", lambda each: seen.append(each))  # noqa: PLW0108
    page.goto(found.url, wait_until="load")
    page.wait_for_timeout(3_000)
    # A stream of events never ends; it counts as a request.
    whole = [each for each in seen if "event-stream" not in each.headers.get("content-type", "")]
    for each in whole:
        each.finished()
    found.requests = len(seen)
    found.loaded_bytes = sum(each.request.sizes()["responseBodySize"] for each in whole)
    page.context.close()


def ask(found: Found, folder: Path) -> None:
    """Ask one after the other for the first byte, then on many connections for the rate."""
    for _ in range(ASKED):
        answer = requests.get(found.url, timeout=30, stream=True)
        found.first_byte_ms.append(answer.elapsed.total_seconds() * 1000)
        answer.close()
    parts = urlsplit(found.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # As browsers ask: without it some answer with what is for programs.
    headers = {"Host": parts.netloc, "Accept": "text/html", "Accept-Encoding": "br, gzip"}
    load = wrk.drive(parts.port or 80, path, seconds=SECONDS, headers=headers, folder=folder)
    found.rates.append(load.rate)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.beside", description=__doc__)
    parser.add_argument("page", nargs="+", metavar="NAME=URL", help="on this machine, by http")
    pages = [Found(*each.split("=", 1)) for each in parser.parse_args().page]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_ARGUMENTS
        )
        for each in pages:
            load(browser, each)
        browser.close()
        for _ in range(ROUNDS):
            for each in pages:
                ask(each, Path(folder))
    head = "| page | loaded | requests | first byte | requests a second |\n|---|---|---|---|---|"
    sys.stdout.write("\n".join([head, *(each.row() for each in pages)]) + "\n")


if __name__ == "__main__":
    main()
