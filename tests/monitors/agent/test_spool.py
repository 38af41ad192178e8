"""The spool: nothing lost, nothing twice, whatever instant the process is killed at."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitors.agent.spool import Spool, SpoolTakenError


def result(number: int) -> dict[str, Any]:
    return {"check": number, "word": "up"}


def drained(spool: Spool) -> list[int]:
    numbers = []
    while (batch := spool.oldest()) is not None:
        numbers.append(batch[0])
        spool.mark_delivered(batch[0])
    return numbers


_all: list[Spool] = []


@pytest.fixture(autouse=True)
def put_away() -> Iterator[None]:
    yield
    while _all:
        _all.pop().close()


def opened(folder: Path) -> Spool:
    _all.append(Spool(folder))
    return _all[-1]


def reopened(spool: Spool, folder: Path) -> Spool:
    """As after a kill: nothing is said to the old one but that its process is gone."""
    spool._file.close()
    return opened(folder)


def test_what_was_not_delivered_is_there_after_a_kill(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for number in range(3):
        spool.append([result(number)])
    spool.mark_delivered(1)

    again = reopened(spool, tmp_path)

    assert again.oldest() == (2, [result(1)])
    assert again.stream == spool.stream
    assert again.append([result(9)]) == 4
    assert drained(again) == [2, 3, 4]


def test_a_torn_line_is_left_out_and_written_over(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.append([result(1)])
    with (tmp_path / "results.jsonl").open("ab") as file:
        file.write(b'[2,[{"check":2,"wo')

    again = reopened(spool, tmp_path)
    again.append([result(3)])
    last = reopened(again, tmp_path)

    assert [last.oldest(), drained(last)] == [(1, [result(1)]), [1, 2]]


def test_numbers_go_on_after_everything_was_delivered_and_tidied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitors.agent.spool._TRUNCATE_BYTES", 10)
    spool = opened(tmp_path)
    spool.append([result(1)])
    drained(spool)

    spool.truncate_delivered()

    assert (tmp_path / "results.jsonl").stat().st_size == 0
    assert reopened(spool, tmp_path).append([result(2)]) == 2


def test_what_waits_is_never_tidied_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitors.agent.spool._TRUNCATE_BYTES", 10)
    spool = opened(tmp_path)
    spool.append([result(1)])

    spool.truncate_delivered()

    assert drained(reopened(spool, tmp_path)) == [1]


def test_two_agents_do_not_share_a_folder(tmp_path: Path) -> None:
    spool = opened(tmp_path)

    with pytest.raises(SpoolTakenError):
        Spool(tmp_path)

    spool.close()
    opened(tmp_path)


def test_lines_of_an_unknown_stream_are_not_taken_for_those_of_a_new_one(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.append([result(1)])
    (tmp_path / "delivered.json").unlink()

    again = reopened(spool, tmp_path)

    assert again.oldest() is None
    assert again.stream != spool.stream


def test_a_full_disk_keeps_nothing_by_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path)
    spool.append([result(1)])
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", _no_room)
        with pytest.raises(OSError, match="No space"):
            spool.append([result(2)])

    spool.append([result(3)])

    again = reopened(spool, tmp_path)
    assert again.oldest() == (1, [result(1)])
    again.mark_delivered(1)
    assert again.oldest() == (2, [result(3)])


def _no_room(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
