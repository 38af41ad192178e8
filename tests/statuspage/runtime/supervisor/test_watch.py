"""What the supervisor sees of the progress of its processes."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from statuspage.runtime.supervisor import watch
from statuspage.runtime.supervisor.watch import RowProgress, Watch
from tests.waiting import PATIENCE, until


class Clock:
    """A wall clock and a monotonic clock, and the row of one role."""

    def __init__(self) -> None:
        self.wall = 1000.0
        self.monotonic = 0.0
        self.row: float | None = None
        self.rows = RowProgress()

    def look(self, *, after: float = 1.0, took: float = 0.0) -> float:
        """Seconds of silence that a look finds."""
        self.wall += after
        self.monotonic += after
        age = None if self.row is None else self.wall - self.row
        sighting = self.rows.update(
            ages={"beat": age},
            requested_at=self.wall - took / 2,
            answered_at=self.wall + took / 2,
            now=self.monotonic,
        )["beat"]
        assert sighting.observed_at == self.monotonic
        return sighting.observed_at - sighting.progress_at


def test_a_row_that_stands_still_is_silence() -> None:
    clock = Clock()
    clock.row = 1000.0

    assert [clock.look() for _ in range(4)] == [0, 1, 2, 3]


def test_a_role_without_a_row_is_silent() -> None:
    clock = Clock()

    assert [clock.look() for _ in range(3)] == [0, 1, 2]


def test_a_row_that_moves_is_progress() -> None:
    clock = Clock()
    clock.row = 1000.0
    clock.look()
    clock.look()

    clock.row = 1001.5

    assert clock.look() == 0


def test_a_first_row_is_progress() -> None:
    clock = Clock()
    clock.look()

    clock.row = clock.wall

    assert clock.look() == 0


def test_a_clock_set_forward_is_not_silence() -> None:
    clock = Clock()
    clock.row = 1000.0
    clock.look()

    clock.wall += 3600
    clock.row = clock.wall

    assert clock.look() == 0
    assert clock.look() == 1


def test_a_clock_set_back_does_not_hide_silence_or_progress() -> None:
    clock = Clock()
    clock.row = 1000.0
    clock.look()

    clock.wall -= 3600

    assert clock.look() == 1, "the row did not move"
    clock.row = clock.wall
    assert clock.look() == 0, "it moved, to an earlier instant"


def test_a_slow_look_is_not_taken_for_progress() -> None:
    clock = Clock()
    clock.row = 1000.0
    clock.look()

    assert [clock.look(took=took) for took in (0.8, 0.0, 0.5)] == [1, 2, 3]


def test_slow_looks_still_see_progress() -> None:
    clock = Clock()
    silences = []

    for _ in range(6):
        clock.row = clock.wall
        silences.append(clock.look(took=0.9))

    assert max(silences) <= 1


def test_what_could_not_be_seen_is_held_against_nobody() -> None:
    clock = Clock()
    clock.row = 1000.0
    clock.look()
    clock.look()

    clock.rows.reset()

    assert clock.look(after=60.0) == 0
    assert clock.look() == 1


def test_a_database_that_fails_gives_no_sighting() -> None:
    asked = threading.Semaphore(0)

    def ages() -> dict[str, float | None]:
        asked.release()
        raise OSError("no database")

    seen = Watch(ages=ages, answers=lambda: True, pause=0.001)
    seen.start_rows()

    assert all(asked.acquire(timeout=PATIENCE) for _ in range(3)), "it goes on asking"
    assert seen.progress("beat") is None


def test_a_database_that_hangs_keeps_nobody_waiting() -> None:
    hanging = threading.Event()

    def ages() -> dict[str, float | None]:
        hanging.set()
        threading.Event().wait()
        raise AssertionError

    seen = Watch(ages=ages, answers=lambda: True, pause=0.001)
    seen.start_rows()

    assert hanging.wait(PATIENCE)
    assert seen.progress("beat") is None


def test_a_database_that_was_slow_is_no_evidence() -> None:
    looks = threading.Semaphore(0)

    def ages() -> dict[str, float | None]:
        looks.release()
        time.sleep(0.02)
        return {"beat": 1000.0}

    seen = Watch(ages=ages, answers=lambda: True, pause=0.001, slow=0.01)
    seen.start_rows()

    assert all(looks.acquire(timeout=PATIENCE) for _ in range(3))
    assert seen.progress("beat") is None


def test_the_web_process_is_silent_while_it_does_not_answer() -> None:
    answering = True
    seen = Watch(ages=dict, answers=lambda: answering, pause=0.001)

    seen.start()
    assert seen.web_answered.wait(PATIENCE)
    answering = False

    def silence() -> float:
        sighting = seen.progress("web")
        assert sighting is not None
        return sighting.observed_at - sighting.progress_at

    until(lambda: silence() > 0.02, what="it is seen to be silent, and for how long")


@contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """A listener that gives one fixed reply to every connection; None of HTTP is checked."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(1000)
                connection.sendall(reply)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def test_200_is_an_answer() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as port:
        assert watch.answers(host="127.0.0.1", port=port)


def test_500_is_no_answer() -> None:
    with answering(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n") as port:
        assert not watch.answers(host="127.0.0.1", port=port)


def test_garbage_is_no_answer() -> None:
    with answering(b"\0\0\0") as port:
        assert not watch.answers(host="127.0.0.1", port=port)


def test_a_closed_port_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert not watch.answers(host="127.0.0.1", port=port)
