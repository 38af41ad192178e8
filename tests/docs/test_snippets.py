"""Every block of the documentation is run, or it says why it is only checked for syntax.

Above a block may stand a comment, and one that begins with `all blocks:` counts for a whole page:

    <!-- run by tests/…/test_….py -->          another test runs it, and reads it from this page
    <!-- syntax only: needs systemd -->        it cannot be run here, for one of the REASONS

Without one, what stands in the block is run against a product with a little of everything.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests import DOCS, ROOT
from tests.docs import syntax
from tests.docs.pages import Block, blocks, name_of, pages
from tests.docs.product import Product, demonstration, running
from tests.mailserver import Script, mail_server
from tests.waiting import PATIENCE

pytestmark = pytest.mark.long

REASONS = {
    "a package manager", "systemd", "a cluster", "a container engine", "another machine",
    "several minutes", "a month of history", "another product", "a terminal of its own",
}  # fmt: skip
"""What a block may need that a test does not have. What needs a terminal runs until stopped."""
_RUN_BY = re.compile(r"run by (\S+)")
_SYNTAX_ONLY = re.compile(r"syntax only: needs (.+)")
_SHELL = {"sh", "bash"}
_PARSED = {"ini", "json", "toml", "yaml"}
_RUN = {*_SHELL, "cron", "http", "python"}
_BY_OTHERS = {"js", "haproxy", "sql"}
_LANGUAGES = {*_RUN, *_PARSED, *_BY_OTHERS, "env", "nginx", "text"}
_COMMAND = re.compile(
    r"^\s*(?:\$ |sudo |manage\.py |statuspage [a-z]|statusctl [a-z]|make |curl |docker |kubectl "
    r"|systemctl |apt-get |pip |git |python3? )",
    re.MULTILINE,
)
PAGES = [page for page in pages() if blocks(page)]


def is_run(block: Block) -> bool:
    return block.language in _RUN and not _marked(block)


def _marked(block: Block) -> bool:
    return bool(_RUN_BY.fullmatch(block.comment) or _SYNTAX_ONLY.fullmatch(block.comment))


def wrong(block: Block) -> Iterator[str]:
    """Yield what is missing, so that a block is run or says why it is not."""
    if block.language not in _LANGUAGES:
        yield f"{block}: name its language, one of {', '.join(sorted(_LANGUAGES))}"
    if block.language == "text" and _COMMAND.search(block.text):
        yield f"{block}: commands are `sh`, so that they are run"
    if block.language in _BY_OTHERS and not _marked(block):
        yield f"{block}: say above it which test runs it, or what it needs"
    if by := _RUN_BY.fullmatch(block.comment):
        test = ROOT / by[1]
        if not test.is_file():
            yield f"{block}: there is no {by[1]}"
        elif Path(block.page).name not in test.read_text("utf-8"):
            yield f"{block}: {by[1]} does not read this page"
    if only := _SYNTAX_ONLY.fullmatch(block.comment):
        if only[1] not in REASONS:
            yield f"{block}: “{only[1]}” is no reason; there are {', '.join(sorted(REASONS))}"
        if block.language not in {*_SHELL, "sql", "python"}:
            yield f"{block}: this language is checked without a reason"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_is_run_or_says_why_not(page: Path) -> None:
    assert [line for block in blocks(page) for line in wrong(block)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_not_run_is_right_as_far_as_words_go(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if block.language in _SHELL:
            syntax.shell(block)
        elif block.language in _PARSED or block.language == "python":
            syntax.parsed(block)
        elif block.language == "env":
            syntax.settings(block, tmp_path)
        elif block.language == "nginx" and not _marked(block):
            syntax.nginx(block, tmp_path)
        if block.language == "yaml" and re.search(r"\b(scrape_configs|job_name):", block.text):
            syntax.prometheus(block, tmp_path)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("documented")
    with (
        mail_server(Script()) as (_, port),
        demonstration() as control,
        running(folder, mail_port=port, control=control) as site,
    ):
        yield site


@pytest.mark.parametrize("page", [page for page in PAGES if any(map(is_run, blocks(page)))],
                         ids=name_of)  # fmt: skip
def test_commands_do_what_the_page_says(page: Path, product: Product) -> None:
    for block in filter(is_run, blocks(page)):
        if block.language in _SHELL:
            product.run(block.text, at=str(block))
        elif block.language == "cron":
            for command in syntax.cron(block):
                product.run(command, at=str(block))
        elif block.language == "python":
            script = product.folder / "snippet.py"
            script.write_text(product.here(block.text), encoding="utf-8")
            product.run("python snippet.py", at=str(block))
        else:
            _ask(product, block)


def _ask(product: Product, block: Block) -> None:
    """Each line is a request that is answered, with any status that is not an error of its own."""
    for line in block.text.splitlines():
        method, path = line.split()
        answer = requests.request(method, f"{product.site.url}{path}", timeout=PATIENCE)
        assert answer.status_code not in (404, 405), f"{block}: {line}"
        assert answer.status_code < 500, f"{block}: {line}"


def test_a_file_of_monitors_is_what_the_command_takes(product: Product) -> None:
    page = DOCS / "monitors.md"
    yaml = [each for each in blocks(page) if each.language == "yaml"]
    [block] = [each for each in yaml if each.text.startswith("monitors:")]
    (product.folder / "monitors.yaml").write_text(block.text, encoding="utf-8")

    product.run("manage.py monitors import --dry-run $PWD/monitors.yaml", at=str(block))


BAD = {
    "no language": ("", "manage.py doctor\n", ""),
    "commands as text": ("text", "curl -s http://127.0.0.1:3000/status\n", ""),
    "a reason that is none": ("sh", "true\n", "syntax only: needs time"),
    "a test that there is not": ("sh", "true\n", "run by tests/docs/test_nothing.py"),
    "a test that does not read it": ("sh", "true\n", "run by tests/docs/product.py"),
    "a language for others": ("sql", "SELECT 1;\n", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_a_block_that_escapes_is_found(case: str) -> None:
    language, text, comment = BAD[case]

    assert list(wrong(Block("docs/page.md", 1, language, text, comment)))


@pytest.mark.parametrize(
    "script",
    ["if true; then\n", "manage.py dcotor\n", "manage.py token ci --scop status:read\n",
     "cd x && A=b manage.py backup\n", "make nothing-like-it\nmake nothing\n"],
    ids=["broken", "command", "option", "argument", "target"],
)  # fmt: skip
def test_words_that_are_wrong_are_found(script: str) -> None:
    with pytest.raises(AssertionError):
        syntax.shell(Block("docs/page.md", 1, "sh", script, ""))
