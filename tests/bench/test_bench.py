"""The benchmark runs and says what it found; what it measures is not looked at."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.report import Table, at_least, at_most, figure
from bench.scale import COLUMNS
from tests import DOCS, ROOT

pytestmark = pytest.mark.long


def test_a_subject_prints_its_table(tmp_path: Path) -> None:
    # One of them, for their frame: all four would take longer than all else that is fast.
    done = subprocess.run(
        [sys.executable, "-m", "bench", "publish", "--short"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    title, heads, rule, first, *_ = done.stdout.split("\n\n")[1].splitlines()
    assert title.startswith("publish: ")
    assert len(heads) > 20
    assert set(rule) == {"-", " "}
    assert first
    assert "skipped" not in done.stdout, "nothing is missing for this one"
    assert list(tmp_path.iterdir()) == []


def test_a_figure_stands_beside_its_target() -> None:
    assert at_most(0.3, 0.35, " s") == "0.30 s (≤ 0.35: met)"
    assert at_most(1200, 300, " ms") == "1,200 ms (≤ 300: missed)"
    assert at_least(0.8, 0.8) == "0.80 (≥ 0.8: met)"


def test_a_figure_has_three_digits() -> None:
    assert [figure(value) for value in (0.123, 4.567, 45.67, 4567.8)] == [
        "0.12",
        "4.57",
        "45.7",
        "4,568",
    ]


def test_a_table_is_aligned_and_blank_where_nothing_was_measured() -> None:
    table = Table("speed", ("what", "a", "b"))
    table.add("nginx", "1")
    table.add("ours", "22", "3")
    table.notes.append("by day")

    assert table.text().splitlines() == [
        "speed",
        "what   a   b",
        "-----  --  -",
        "nginx  1",
        "ours   22  3",
        "  by day",
    ]


def test_the_table_of_capacity_has_columns_and_rows_as_they_are_printed() -> None:
    """What an operator measures is to be found again in the documentation."""
    text = (DOCS / "run" / "capacity.md").read_text("utf-8")
    machine, *columns = re.findall(r"^\| (machine .*) \|$", text, re.MULTILINE)[0].split(" | ")
    rows = re.findall(r"^\| two cores \| ([^|]+) \|", text, re.MULTILINE)

    assert machine == "machine"
    assert set(columns) <= set(COLUMNS)
    assert rows
    for row in rows:
        assert re.match(r"[\d,]+ at \d+ s, HTTP, (SQLite|PostgreSQL)\b", row), row
