"""`statusctl` where things go wrong: proxies, busy and broken servers, certificates, terminals."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest

from tests.certificates import make_certificate
from tests.clients.test_statusctl import PROGRAM, said, statusctl
from tests.counterparts import program
from tests.waiting import PATIENCE

PAGE = {
    "overall": "operational", "overall_label": "All systems operational",
    "services": [
        {"id": "checkout", "name": "Checkout of the shop 支払い", "status": "operational",
         "uptime_90d": 99.98, "updated_at": "2026-11-30T12:00:00Z"},
    ],
}  # fmt: skip


class Reply(NamedTuple):
    code: int = 200
    body: bytes = json.dumps(PAGE).encode()
    headers: dict[str, str] = {}


@contextmanager
def server(
    *replies: Reply | Callable[[BaseHTTPRequestHandler], None],
    tls: ssl.SSLContext | None = None,
) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Answer one request after another, the last one for ever; its address, and what was asked."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            reply = replies[min(len(asked), len(replies)) - 1]
            if not isinstance(reply, Reply):
                return reply(self)
            self.send_response(reply.code)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            return None

        def log_message(self, *args: object) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        made.socket = tls.wrap_socket(made.socket, server_side=True)
    Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{made.server_port}", asked
    finally:
        made.shutdown()
        made.server_close()


def client(url: str) -> tuple[Any, list[float]]:
    slept: list[float] = []
    return statusctl.Client(url, "canary-token", sleep=slept.append), slept


def test_a_busy_server_is_asked_again_when_it_says() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    busy = [Reply(429, b"{}", {"Retry-After": "7"}), Reply(503, b"", {"Retry-After": soon})]
    with server(*busy, Reply()) as (url, asked):
        asking, slept = client(url)

        assert asking.get("/status") == PAGE

    assert slept[0] == 7
    assert 15 < slept[1] <= 21
    assert len(asked) == 3


@pytest.mark.parametrize("after", ["3600", "", "soon"])
def test_it_does_not_wait_for_longer_than_people_do(after: str) -> None:
    with server(Reply(429, b'{"detail": "Too many."}', {"Retry-After": after})) as (url, asked):
        asking, slept = client(url)

        with pytest.raises(statusctl.Refusal) as refused:
            asking.get("/status")

    assert str(refused.value).startswith("Too many.")
    assert ("Ask again in 3600 s" in str(refused.value)) is (after == "3600")
    assert (slept, len(asked)) == ([], 1)


def test_a_token_follows_no_redirect() -> None:
    with server() as (other, asked_there):
        moved = Reply(302, b"", {"Location": f"{other}/status"})
        with server(moved) as (url, _), pytest.raises(statusctl.Refusal, match="elsewhere"):
            client(url)[0].get("/status")

    assert asked_there == []


@pytest.mark.parametrize(
    "body", [b"<html>It works!</html>", b"", b"[1]", b"\xff\xfe", b'{"services'], ids=repr
)
def test_what_is_no_status_page_is_said_in_words(body: bytes) -> None:
    with server(Reply(200, body)) as (url, _):
        text = said("status", code=1, env={"STATUSCTL_URL": url})

    assert "not as a status page does" in text
    assert "Traceback" not in text


def test_json_of_another_product_is_said_in_words() -> None:
    with server(Reply(200, b'{"status": "ok"}')) as (url, _):
        assert "not what a status page says" in said("status", code=1, env={"STATUSCTL_URL": url})


def _cut_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    handler.close_connection = True


def _say_nothing(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)


def _no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 mail.example.org ESMTP\r\n")
    handler.close_connection = True


@pytest.mark.parametrize("reply", [_cut_off, _no_http])
def test_a_broken_answer_is_asked_for_again_and_then_said(
    reply: Callable[[BaseHTTPRequestHandler], None],
) -> None:
    with server(reply) as (url, asked):
        asking, slept = client(url)
        with pytest.raises(statusctl.Refusal, match="cannot be reached"):
            asking.get("/status")

    assert (len(asked), slept) == (statusctl.TRIES, [1, 1, 1])


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statusctl, "SECONDS", 0.2)
    with server(_say_nothing) as (url, _):
        asking, slept = client(url)
        with pytest.raises(statusctl.Refusal, match="cannot be reached: timed out"):
            asking.get("/status")

    assert slept == [1, 1, 1]


def test_it_goes_through_the_proxy_and_around_it() -> None:
    with server(Reply()) as (proxy, asked), server(Reply()) as (url, direct):
        there = {"STATUSCTL_URL": "http://status.invalid:8080", "HTTP_PROXY": proxy}
        near = {"STATUSCTL_URL": url, "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}

        assert "All systems operational" in said("status", env=there)
        assert "All systems operational" in said("status", env=near)

    assert asked[0][0] == "http://status.invalid:8080/status?format=json"
    assert len(direct) == 1


def test_a_proxy_that_refuses_says_so() -> None:
    with server(Reply(407, b"<html>", {"Proxy-Authenticate": "Basic"})) as (proxy, _):
        env = {"STATUSCTL_URL": "http://status.invalid", "HTTP_PROXY": proxy}
        assert "proxy wants a name" in said("status", code=1, env=env)


def test_an_https_proxy_is_asked_for_a_tunnel() -> None:
    asked: list[str] = []

    def refuse(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.requestline)
        handler.send_error(403, "No tunnels")

    with tunnelling(refuse) as proxy:
        env = {"STATUSCTL_URL": "https://status.invalid", "HTTPS_PROXY": proxy}
        text = said("status", code=1, env=env)

    assert "Tunnel connection failed: 403" in text
    assert asked[0].startswith("CONNECT status.invalid:443")


@contextmanager
def tunnelling(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            answer(self)

        def log_message(self, *args: object) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        made.server_close()


def test_a_certificate_of_its_own_authority_is_believed_when_it_is_named(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(made.path, made.key_path)
    with server(Reply(), tls=tls) as (url, asked):
        refused = said("status", code=1, env={"STATUSCTL_URL": url})
        believed = said("status", env={"STATUSCTL_URL": url, "SSL_CERT_FILE": str(made.path)})

    assert "SSL_CERT_FILE" in refused
    assert "All systems operational" in believed
    assert len(asked) == 1


def test_json_may_stand_on_either_side_of_the_command() -> None:
    with server(Reply()) as (url, _):
        for words in (("--json", "status"), ("status", "--json"), ("--json", "status", "--json")):
            assert json.loads(said(*words, env={"STATUSCTL_URL": url})) == PAGE


def test_who_reads_a_part_only_is_no_error() -> None:
    with server(Reply()) as (url, _):
        command = (
            f"{sys.executable} -I {PROGRAM} --json status | head -c 1; echo ${{PIPESTATUS[0]}}"
        )
        done = subprocess.run(
            ["bash", "-c", command], env={"PATH": os.environ["PATH"], "STATUSCTL_URL": url},
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    assert done.stdout == "{0\n"
    assert done.stderr == ""


def test_a_file_that_is_no_text_is_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_bytes(b"\xff\xfe")

    assert "no text in UTF-8" in said("apply", str(file), code=1, env={"STATUSCTL_URL": "http://a"})


_ASK_ZSH = """
zmodload zsh/zpty
zpty -b shell "TERM=dumb zsh -f -i"
zpty -w shell "source $1; echo LOA''DED"
zpty -r shell said '*LOADED*'
zpty -w -n shell "$2"$'\\t'
for (( n = 0; n < 100; n++ )); do
  while zpty -rt shell more 2> /dev/null; do said+=$more; done
  [[ $said == *$3* ]] && break
  sleep 0.1
