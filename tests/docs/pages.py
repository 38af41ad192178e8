"""The pages of the documentation, with their blocks, links and headings."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

from tests import DOCS, ROOT

BESIDE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md")
"""What is read as documentation although it lies outside of `docs/`."""
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_LAST_COMMENT = re.compile(r"<!--((?:(?!-->).)*)-->\s*\Z", re.DOTALL)
_WHOLE_PAGE = re.compile(r"<!-- all blocks: (.*?) -->", re.DOTALL)
_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1", re.DOTALL)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
_TAG = re.compile(r"<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} +(.*?) *#*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the comment that stands right before it."""

    page: str
    line: int
    language: str
    text: str
    comment: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line} ({self.language or 'no language'})"


@cache
def pages() -> tuple[Path, ...]:
    """Return every page there is, in `docs/` and beside it."""
    return (*sorted(DOCS.rglob("*.md")), *(ROOT / name for name in BESIDE))


def name_of(page: Path) -> str:
    """Return how a page is called in messages: its path in the repository."""
    return page.relative_to(ROOT).as_posix()


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    """Return a page's blocks. Raises ValueError where a fence has no end."""
    text = text_of(page)
    found = list(_FENCE.finditer(text))
    if len(re.findall(r"^ *(?:```|~~~)", text, re.MULTILINE)) != 2 * len(found):
        raise ValueError(f"{name_of(page)}: a block has no end, or is fenced by other than ```")
    whole = _WHOLE_PAGE.search(text)
    return tuple(
        Block(
            page=name_of(page),
            line=text.count("\n", 0, each.start()) + 1,
            language=each["language"].strip(),
            text=dedent(each["text"]),
            comment=_comment(text[: each.start()], whole[1] if whole else ""),
        )
        for each in found
    )


def _comment(before: str, whole: str) -> str:
    found = _LAST_COMMENT.search(before)
    if found is None or _WHOLE_PAGE.match(found[0]):
        return whole
    return " ".join(found[1].split())


def links(page: Path) -> Iterator[str]:
    """Yield where a page leads to, as it stands there: links, pictures, and those in HTML."""
    text = _CODE.sub("", _FENCE.sub("", text_of(page)))
    for pattern in (_LINK, _REFERENCE, _TAG):
        yield from pattern.findall(text)


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page's headings that hold both on the site and on GitHub."""
    headings = [_plain(each) for each in _HEADING.findall(_FENCE.sub("", text_of(page)))]
    return _numbered(map(_on_github, headings), "-") & _numbered(map(_on_site, headings), "_")


def _plain(heading: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")


def _on_github(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _on_site(heading: str) -> str:
    """As Python-Markdown's table of contents makes them."""
    ascii_only = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())


def _numbered(slugs: Iterator[str], mark: str) -> frozenset[str]:
    seen: dict[str, int] = {}
    found = set()
    for slug in slugs:
        number = seen.get(slug, 0)
        seen[slug] = number + 1
        found.add(f"{slug}{mark}{number}" if number else slug)
    return frozenset(found)
