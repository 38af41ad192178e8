"""The runner kills what a test notices, and tells what no test does."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.mutants.equivalents import read_equivalents
from tests.mutants.mutations import mutants_of
from tests.mutants.rules import RULES

RULE = '''"""Who is of age."""

AGE: int = 18


def is_of_age(years: int) -> bool:
    """Return whether `years` are enough."""
    return years >= AGE
'''
CARELESS = """
from toy_rule import is_of_age

def test_children_and_parents():
    assert is_of_age(40)
    assert not is_of_age(4)
"""
CAREFUL = f"""{CARELESS}
def test_the_birthday():
    assert is_of_age(18)
    assert not is_of_age(17)
"""
RUN = """
import sys
from pathlib import Path
from tests.mutants.__main__ import run
from tests.mutants.equivalents import read_equivalents
from tests.mutants.rules import Rule
root = Path(sys.argv[1])
rule = Rule("toy_rule.py", ("test_toy_rule.py",), root)
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
sys.exit(run([rule], root / "ledgers", read_equivalents(root / "listed.toml")))
"""


LISTED = """
[["toy_rule.py"]]
where = "is_of_age"
why = "nobody is exactly 18"
before = "return years >= AGE"
after = "return years > AGE"

[["toy_rule.py"]]
where = "is_of_age"
why = "it was there once"
before = "a"
after = "b"
"""
Done = subprocess.CompletedProcess


def session(folder: Path, rule: str, tests: str, listed: str = "") -> "Done[str]":
    (folder / "toy_rule.py").write_text(rule, encoding="utf-8")
    (folder / "test_toy_rule.py").write_text(tests, encoding="utf-8")
    (folder / "listed.toml").write_text(listed, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-c", RUN, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def row(done: "Done[str]") -> list[str]:
    """The rule's figures in the table."""
    line = next(line for line in done.stdout.splitlines() if line.startswith("toy_rule.py  "))
    return line.split()[1:]


def test_survivors_are_told_and_too_many_of_them_fail(tmp_path: Path) -> None:
    first = session(tmp_path, RULE, CARELESS)

    assert first.returncode == 1, first.stderr
    assert row(first) == ["5", "2", "3", "0", "3", "40.0", "too", "few"]
    assert (
        "  survived: toy_rule.py:8 in is_of_age\n"
        "    - return years >= AGE\n    + return years > AGE\n"
    ) in first.stdout

    ledger = tmp_path / "ledgers" / "toy_rule.jsonl"
    trials = ledger.read_text(encoding="utf-8")
    again = session(tmp_path, RULE, CARELESS, LISTED)

    assert again.returncode == 1, "half of the others are not enough"
    assert row(again) == ["5", "2", "3", "1", "2", "50.0", "too", "few"]
    assert "+ return years > AGE" not in again.stdout
    assert "listed, but killed or gone: is_of_age: a → b" in again.stdout
    assert trials.count("\n") == 5
    assert ledger.read_text(encoding="utf-8") == trials, "no trial is made twice"

    tested = session(tmp_path, RULE, CAREFUL)

    assert tested.returncode == 0, tested.stderr
    assert row(tested) == ["5", "5", "0", "0", "0", "100.0"]


def test_tests_that_fail_without_any_change_say_nothing_of_mutants(tmp_path: Path) -> None:
    done = session(tmp_path, RULE, "def test_it():\n    assert False\n")

    assert done.returncode == 1
    assert "toy_rule.py: its tests do not pass without any change" in done.stderr
    assert "test_toy_rule.py:2" in done.stderr, "pytest says which"
    assert row(done) == ["its", "tests", "fail"]


def test_a_mutant_that_never_ends_is_killed(tmp_path: Path) -> None:
    waiting = "def wait(done):\n    while not done():\n        pass\n    return True\n"
    tests = "from toy_rule import wait\ndef test_it():\n    assert wait(lambda: True)\n"

    done = session(tmp_path, waiting, tests)

    assert row(done)[:3] == ["3", "3", "0"]
    ledger = (tmp_path / "ledgers" / "toy_rule.jsonl").read_text(encoding="utf-8")
    assert ledger.count('"timeout"') == 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", {"x = a <= b", "x = a >= b"}),
        ("x = a in b", {"x = a not in b"}),
        ("x = a is not b", {"x = a is b"}),
        ("x = a and b", {"x = a or b", "x = a", "x = b"}),
        ("x = min(a, b)", {"x = max(a, b)"}),
        ("x += y", {"x -= y", "x = y"}),
        ("x = [a for a in b if c(a)]", {"x = [a for a in b if not (c(a))]"}),
        ("x = a if b(c) else d", {"x = a if not (b(c)) else d"}),
        ("def f(a: int | None = None, *b, **c) -> int | None:\n  pass", set()),
        ("@d(frozen=True)\nclass C:\n  pass", set()),
        ("def f():\n  return None", set()),
        ("def f():\n  return a", {"return None"}),
        ("def f():\n  raise a", {"pass"}),
        ("a.b(c)", {"pass"}),
    ],
)
def test_each_mutation_is_another_program(source: str, expected: set[str]) -> None:
    assert {mutant.after for mutant in mutants_of(f"{source}\n")} == expected


def test_what_is_listed_is_of_a_rule_and_has_a_reason() -> None:
    listed = read_equivalents()

    assert {each.path for each in listed} <= {rule.path for rule in RULES}
    assert all(len(each.why) > 10 for each in listed)


def test_each_rule_has_its_files() -> None:
    assert [
        path for rule in RULES for path in (rule.path, *rule.tests) if not (ROOT / path).exists()
    ] == []
