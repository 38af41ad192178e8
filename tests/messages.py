"""Finds the texts of the sources, and brings the catalogues up to date: `python -m tests.messages`.

A text is the argument of `words(…)`, `words.count(n, …, …)` or `msg(…)` in Python, of `{% t … %}`
in a template, and of `t(…)` in a script. A catalogue keeps its translations; new texts come without
one, which the tests refuse; what no source has any more is deleted.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from components.languages.names import ENGLISH_TAG, NAMES
from components.languages.translated import CATALOGUES, read_catalogue

ROOT = Path(__file__).resolve().parents[1]
APPS = ("components", "monitors", "incidents", "maintenance", "subscribers", "statuspage")
Text = tuple[str, str]
"""A text, and its plural or ''."""

_TAG = re.compile(r'{%\s*t\s+"([^"]+)"(?:\s+"([^"]+)")?')
_SCRIPT = re.compile(r"\bt\('([^']+)'")


def texts() -> dict[Text, set[str]]:
    """Return every text of the sources with the files that it is in."""
    found: dict[Text, set[str]] = {}
    for path, text in _all():
        found.setdefault(text, set()).add(str(path.relative_to(ROOT)))
    return found


def _all() -> Iterator[tuple[Path, Text]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            source = path.read_text()
            if "words" in source or "msg(" in source:
                for text in of_python(source):
                    yield path, text
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if "embedded" in path.parts or path.suffix not in (".html", ".txt", ".js"):
            continue
        source = path.read_text()
        if path.suffix == ".js":
            for script_match in _SCRIPT.finditer(source):
                yield path, (script_match[1], "")
        for match in _TAG.finditer(source):
            yield path, (match[1], match[2] or "")


def of_python(source: str) -> Iterator[Text]:
    """Yield the texts of a module."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name == "msg" or name.rpartition(".")[2] == "words":
            for text in _constants(node.args[0]) if node.args else ():
                yield text, ""
        elif (name == "msgs" or name.endswith("words.count")) and len(node.args) >= 2:
            one, many = (_constant(each) for each in node.args[-2:])
            if one and many:
                yield one, many


def _constants(node: ast.expr) -> Iterator[str]:
    """Yield the text that stands there, or both of `a if … else b`."""
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif text := _constant(node):
        yield text


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def update(tag: str, found: dict[Text, set[str]]) -> int:
    """Write a language's catalogue anew; return how many texts have no translation."""
    former = read_catalogue(tag) if (CATALOGUES / f"{tag}.po").exists() else None
    catalogue = Catalog(locale=tag.replace("-", "_"), project="statuspage", fuzzy=False)
    catalogue.header_comment = f"# Texts of visitors and subscribers: {NAMES[tag]}."
    missing = 0
    for one, many in sorted(found):
        known = former.get(one) if former else None
        string = (known.string if known and not known.fuzzy else None) or ""
        if bool(many) != isinstance(string, list | tuple):
            string = ("",) * catalogue.num_plurals if many else ""
        missing += not (all(string) if many else string)
        catalogue.add((one, many) if many else one, string)
    with (CATALOGUES / f"{tag}.po").open("wb") as file:
        write_po(file, catalogue, width=100, omit_header=False, no_location=True)
    text = (CATALOGUES / f"{tag}.po").read_text()
    # No dates, no addresses: the same texts make the same file.
    kept = ("Content-", "MIME-Version", "Language:", "Plural-Forms")
    lines = [
        line
        for line in text.splitlines()
        if not re.match(r'"[A-Z][\w-]+:', line) or line[1:].startswith(kept)
    ]
    (CATALOGUES / f"{tag}.po").write_text("\n".join(lines).rstrip() + "\n")
    return missing


def main() -> None:
    """Bring all catalogues up to date, and say what they lack."""
    found = texts()
    for tag in NAMES:
        if tag != ENGLISH_TAG:
            missing = update(tag, found)
            sys.stdout.write(f"{tag}: {len(found)} texts, {missing} without a translation\n")


if __name__ == "__main__":
    main()
