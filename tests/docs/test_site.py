"""The site is built without a warning, and a reader's browser asks nobody else for anything."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import ROOT
from tests.counterparts import missing
from tests.docs.test_navigation import navigation

pytestmark = pytest.mark.long

MKDOCS = ROOT / ".venv.docs" / "bin" / "mkdocs"
"""Where `make docs` puts it."""
_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""What a browser loads by itself, and where its address stands."""
_FOREIGN_CSS = re.compile(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)|@import[^;]*//[^;]*")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not MKDOCS.exists():
        missing("mkdocs", f"there is no {MKDOCS.relative_to(ROOT)}")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [str(MKDOCS), "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class _Loads(HTMLParser):
    """Collects the addresses that a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and given.get("rel") in ("canonical", "prev", "next", "edit"):
            return
        if address := given.get(_LOADED.get(tag, "")):
            self.addresses.append(address)


def test_every_page_of_the_navigation_was_built(site: Path) -> None:
    for _, _, file in navigation():
        path = site / file
        index = path.stem in ("index", "README")
        built = path.with_name("index.html") if index else path.with_suffix("") / "index.html"
        assert built.is_file(), file


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    foreign: list[str] = []
    for page in pages:
        loads = _Loads()
        loads.feed(page.read_text("utf-8"))
        foreign += [
            f"{page.relative_to(site)}: {each}" for each in loads.addresses if urlsplit(each).netloc
        ]
    for sheet in site.rglob("*.css"):
        foreign += _FOREIGN_CSS.findall(sheet.read_text("utf-8"))

    assert len(pages) > 40
    assert foreign == []


def test_everything_that_is_loaded_is_there(site: Path) -> None:
    for page in site.rglob("*.html"):
        loads = _Loads()
        loads.feed(page.read_text("utf-8"))
        for each in loads.addresses:
            parts = urlsplit(each)
            if parts.scheme == "data" or page.name == "404.html":
                continue
            assert (page.parent / parts.path).resolve().exists(), f"{page}: {each}"


def test_the_search_finds_pages_of_each_part(site: Path) -> None:
    index = (site / "search" / "search_index.json").read_text("utf-8")

    for location in ("start/", "run/", "use/", "integrate/"):
        assert f'"location":"{location}' in index
