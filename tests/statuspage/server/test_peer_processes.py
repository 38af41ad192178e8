"""What several web processes on one machine share."""

import os

import pytest

from statuspage.runtime.supervisor import roles
from statuspage.server.descriptors import MAX_CONNECTIONS, MAX_STREAMS, places
from statuspage.server.peer_processes import (
    Counts,
    Served,
    SharedSlots,
    Sibling,
)
from statuspage.server.request_counter import SERVED


@pytest.fixture
def slots() -> SharedSlots:
    return SharedSlots.create(3)


PAGE, API = ("public", "page", 200), ("public", "api", 503)


def counted(count: int, seconds: float) -> Counts:
    return {PAGE: (count, seconds)}


def test_what_all_have_served_is_added_up(
    slots: SharedSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SERVED, "by_key", lambda: {**counted(2, 0.5), API: (1, 0.1)})
    slots.write(1, Served(counted(40, 1.0), streams=7), at=1.0)

    served = Sibling(slots, 0).all_served(streams=3)

    assert served == Served({PAGE: (42, 1.5), API: (1, 0.1)}, streams=10)


def test_who_takes_a_dead_ones_place_goes_on_counting_there(
    slots: SharedSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for its streams, which ended with it."""
    slots.write(0, Served(counted(100, 7.0), streams=9), at=1.0)
    monkeypatch.setattr(SERVED, "by_key", lambda: counted(1, 0.5))

    assert Sibling(slots, 0).all_served(streams=0) == Served(counted(101, 7.5))


def test_another_process_reads_what_this_one_writes(slots: SharedSlots) -> None:
    pid = os.fork()
    if pid == 0:
        SharedSlots(slots.fd, 3).write(2, Served(counted(7, 0.0)), at=5.0)
        os._exit(0)
    os.waitpid(pid, 0)

    assert (slots.read(2), slots.marked_at(2)) == (Served(counted(7, 0.0)), 5.0)


@pytest.mark.parametrize("marks", [1, 2, 3])
def test_who_died_while_writing_leaves_its_last_mark(slots: SharedSlots, marks: int) -> None:
    for count in range(1, marks + 1):
        slots.write(0, Served(counted(count, 0.0)), at=float(count))
    before = bytes(slots._memory)
    slots.write(0, Served(counted(99, 0.0)), at=99.0)
    changed = [at for at in range(len(before)) if before[at] != slots._memory[at]]
    slots._memory[changed[-1]] ^= 0xFF

    assert (slots.read(0), slots.marked_at(0)) == (Served(counted(marks, 0.0)), float(marks))


def test_what_was_told_once_is_not_lost_with_who_told_it(
    slots: SharedSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SERVED, "by_key", lambda: counted(20, 1.0))
    told = Sibling(slots, 0).all_served(streams=0)

    monkeypatch.setattr(SERVED, "by_key", dict)
    assert Sibling(slots, 0).all_served(streams=0) == told


def test_each_of_several_processes_has_progress_of_its_own(slots: SharedSlots) -> None:
    slots.write(1, Served({}), at=9.0)
    progress = roles.web_progress(slots)

    known = progress(roles.web_name(1))

    assert known is not None
    assert known.progress_at == 9.0
    assert progress("beat") is None


def test_several_processes_share_what_costs_memory_and_not_what_is_their_own() -> None:
    """Descriptors are each process's own; the maximum of connections is the machine's."""
    assert places(100_000, processes=4).connections == MAX_CONNECTIONS // 4
    assert places(100_000, processes=4).streams == MAX_STREAMS // 4
    assert places(1024, processes=4) == places(1024)
