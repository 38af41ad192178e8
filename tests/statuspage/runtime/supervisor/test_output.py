"""How the lines of many processes become one stream."""

import io
import logging
import os
import threading
import time

import pytest

from statuspage.runtime.supervisor import output
from statuspage.runtime.supervisor.output import Output, OutputHandler, wants_colour
from tests.waiting import PATIENCE, until


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Paused(io.StringIO):
    """A terminal that takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.may_go = threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        self.may_go.wait(PATIENCE)
        return super().write(text)


def written(*chunks: bytes, name: str = "web") -> str:
    """What is shown of a process that writes `chunks`."""
    stream = io.StringIO()
    shown = Output(stream=stream, colours={})
    reading, writing = os.pipe()
    shown.follow(name=name, fd=reading)
    for chunk in chunks:
        os.write(writing, chunk)
        time.sleep(0.01)
    os.close(writing)
    until(
        lambda: all(thread.name != f"output of {name}" for thread in threading.enumerate()),
        what="the end of its output", every=0.005,
    )  # fmt: skip
    shown.close(timeout=2)
    return stream.getvalue()


def test_each_line_carries_the_name_of_its_process() -> None:
    assert written(b"one\ntwo\n") == "web    │ one\nweb    │ two\n"


def test_a_line_that_comes_in_pieces_stays_one_line() -> None:
    assert written(b"on", b"e\nt", b"wo\n") == "web    │ one\nweb    │ two\n"


def test_a_last_line_without_an_end_is_shown() -> None:
    assert written(b"one\ntwo") == "web    │ one\nweb    │ two\n"


def test_an_endless_line_is_cut_instead_of_kept() -> None:
    shown = written(b"x" * 9000, b"y" * 9000, b"z\n")

    assert shown.splitlines() == [
        "web    │ " + "x" * 9000,
        "web    │ " + "y" * 9000,
        "web    │ z",
    ]


def test_what_a_process_logs_cannot_steer_the_terminal() -> None:
    shown = written(b"\x1b[2Jtab\there\r\x07 \xc2\x9b31m bad \xff\n")

    assert shown == "web    │ �[2Jtab\there�� �31m bad �\n"


def test_a_name_is_coloured_and_its_text_is_not() -> None:
    stream = Terminal()
    shown = Output(stream=stream, colours={"web": 36})

    shown.line(name="web", text="hello")
    shown.line(name="beat", text="hello")
    shown.close(timeout=2)

    assert stream.getvalue() == "\x1b[36mweb    │ \x1b[0mhello\nbeat   │ hello\n"


@pytest.mark.parametrize(
    ("stream", "environ", "wanted"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    *, stream: io.StringIO, environ: dict[str, str], wanted: bool
) -> None:
    assert wants_colour(stream=stream, environ=environ) is wanted


def test_lines_of_many_threads_are_never_mixed() -> None:
    stream = io.StringIO()
    shown = Output(stream=stream, colours={})

    def talk(name: str) -> None:
        for number in range(200):
            shown.line(name=name, text=f"{name} {number}")

    threads = [threading.Thread(target=talk, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown.close(timeout=2)

    lines = stream.getvalue().splitlines()
    assert len(lines) == 800
    for name in "abcd":
        own = [line for line in lines if line.startswith(name)]
        assert own == [f"{name:<6} │ {name} {number}" for number in range(200)]


def test_a_paused_terminal_stops_nobody_and_loses_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(output, "MAX_WAITING", 3)
    stream = Paused()
    shown = Output(stream=stream, colours={})
    shown.line(name="web", text="first")
    assert stream.reached.wait(PATIENCE)

    for number in range(10):
        shown.line(name="web", text=str(number))
    stream.may_go.set()
    shown.close(timeout=2)

    assert stream.getvalue().splitlines() == [
        "web    │ first",
        "web    │ 0",
        "web    │ 1",
        "web    │ 2",
        "(7 lines were not shown: they came faster than they were read)",
    ]


def test_a_closed_pipe_stops_nobody() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    shown = Output(stream=stream, colours={})

    for _ in range(3):
        shown.line(name="web", text="hello")
        time.sleep(0.01)
    shown.close(timeout=2)
    with pytest.raises(BrokenPipeError):
        stream.close()

    assert not any(thread.name == "output" for thread in threading.enumerate())


def test_a_stream_that_cannot_show_a_character_gets_a_question_mark() -> None:
    raw = io.BytesIO()
    shown = Output(stream=io.TextIOWrapper(raw, encoding="ascii"), colours={})

    shown.line(name="web", text="ü")
    shown.close(timeout=2)

    assert raw.getvalue() == b"web    ? ?\n"


def test_what_the_supervisor_itself_logs_is_shown_line_by_line() -> None:
    stream = io.StringIO()
    shown = Output(stream=stream, colours={})
    handler = OutputHandler(shown, name="up")

    handler.handle(logging.makeLogRecord({"msg": "one\ntwo"}))
    shown.close(timeout=2)

    assert stream.getvalue() == "up     │ one\nup     │ two\n"
