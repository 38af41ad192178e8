"""Lines of log, of every role, in both formats (F-O11)."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from components.values import request_id
from statuspage.observability import log_streams, logs
from statuspage.observability.log_format import LineFormatter
from statuspage.observability.log_mask import LogMask
from statuspage.observability.log_streams import JsonStream
from statuspage.runtime.supervisor.output import Output


def record(message: str, *args: object, **more: Any) -> logging.LogRecord:
    return logging.LogRecord(
        "statuspage.x", logging.WARNING, "x.py", 1, message, args, None, **more
    )


@pytest.fixture
def role(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("STATUSPAGE_ROLE", "beat")
    return "beat"


@pytest.fixture
def request_7() -> Iterator[None]:
    token = request_id.begin("r-7")
    yield
    request_id.end(token)


def test_fo11_a_line_of_text_has_date_level_machine_role_and_request(
    role: str, request_7: None
) -> None:
    line = LineFormatter(style="text", machine="m1").format(record("broken: %s", "disk"))

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING m1 beat statuspage\.x: "
        r"broken: disk \[request r-7\]",
        line,
    )


def test_fo11_a_line_of_json_has_every_member(role: str, request_7: None) -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        failed = record("broken")
        failed.exc_info = sys.exc_info()
    line = LineFormatter(style="json", machine="m1").format(failed)

    told = json.loads(line)
    assert "\n" not in line
    assert set(told) == {
        "time", "level", "logger", "message", "machine", "role", "process", "request_id",
        "exception",
    }  # fmt: skip
    assert datetime.fromisoformat(told["time"]).utcoffset() == timedelta(0)
    assert told["exception"].startswith("Traceback")
    assert told["exception"].endswith("ValueError: two\nlines")
    assert (told["role"], told["request_id"]) == ("beat", "r-7")


def test_outside_of_a_request_there_is_no_id(role: str) -> None:
    assert "request_id" not in json.loads(
        LineFormatter(style="json", machine="m").format(record("x"))
    )
    assert "request" not in LineFormatter(style="text", machine="m").format(record("x"))


def test_what_strangers_write_makes_no_line_of_its_own(role: str) -> None:
    forged = "x\n2026-01-01T00:00:00.000Z ERROR m1 beat statuspage: all is lost\x1b[2J"
    try:
        raise ValueError(forged)
    except ValueError:
        failed = record("broken: %s", forged)
        failed.exc_info = sys.exc_info()

    lines = LineFormatter(style="text", machine="m1").format(failed).splitlines()

    assert [line for line in lines if line.startswith("2026-01-01")] == []
    assert "\x1b" not in "".join(lines)


def test_a_request_that_is_refused_is_one_line_s19(role: str) -> None:
    refused = record("Invalid HTTP_HOST header: %r.", "a@b.example")
    refused.name = "django.security.DisallowedHost"
    try:
        raise ValueError("a@b.example")
    except ValueError:
        refused.exc_info = sys.exc_info()

    text = LineFormatter(style="text", machine="m1").format(refused)

    assert len(text.splitlines()) == 1
    assert "Invalid HTTP_HOST header: 'a@b.example'." in text


def test_a_message_that_cannot_be_formatted_is_told_all_the_same(role: str) -> None:
    line = LineFormatter(style="json", machine="m").format(record("%d files", "many"))

    assert "%d files" in json.loads(line)["message"]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("cannot connect to postgres://app:h7Kp2-wRt9@db/x", "h7Kp2-wRt9"),
        ("retrying amqp://u:p%40ssw0rd@h:1/", "p%40ssw0rd"),
        ("refused token sp_0123456789abcdefghij", "sp_0123456789abcdefghij"),
        ("sent Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
        ("asked for /ping/0123456789abcdef?x=1", "0123456789abcdef"),
        ("asked https://hc.example/ping/6f1c0c1e-1111-2222-3333-444455556666", "6f1c0c1e"),
        *(
            (f"Forbidden: {path}/12-abcDEF_0123456789 [request 7]", "abcDEF")
            for path in (
                "/status/confirm",
                "/status/manage",
                "/status/unsubscribe",
                "/status/alerts",
                "/status/door",
                "/status/p/inner/door",
                "/admin/login/break-glass",
            )
        ),
        ("answered {'access_token': 'eyJhbGciOi'}", "eyJhbGciOi"),
        ("sent client_secret=hushhush&x", "hushhush"),
        ("asked for /dead/path/of-mine", "dead/path/of-mine"),
        ("the key is 0ur-own-Secret-key", "0ur-own-Secret-key"),
        ("the database said: no to h7Kp2-wRt9xx", "h7Kp2-wRt9xx"),
    ],
)
def test_fo11_no_secret_stands_in_a_line(text: str, secret: str) -> None:
    mask = LogMask(
        ["https://hc.example/dead/path/of-mine", "0ur-own-Secret-key",
         "postgres://statuspage:h7Kp2-wRt9xx@db/statuspage"]
    )  # fmt: skip

    assert secret not in mask(text)
    assert "•••" in mask(text)


def test_words_are_no_secrets() -> None:
    mask = LogMask(["postgres://statuspage:statuspage@db/statuspage", "postgres://postgres:x@h/n"])

    for text in ("statuspage.beat: the postgres database does not answer", "http://a/ping/ x",
                 "Not Found: /status/alerts", "/status/manage/x", "/status/door"):  # fmt: skip
        assert mask(text) == text


def test_what_is_printed_is_a_line_of_json_too(role: str) -> None:
    stream = io.StringIO()
    json_stream = JsonStream(stream, level="ERROR", name="stderr")

    json_stream.write("CommandError: port 3000 ")
    json_stream.write("is taken\n\nnext\n")
    json_stream.write('{"time": "2026-01-01T00:00:00.000Z", "level": "INFO"}\n')
    json_stream.write("unended")
    json_stream.end()

    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [item.get("message") for item in told] == [
        "CommandError: port 3000 is taken", "next", None, "unended",
    ]  # fmt: skip
    assert told[0]["logger"] == "stderr"


def test_a_command_that_is_no_service_answers_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATUSPAGE_ROLE", raising=False)
    monkeypatch.setattr(sys, "argv", ["manage.py", "doctor"])

    assert not log_streams.install(style="json")
    assert not isinstance(sys.stdout, JsonStream)


def test_the_supervisor_names_each_process_in_json() -> None:
    stream = io.StringIO()
    shown = Output(stream=stream, colours={"web": 3}, as_json=True, machine="m1")
    ready = LineFormatter(style="json", machine="m1").format(record("mine"))

    shown.line(name="web", text="printed by a library")
    shown.line(name="web", text=ready)
    shown.line(name="up", text="web ended with exit code 1")
    shown.close(timeout=2)

    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(item["role"], item["machine"], item["message"]) for item in told[::2]] == [
        ("web", "m1", "printed by a library"), ("up", "m1", "web ended with exit code 1"),
    ]  # fmt: skip
    assert told[1] == json.loads(ready)


def test_warnings_and_others_loggers_go_the_same_way(
    monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    configuration = logs.configuration(style="text", machine="m1", secrets=())
    others = {"django-q", "django", "django.server"}

    assert {name for name, value in configuration["loggers"].items() if not value.get("handlers", 1)
            } == others  # fmt: skip
    # Captured since Django was set up, as `logging.captureWarnings` marks it.
    assert logging._warnings_showwarning is not None  # type: ignore[attr-defined]


def test_the_line_of_a_signal_handler_is_in_the_same_format(
    monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    assert logs.emergency_line("it is ended") == b"it is ended\n"
    monkeypatch.setenv("STATUSPAGE_LOG", "json")

    assert json.loads(logs.emergency_line("it is ended"))["message"] == "it is ended"
