"""What pages embed is what its sources say, made small."""

import re
import subprocess

import pytest

from statuspage.renderers.html.assets import embedded
from tests import ROOT
from tests.node_tools import tool

TEMPLATES = ROOT / "templates"
SOURCES = sorted(
    str(path.relative_to(TEMPLATES))
    for room in ("page", "subscribe")
    for kind in ("css", "js")
    for path in (TEMPLATES / room).glob(f"*.{kind}")
)


def flags() -> list[str]:
    found = re.search(r"^ESBUILD := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert found
    return found[1].split()


def test_there_is_nothing_else_and_nothing_is_missing() -> None:
    made = (TEMPLATES / "embedded").rglob("*.*")

    assert sorted(str(path.relative_to(TEMPLATES / "embedded")) for path in made) == SOURCES


@pytest.mark.parametrize("name", SOURCES)
def test_the_embedded_form_is_that_of_the_source(name: str) -> None:
    made = subprocess.run(
        [tool("esbuild"), *flags(), name], cwd=TEMPLATES, capture_output=True, text=True, check=True
    )

    assert made.stdout.strip() == embedded(name), "run make assets"
