"""Files that are none: each ends in a sentence that names its place, whatever the product."""

import json
import sqlite3
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from statuspage.discovery.targets import read_targets
from statuspage.importers.description import SourceFileError
from statuspage.importers.products import gatus, healthchecks, statuspage_io
from statuspage.importers.registry import PRODUCTS
from tests.statuspage.discovery.test_targets import GROUPS
from tests.statuspage.importers import kuma_file
from tests.statuspage.importers.test_gatus import FILE
from tests.statuspage.importers.test_healthchecks import CHECKS
from tests.statuspage.importers.test_statuspage_io import EXPORT

BYTES = {
    "empty": b"",
    "blank": b" \n\n ",
    "zip of nothing": b"PK\x05\x06" + bytes(18),
    "gzip": b"\x1f\x8b\x08\x00",
    "NUL": b'{"checks": [\x00]}',
    "latin": '{\n"checks": "caf\xe9"}'.encode("latin-1"),
    "truncated JSON": b'{"checks": [{"name": "a"',
    "truncated YAML": b"endpoints: [{name: a, url: 'x",
    "SQLite's first bytes": b"SQLite format 3\x00",
    "SQLite's first page": b"SQLite format 3\x00" + bytes(4080),
    "deep": b"[" * 100_000,
    "surrogate": b'{"checks": "\\ud800"}',
    "huge number": b'{"checks": 1' + b"0" * 100_000 + b"}",
    "a list": b"[1, 2, 3]",
    "a number": b"42",
    "wrong types": b'{"checks": 5, "endpoints": 5, "sites": 5, "components": 5}',
    "wrong entries": b'{"checks": [5], "endpoints": [5], "sites": [5], "components": [5]}',
    "noise": bytes(range(256)) * 16,
}


@pytest.mark.parametrize("product", sorted(PRODUCTS))
@pytest.mark.parametrize("name", sorted(BYTES))
def test_it_ends_in_a_sentence(tmp_path: Path, product: str, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(BYTES[name])

    with pytest.raises(SourceFileError) as caught:
        PRODUCTS[product].read(path)

    told = str(caught.value)
    assert told.endswith(".")
    assert "Traceback" not in told
    assert "\n" not in told
    assert len(told) < 500


def test_a_place_is_named(tmp_path: Path) -> None:
    path = tmp_path / "checks.json"
    path.write_bytes(BYTES["latin"])
    with pytest.raises(SourceFileError, match="line 2, byte"):
        PRODUCTS["healthchecks"].read(path)
    path.write_bytes(b'{"checks": [{"uuid": "a"}, 5]}')
    with pytest.raises(SourceFileError, match=r"checks\[1\]: this has to be an object"):
        PRODUCTS["healthchecks"].read(path)
    path.write_text("endpoints:\n  - name: [\n", encoding="utf-8")
    with pytest.raises(SourceFileError, match="line 3"):
        PRODUCTS["gatus"].read(path)


def test_ten_lines_that_name_a_billion_values_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for number in range(1, 300):
        several = ", ".join([f"*a{number - 1}"] * 10)
        lines.append(f"a{number}: &a{number} [{several}]")
    path = tmp_path / "config.yaml"
    path.write_text("\n".join([*lines, "endpoints: *a9"]), encoding="utf-8")

    with pytest.raises(SourceFileError, match="aliases"):
        PRODUCTS["gatus"].read(path)


def test_a_folder_a_missing_file_and_a_large_one_are_told(tmp_path: Path) -> None:
    for product in PRODUCTS.values():
        with pytest.raises(SourceFileError, match=r"cannot be read|is a folder"):
            product.read(tmp_path)
        with pytest.raises(SourceFileError, match="No such file"):
            product.read(tmp_path / "nothing")
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(SourceFileError, match="larger than 64 MiB"):
        PRODUCTS["gatus"].read(large)


def test_another_database_and_a_view_are_not_kumas(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE heartbeat (id INTEGER)")
        connection.execute("CREATE VIEW monitor AS SELECT 1 AS id")
    connection.close()

    with pytest.raises(SourceFileError, match="no table monitor"):
        PRODUCTS["kuma"].read(path)


def test_a_database_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = kuma_file.make(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(SourceFileError, match="copy the file again"):
        PRODUCTS["kuma"].read(path)


def test_what_was_written_last_is_read_and_nothing_is_changed(tmp_path: Path) -> None:
    path = kuma_file.make(tmp_path)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO monitor (id, name, type) VALUES (99, 'Last', 'ping')")
    before = path.read_bytes()

    found = PRODUCTS["kuma"].read(path)

    assert "Last" in {each.name for each in found.components}
    assert path.read_bytes() == before
    writer.close()


def places(value: Any, *before: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value within a value."""
    yield before
    inner = value.items() if isinstance(value, dict) else ()
    for name, each in enumerate(value) if isinstance(value, list) else inner:
        yield from places(each, *before, name)


@pytest.mark.parametrize(
    ("read", "value", "name"),
    [
        (gatus.read, yaml.safe_load(FILE), "config.yaml"),
        (healthchecks.read, CHECKS, "checks.json"),
        (statuspage_io.read, EXPORT, "export.json"),
        (read_targets, GROUPS, "targets.json"),
    ],
    ids=["gatus", "healthchecks", "statuspage", "targets"],
)
def test_whatever_one_value_is_the_file_is_read_or_refused(
    tmp_path: Path, read: Any, value: Any, name: str
) -> None:
    path = tmp_path / name
    for place in places(value):
        for odd in (None, 1e300, "x", [5], {"a": 1}):
            changed: Any = [deepcopy(value)]
            inner = changed
            for step in (0, *place)[:-1]:
                inner = inner[step]
            inner[(0, *place)[-1]] = odd
            path.write_text(json.dumps(changed[0]), encoding="utf-8")
            try:
                read(path)
            except SourceFileError as error:
                assert str(error).endswith(".")  # noqa: PT017  (it need not be raised)


def test_a_table_without_its_columns_is_told(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE heartbeat (id INTEGER)")
        connection.execute("CREATE TABLE monitor (weight INTEGER)")
        connection.execute("INSERT INTO monitor VALUES (1)")
    connection.close()

    with pytest.raises(SourceFileError, match=r"has no column|is not as Uptime Kuma writes it"):
        PRODUCTS["kuma"].read(path)


@pytest.mark.parametrize(
    "column", ["heartbeat.duration", "monitor.weight", "incident.created_date"]
)
def test_a_release_that_lacks_a_column_is_told_as_that(tmp_path: Path, column: str) -> None:
    path = kuma_file.make(tmp_path)
    table, _, name = column.partition(".")
    with sqlite3.connect(path) as connection:
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    connection.close()

    with pytest.raises(SourceFileError, match=f"It has no column {name}: it is of a release"):
        PRODUCTS["kuma"].read(path)


def test_a_time_that_is_none_does_not_lose_a_history_without_a_word(tmp_path: Path) -> None:
    path = kuma_file.make(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE heartbeat SET time = 'soon' WHERE id = 2")
    connection.close()

    told = "\n".join(map(str, PRODUCTS["kuma"].read(path).refused))

    assert "monitor 2 “API”: its history: the time of a check there is none" in told


def test_a_duration_that_is_no_number_is_refused_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "endpoints:\n- {name: a, url: 'https://a.example', interval: .nan, conditions: []}\n"
    )

    assert "endpoints[0] “a”: “nan” is no duration" in str(gatus.read(path).refused[0])
