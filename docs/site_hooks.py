"""Hooks of mkdocs: what pages link to beside `docs/` is part of the site, below `project/`."""

import re
from pathlib import Path
from posixpath import dirname, normpath, relpath
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
BESIDE = "project/"
PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md")
"""Pages of the navigation that lie beside `docs/`."""
_LINK = re.compile(r"(?P<text>!?\[(?:[^\]\[]|\[[^\]]*\])*\])\((?P<link>[^)\s]+)\)")


def on_files(files: Any, *, config: Any) -> Any:
    """Add the files that pages link to, and those that such pages link to in their turn."""
    known = next(iter(files))
    left = [file.src_uri for file in files.documentation_pages()]
    left += [f"{BESIDE}{page}" for page in PAGES]
    seen = {file.src_uri for file in files}
    while left:
        page = left.pop()
        if page not in seen:
            seen.add(page)
            made = type(known).generated(config, page, abs_src_path=str(_source(page)))
            files.append(made)
        if page.endswith(".md"):
            text = _source(page).read_text(encoding="utf-8")
            targets = (_target(page, each["link"])[0] for each in _LINK.finditer(text))
            left += [each for each in targets if each and each not in seen]
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Have links lead to where the site has what they name; a folder's name is text."""
    source = page.file.src_uri

    def moved(found: re.Match[str]) -> str:
        target, rest = _target(source, found["link"])
        if target is None:
            return found[0]
        if not target:
            return found["text"].strip("![]")
        return f"{found['text']}({relpath(target, dirname(source) or '.')}{rest})"

    return _LINK.sub(moved, markdown)


def _source(page: str) -> Path:
    beside = page.startswith(BESIDE)
    return ROOT / page.removeprefix(BESIDE) if beside else ROOT / "docs" / page


def _target(page: str, link: str) -> tuple[str | None, str]:
    """Return where in the site a link leads, and its anchor.

    None where it leads elsewhere or to its own page, an empty name where the site does not have it.
    """
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path:
        return None, ""
    here = (
        dirname(page.removeprefix(BESIDE)) if page.startswith(BESIDE) else f"docs/{dirname(page)}"
    )
    path = normpath(f"{here}/{parts.path}" if here else parts.path)
    rest = f"#{parts.fragment}" if parts.fragment else ""
    if path.startswith("docs/"):
        return path.removeprefix("docs/"), rest
    if path.startswith("..") or not (ROOT / path).is_file():
        return "", rest
    return f"{BESIDE}{path}", rest
