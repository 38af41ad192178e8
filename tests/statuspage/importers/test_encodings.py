"""Files in encodings of other systems, and files of other products."""

import json
from pathlib import Path

import pytest

from statuspage.importers.description import SourceFileError
from statuspage.importers.registry import PRODUCTS
from tests.statuspage.importers.test_cachet import TWO
from tests.statuspage.importers.test_gatus import FILE
from tests.statuspage.importers.test_healthchecks import CHECKS
from tests.statuspage.importers.test_statuspage_io import EXPORT

TEXTS = {
    "cachet": TWO,
    "gatus": FILE,
    "healthchecks": json.dumps(CHECKS),
    "statuspage": json.dumps(EXPORT),
}


@pytest.mark.parametrize("product", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_what_is_marked_is_read_as_what_it_is(tmp_path: Path, product: str, encoding: str) -> None:
    plain, marked = tmp_path / "plain", tmp_path / "marked"
    plain.write_text(TEXTS[product], encoding="utf-8")
    marked.write_text(TEXTS[product].replace("\n", "\r\n"), encoding=encoding, newline="")

    expected, found = (PRODUCTS[product].read(path) for path in (plain, marked))

    assert [each.name for each in found.components] == [each.name for each in expected.components]
    assert len(found.incidents) == len(expected.incidents)
    assert len(found.subscribers) == len(expected.subscribers)


@pytest.mark.parametrize("product", TEXTS)
def test_utf_16_without_a_mark_is_told(tmp_path: Path, product: str) -> None:
    path = tmp_path / "unmarked"
    path.write_bytes(TEXTS[product].encode("utf-16-le"))

    with pytest.raises(SourceFileError, match=r"NUL character|this is not UTF-8"):
        PRODUCTS[product].read(path)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("other", TEXTS)
def test_another_products_file_is_refused_in_a_sentence(
    tmp_path: Path, product: str, other: str
) -> None:
    if product == other:
        return
    path = tmp_path / "file"
    path.write_text(TEXTS[other], encoding="utf-8")

    with pytest.raises(SourceFileError) as refused:
        PRODUCTS[product].read(path)

    assert str(refused.value).endswith(".")