done
print -r -- "$said"
zpty -d shell
"""
"""Types into a shell of its own; what it shows after a tab."""


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("statusctl maint", "maintenance"), ("statusctl incident reso", "resolve"),
     ("statusctl completion z", "completion zsh")],
)  # fmt: skip
def test_zsh_completes_what_is_typed(tmp_path: Path, typed: str, completed: str) -> None:
    script, ask = tmp_path / "completion", tmp_path / "ask.zsh"
    script.write_text(said("completion", "zsh"))
    ask.write_text(_ASK_ZSH)

    done = subprocess.run(
        [program("zsh"), "-f", str(ask), str(script), typed, completed],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=PATIENCE, check=True,
    )  # fmt: skip

    assert completed in done.stdout


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("statusctl ma", ["maintenance"]), ("statusctl incident re", ["resolve"]),
     ("statusctl maintenance s", ["schedule", "start"]), ("statusctl completion z", ["zsh"])],
)  # fmt: skip
def test_fish_completes_what_is_typed(tmp_path: Path, typed: str, completed: list[str]) -> None:
    script = tmp_path / "statusctl.fish"
    script.write_text(said("completion", "fish"))

    done = subprocess.run(
        [program("fish"), "--no-config", "-c", f"source {script}; complete -C '{typed}'"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=PATIENCE, check=True,
    )  # fmt: skip

    assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == completed


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_table_fits_into_a_narrow_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = statusctl.Screen(as_json=False)
    screen.is_terminal = True
    monkeypatch.setenv("COLUMNS", str(columns))

    statusctl.show_status(screen, PAGE, PAGE["services"])

    row = capsys.readouterr().out.splitlines()[-1]
    assert statusctl._width(row) <= max(columns, 4 * 8 + 3 * 2)
    assert ("…" in row) is (columns < 80)


def test_watching_goes_on_when_the_server_comes_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = b"event: status.snapshot\nid: 1\ndata: {}\n\n"
    replies = [
        Reply(503, b""), Reply(429, b""), Reply(200, b"<html>", {"Content-Type": "text/html"}),
        Reply(200, stream, {"Content-Type": "text/event-stream"}), Reply(404, b"{}"),
    ]  # fmt: skip
    slept: list[float] = []
    monkeypatch.setattr(statusctl.time, "sleep", slept.append)
    with server(*replies) as (url, _):
        args = statusctl.parser().parse_args(["watch", "--json"])
        with pytest.raises(statusctl.Refusal, match="404"):
            statusctl.watch(client(url)[0], statusctl.Screen(as_json=True), args)

    told = capsys.readouterr()
    assert told.out == '{"event": "status.snapshot"}\n'
    assert told.err.count("trying again") == 3
    assert slept == [1, 2, 4, 1]
