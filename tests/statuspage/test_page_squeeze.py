"""Embedded files get smaller and keep their meaning."""

import shutil
import subprocess
from pathlib import Path

import pytest

from statuspage.page.squeeze import smaller_css, smaller_js

SCRIPTS = sorted((Path(__file__).parents[2] / "templates" / "page").glob("*.js"))


def script(*lines: str) -> str:
    return "\n".join(["(() => {", *(f"  {line}" for line in lines), "})()"])


def test_names_that_a_script_declares_become_short() -> None:
    source = script(
        *("const counter = 1, other = 2", "function add(first, second) {", "  first + other"),
        *("}", "add(other, counter)"),
    )

    assert smaller_js(source) == ("(()=>{\nconst C=1,A=2\nfunction B(a,b){\na+A\n}\nB(A,C)\n})()")


def test_properties_keys_and_strings_keep_their_names() -> None:
    source = script("const name = 1", "call({ name: name, other: a.name }, 'name of name')")

    assert smaller_js(source) == (
        "(()=>{\nconst A=1\ncall({name:A,other:a.name},'name of name')\n})()"
    )


def test_spread_names_are_names() -> None:
    assert "[...A.children]" in smaller_js(script("const parent = 1", "use([...parent.children])"))


def test_a_name_that_is_a_property_at_the_same_time_is_refused() -> None:
    with pytest.raises(ValueError, match=r"write . version: version ."):
        smaller_js(script("const version = 1", "call({ version })"))


def test_two_plus_signs_are_kept_apart() -> None:
    assert "A + +B" in smaller_js(script("const one = 1", "const two = '2'", "use(one + +two)"))


def test_comments_and_empty_lines_go() -> None:
    assert smaller_js("  // why\n\n  a = 1\n") == "a=1"
    assert smaller_css("/* why */ a > b { color : red ; }\n") == "a>b{color :red}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_still_a_script(path: Path, tmp_path: Path) -> None:
    squeezed = smaller_js(path.read_text("utf-8"))

    assert len(squeezed) < 0.9 * path.stat().st_size
    assert squeezed.count("{") == squeezed.count("}")
    node = shutil.which("node")
    if node:
        file = tmp_path / path.name
        file.write_text(squeezed)
        subprocess.run([node, "--check", file], check=True)
