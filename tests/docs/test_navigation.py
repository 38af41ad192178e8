"""Every page is in the site's navigation, and every link leads to what is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from tests import DOCS, ROOT
from tests.docs.pages import anchors, links, name_of, pages

CONFIG = ROOT / "mkdocs.yml"
PARTS = ("Start", "Run", "Use", "Integrate")
BESIDE = "project/"
"""Where the site has the pages that lie beside `docs/`: docs/site_hooks.py puts them there."""
LINKED = [*pages(), ROOT / "CHANGELOG.md"]


def navigation() -> list[tuple[str, str, str]]:
    """Return the part, the title and the file of each page that the navigation names."""
    config = yaml.safe_load(CONFIG.read_text("utf-8"))
    return [
        (part, title, file)
        for entry in config["nav"]
        for part, children in entry.items()
        for title, file in _files(children, title=part)
    ]


def _files(children: Any, *, title: str) -> Iterator[tuple[str, str]]:
    if isinstance(children, str):
        yield title, children
    elif isinstance(children, dict):
        for name, child in children.items():
            yield from _files(child, title=name)
    else:
        for child in children:
            yield from _files(child, title=child if isinstance(child, str) else title)


def test_the_site_has_its_four_parts() -> None:
    named = [part for part, _, _ in navigation()]

    assert [part for part in dict.fromkeys(named) if part in PARTS] == list(PARTS)


def test_every_page_is_in_the_navigation_once() -> None:
    named = [file for _, _, file in navigation()]
    there = [page.relative_to(DOCS).as_posix() for page in sorted(DOCS.rglob("*.md"))]

    missing = [
        f"docs/{name} is in no part of the site: add it to `nav` in mkdocs.yml, under one of"
        f" {', '.join(PARTS)}"
        for name in there
        if name not in named
    ]
    assert not missing, "\n".join(missing)
    assert len(set(named)) == len(named)


def test_everything_that_the_navigation_names_is_there() -> None:
    gone = [
        f"mkdocs.yml names {file}, which is not there"
        for _, _, file in navigation()
        if not (
            ROOT / file.removeprefix(BESIDE) if file.startswith(BESIDE) else DOCS / file
        ).is_file()
    ]

    assert not gone, "\n".join(gone)


def test_titles_of_one_part_differ() -> None:
    told = [(part, title) for part, title, _ in navigation()]

    assert len(set(told)) == len(told)


def dead_ends(page: Path) -> Iterator[str]:
    """Yield the links of a page that lead nowhere, each with the reason."""
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme in ("http", "https", "mailto"):
            continue
        target = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
        if parts.scheme or link.startswith("/"):
            yield f"{name_of(page)}: {link} is no relative link"
        elif not target.is_relative_to(ROOT) or not target.exists():
            yield f"{name_of(page)}: {link} is not there"
        elif parts.fragment and parts.fragment not in anchors(target):
            yield f"{name_of(page)}: {link}: there is no such heading, here or on the site"


@pytest.mark.parametrize("page", LINKED, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(dead_ends(page)) == []


@pytest.mark.parametrize(
    "text",
    ["[a](nothing.md)", "![a](nothing.png)", "[a](page.md#nothing)", "[a](#nothing)",
     "[a](/status)", '<img src="nothing.png">', "[a]: nothing.md", "[a](../../../outside.md)"],
)  # fmt: skip
def test_a_dead_end_is_found(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.docs.test_navigation.ROOT", tmp_path)
    monkeypatch.setattr("tests.docs.pages.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{text}\n", encoding="utf-8")

    assert len(list(dead_ends(page))) == 1


@pytest.mark.parametrize(
    "text",
    ["[a](page.md#title)", "[a](#title)", "`[a](nothing.md)`", "```text\n[a](nothing.md)\n```",
     "[a](https://example.com/nothing)", "[a](page.md)"],
)  # fmt: skip
def test_what_leads_somewhere_is_left_alone(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.docs.test_navigation.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{text}\n", encoding="utf-8")

    assert list(dead_ends(page)) == []


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=name_of)
def test_a_page_has_one_title(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)

    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
