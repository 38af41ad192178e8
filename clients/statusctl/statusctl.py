#!/usr/bin/env python3
"""Reads and runs a status page from the terminal: `statusctl --help`.

One file, Python 3.11 or newer, nothing beyond the standard library: copy it to where it is needed,
or `pipx install` the folder. It is told where the page is by `--url` or `STATUSCTL_URL`, and its
token by `--token-file` or `STATUSCTL_TOKEN`; reading what is public needs none.

A proxy is taken from HTTP_PROXY, HTTPS_PROXY and NO_PROXY; certificates of your own from
SSL_CERT_FILE.

Exit codes: 0 done; 1 refused or not reached, the reason on standard error; 2 wrong usage, or
`apply --plan` would change something; 3 with `status --check`, something is not operational;
130 interrupted.
"""

import argparse
import http.client
import json
import os
import shutil
import ssl
import sys
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

VERSION = "1.0.0"
SECONDS = 15
"""How long an answer may take."""
TRIES = 4
LONGEST_WAIT = 30
"""Seconds that it waits when a server asks it to; for longer, people are told."""
STATES = ("investigating", "identified", "monitoring", "resolved")
SEVERITIES = ("minor", "major", "critical")
IMPACTS = ("none", "minimal", "partial", "major")
SHELLS = ("bash", "zsh", "fish")
COLOURS = {
    "operational": "32",
    "degraded": "33",
    "partial_outage": "33",
    "major_outage": "31",
    "maintenance": "34",
    "critical": "31",
    "major": "31",
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Refusal(Exception):  # noqa: N818 - what people read, not a fault of the program
    """Why a command was not done, in words for who typed it."""


class Answer(NamedTuple):
    """What the server said: its code, its headers with lower-case names, and its JSON."""

    code: int
    headers: Mapping[str, str]
    data: Any


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes to the address that was given, and to no other that the server names."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
_BROKEN = (OSError, ValueError, http.client.HTTPException)
"""What a connection ends with that is no answer."""


class Client:
    """Asks one status page; what cannot be reached for a moment is asked again.

    A change carries an idempotency key, which stays the same when it is sent again, so that
    nothing is opened, told or scheduled twice.
    """

    def __init__(
        self, url: str, token: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
            raise Refusal(f"{url!r} is not an address: write https://status.example.com.")
        self.url = url.rstrip("/")
        self.token = token
        self._sleep = sleep

    def get(self, path: str, **query: Any) -> Any:
        asked = {name: value for name, value in query.items() if value is not None}
        path += "?" + urllib.parse.urlencode(asked) if asked else ""
        return self._object(self.ask("GET", path))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._object(self.ask("POST", path, body, headers))

    def _object(self, answer: Answer) -> Any:
        if not isinstance(answer.data, dict):
            raise Refusal(
                f"{self.url} answered {answer.code}, but not as a status page does (no JSON)."
                " Is that its address?"
            )
        return answer.data

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return the answer; raise Refusal with the server's own words if it is an error."""
        request = self.request(path, method=method)
        if method != "GET":
            request.add_header("Idempotency-Key", str(uuid.uuid4()))
        if body is not None:
            raw = isinstance(body, bytes)
            request.data = body if raw else json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name.replace("_", "-"), value)
        for left in reversed(range(TRIES)):
            try:
                with _OPENER.open(request, timeout=SECONDS) as response:
                    return _answer(response.status, response.headers, response.read())
            except urllib.error.HTTPError as error:
                answer = _answer(error.code, error.headers, _rest(error))
                wait = _wait(answer)
                if not left or wait is None or wait > LONGEST_WAIT:
                    raise Refusal(_refused(answer)) from None
                self._sleep(wait)
            except _BROKEN as error:
                reason = getattr(error, "reason", error)
                if not left or isinstance(reason, ssl.SSLCertVerificationError):
                    raise Refusal(_unreached(self.url, reason)) from None
                self._sleep(1)
        raise AssertionError("every try ends in an answer or in a refusal")

    def request(self, path: str, *, method: str = "GET") -> urllib.request.Request:
        """Return a request that is to be sent, with the token and who asks."""
        request = urllib.request.Request(self.url + path, method=method)  # noqa: S310
        request.add_header("Accept", "application/json")
        request.add_header("User-Agent", f"statusctl/{VERSION}")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        return request


def _rest(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read()
    except _BROKEN:
        return b""


def _wait(answer: Answer) -> int | None:
    """Return after how many seconds the same may be asked again; None for never."""
    said = answer.headers.get("retry-after", "").strip()
    if answer.code not in {429, 503} or not said:
        return None
    if said.isascii() and said.isdigit():
        return int(said[:9])
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, round((at - datetime.now(UTC)).total_seconds()))


def _unreached(url: str, reason: Any) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {url} is not believed: {reason.verify_message or reason}. If it is"
            " of an authority of your own, name its file in SSL_CERT_FILE."
        )
    return f"{url} cannot be reached: {str(reason) or type(reason).__name__}."


def _answer(code: int, headers: Any, body: bytes) -> Answer:
    try:
        data = json.loads(body) if body else None
    except ValueError:
        data = None
    return Answer(code, {name.lower(): value for name, value in headers.items()}, data)


def _refused(answer: Answer) -> str:
    problem = answer.data if isinstance(answer.data, dict) else {}
    told = problem.get("detail") or problem.get("title") or f"The server answered {answer.code}."
    if to := answer.headers.get("location") if 300 <= answer.code < 400 else "":
        told = f"The server answered that it is elsewhere: use --url of {to}"
    if answer.code == 407:
        told = "The proxy wants a name and a password: write them into HTTPS_PROXY."
    wait = _wait(answer)
    lines = [f"Ask again in {wait} s."] if wait is not None else []
    lines += [f"{each.get('field')}: {each.get('message')}" for each in _errors(problem)]
    if answer.code == 401:
        lines.append("Set STATUSCTL_TOKEN, or --token-file, to a token of this page.")
    return "\n  ".join([str(told), *lines])


def _errors(problem: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in problem.get("errors") or () if isinstance(each, dict)]


class Screen:
    """Writes tables and JSON; colours only for a terminal whose user did not set NO_COLOR."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.is_terminal = sys.stdout.isatty()
        self._coloured = self.is_terminal and not os.environ.get("NO_COLOR")

    def line(self, text: str = "") -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def json(self, data: Any) -> None:
        self.line(json.dumps(data, indent=2, ensure_ascii=False))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows with aligned columns; what a narrow terminal has no room for is cut."""
        widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
        if self.is_terminal:
            widths = _narrowed(widths, shutil.get_terminal_size().columns)
        for row in rows:
            cells = []
            for cell, width in zip(row, widths, strict=True):
                shown = _cut(cell, width)
                painted = self.paint(cell).replace(cell, shown) if cell else ""
                cells.append(painted + " " * (width - _width(shown)))
            self.line("  ".join(cells).rstrip())

    def paint(self, word: str) -> str:
        colour = COLOURS.get(word.replace(" ", "_"))
        return f"\x1b[{colour}m{word}\x1b[0m" if colour and self._coloured else word

    def clear(self) -> None:
        if self.is_terminal:
            sys.stdout.write("\x1b[H\x1b[2J")


def _width(text: str) -> int:
    """Return how many columns a text takes: wide signs two, combining ones none."""
    return sum(
        0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in text
    )


def _narrowed(widths: Sequence[int], room: int) -> list[int]:
    """Return widths that fit into this room, by taking from the widest; 8 remain of each."""
    made = list(widths)
    while sum(made) + 2 * (len(made) - 1) > room and max(made) > 8:
        made[made.index(max(made))] -= 1
    return made


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    while text and _width(text) >= width:
        text = text[:-1]
    return text + "…"


def clean(text: object) -> str:
    """Return a text of the server's without what would steer a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in str(text))


# What the commands do.


def status(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    data = client.get("/status", format="json")
    services = [
        each for each in data["services"] if not args.component or _is(each, args.component)
    ]
    if args.component and not services:
        raise Refusal(f"There is no component {args.component!r} on this page.")
    if screen.as_json:
        screen.json(services[0] if args.component else data)
    else:
        show_status(screen, data, services)
    well = {each["status"] for each in services} <= {"operational"}
    return 3 if args.check and not well else 0


def _is(service: Mapping[str, Any], word: str) -> bool:
    return word.casefold() in {str(service["id"]).casefold(), service["name"].casefold()}


def show_status(
    screen: Screen, data: Mapping[str, Any], services: Sequence[Mapping[str, Any]]
) -> None:
    screen.line(f"{screen.paint(data['overall'])}: {clean(data['overall_label'])}")
    if not services:
        return
    screen.line()
    rows = [
        (
            clean(each["name"]),
            each["status"],
            "" if each["uptime_90d"] is None else f"{each['uptime_90d']:.2f} %",
            f"since {each['updated_at']}",
        )
        for each in services
    ]
    screen.table(rows)


def watch(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    """Follow the stream until it is interrupted; a connection that breaks goes on where it was."""
    last, waits = "", 1
    while True:
        try:
            for event in listen(client, last):
                waits, last = 1, event.get("id") or last
                data = json.loads(event.get("data") or "{}")
                _show_event(client, screen, event.get("event", ""), data)
        except urllib.error.HTTPError as error:
            if error.code not in {429, 502, 503, 504}:
                raise Refusal(_refused(_answer(error.code, error.headers, _rest(error)))) from None
            _say_lost(f"the server answered {error.code}", waits)
        except BrokenPipeError:
            raise
        except (*_BROKEN, Refusal) as error:
            _say_lost(str(getattr(error, "reason", error)), waits)
        if args.once:
            return 0
        time.sleep(waits)
        waits = min(waits * 2, 30)


def _say_lost(reason: str, waits: int) -> None:
    sys.stderr.write(f"Not connected ({clean(reason)}); trying again in {waits} s.\n")


def listen(client: Client, last: str) -> Iterator[dict[str, str]]:
    """Yield the events of one connection: the fields of each by their names."""
    request = client.request("/status/events")
    request.add_header("Accept", "text/event-stream")
    if last:
        request.add_header("Last-Event-ID", last)
    with _OPENER.open(request, timeout=90) as response:
        if response.headers.get_content_type() != "text/event-stream":
            raise Refusal(f"{client.url} does not answer as a status page does: no event stream.")
        event: dict[str, str] = {}
        for raw in response:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                if "data" in event:
                    yield event
                event = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(":")
                event[name] = (event[name] + "\n" if name in event else "") + value.removeprefix(
                    " "
                )


def _show_event(client: Client, screen: Screen, name: str, data: Mapping[str, Any]) -> None:
    if screen.as_json:
        screen.line(json.dumps({"event": name, **data}, ensure_ascii=False))
        return
    if screen.is_terminal:
        page = client.get("/status", format="json")
        screen.clear()
        show_status(screen, page, page["services"])
        screen.line()
    words = [data.get(key) for key in ("name", "title", "global_status", "status") if data.get(key)]
    now = datetime.now(UTC).strftime("%H:%M:%S")
    screen.line(f"{now}  {name.removeprefix('status.')}  {clean(', '.join(map(str, words)))}")


def incident_list(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    data = client.get("/api/v1/status/incidents", status=args.status, limit=args.limit)
    rows = [
        (
            each["reference"] or str(each["id"]),
            each["severity"],
            each["status"],
            clean(each["title"]),
        )
        for each in data["incidents"]
    ]
    _show_list(screen, data, rows, "No such incidents.")
    return 0


def incident_open(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    body: dict[str, Any] = {
        "title": args.title,
        "message": args.message,
        "severity": args.severity,
        "components": [component_id(client, each) for each in args.component],
        "notify": not args.quiet,
        "published": not args.draft,
    }
    _show_one(screen, client.post("/api/v1/status/incidents", body), "Opened")
    return 0


def incident_update(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    found = incident(client, args.incident)
    body = {
        "status": args.status or found["status"],
        "message": args.message,
        "notify": not args.quiet,
    }
    client.post(f"/api/v1/status/incidents/{found['id']}/updates", body)
    _show_one(screen, client.get(f"/api/v1/status/incidents/{found['id']}"), "Updated")
    return 0


def incident_publish(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    found = incident(client, args.incident, status="draft")
    body = {"published": True, "notify": not args.quiet}
    path = f"/api/v1/status/incidents/{found['id']}"
    _show_one(screen, client.ask("PATCH", path, body).data, "Published")
    return 0


def incident(client: Client, word: str, *, status: str = "open") -> dict[str, Any]:
    """Return the incident of a number or a reference; `last` is the newest that is open, or has
    another `status`."""
    if word.isascii() and word.isdigit():
        found: dict[str, Any] = client.get(f"/api/v1/status/incidents/{int(word)}")
        return found
    wanted = status if word == "last" else None
    for each in pages(client, "/api/v1/status/incidents", "incidents", status=wanted):
        if word in {"last", each["reference"]}:
            return each
    raise Refusal(f"There is no incident {word!r}; `statusctl incident list` shows them.")


def maintenance_list(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    data = client.get("/api/v1/status/maintenance", status=args.status, limit=args.limit)
    rows = [
        (
            each["reference"] or str(each["id"]),
            each["status"],
            f"{each['starts_at']} – {each['ends_at']}",
            clean(each["title"]),
        )
        for each in data["maintenance"]
    ]
    _show_list(screen, data, rows, "No such maintenance.")
    return 0


def maintenance_schedule(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    starts = instant(args.start)
    body = {
        "title": args.title,
        "message": args.message or "",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(seconds=args.duration)).isoformat(),
        "components": [component_id(client, each) for each in args.component],
        "impact": args.impact,
        "notify": not args.quiet,
        "published": not args.draft,
    }
    _show_one(screen, client.post("/api/v1/status/maintenance", body), "Scheduled")
    return 0


def maintenance_move(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    """Start, complete or cancel a window, or tell what is new of it."""
    found = window(client, args.window)
    body = {"message": args.message, "notify": not args.quiet}
    move = "updates" if args.move == "note" else args.move
    given = {key: value for key, value in body.items() if value is not None}
    client.post(f"/api/v1/status/maintenance/{found['id']}/{move}", given)
    _show_one(screen, client.get(f"/api/v1/status/maintenance/{found['id']}"), "Now")
    return 0


def window(client: Client, word: str) -> dict[str, Any]:
    if word.isascii() and word.isdigit():
        found: dict[str, Any] = client.get(f"/api/v1/status/maintenance/{int(word)}")
        return found
    for each in pages(client, "/api/v1/status/maintenance", "maintenance"):
        if each["reference"] == word:
            return each
    raise Refusal(f"There is no maintenance {word!r}; `statusctl maintenance list` shows it.")


def silence(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    """Acknowledge what alerts are open: no step and no reminder follows until they are over."""
    wanted = {component_id(client, each) for each in args.component}
    found = client.get("/api/v1/alerts", stage="unacknowledged", limit=1000)["alerts"]
    alerts = [each for each in found if not wanted or each["component_id"] in wanted]
    for each in alerts:
        client.post(f"/api/v1/alerts/{each['id']}/acknowledge")
    if screen.as_json:
        screen.json({"acknowledged": [each["id"] for each in alerts]})
    else:
        rows = [(each["severity"], clean(each["name"]), clean(each["headline"])) for each in alerts]
        screen.table([("Acknowledged", "", ""), *rows] if rows else [("No alert is open.",)])
    return 0


def apply(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    """Apply a catalogue, or with `--plan` say what that would change."""
    text = sys.stdin.read() if args.file == "-" else Path(args.file).read_text("utf-8")
    is_json = args.file.endswith(".json") or text.lstrip().startswith("{")
    kind = "application/json" if is_json else "application/yaml"
    wanted = {name: "true" for name in ("prune", "unlock") if getattr(args, name)}
    path = "/api/v1/catalogue/" + ("plan" if args.plan else "apply")
    path += "?" + urllib.parse.urlencode(wanted) if wanted else ""
    data = client.post(path, text.encode(), Content_Type=kind)
    changes = data.get("changes") or []
    if screen.as_json:
        screen.json(data)
    else:
        screen.line("\n".join(clean(each) for each in _lines(changes)) or "Nothing to do.")
        for each in data.get("left") or ():
            screen.line(f"  {clean(each)} stays: a page is deleted in the admin.")
        for path, told in (data.get("told") or {}).items():
            for name, value in told.items():
                screen.line(f"{clean(path)}: {clean(name)}: {clean(value)}   (shown once)")
    return 2 if args.plan and changes else 0


def _lines(changes: Sequence[Any]) -> Iterator[str]:
    for each in changes:
        if not isinstance(each, dict):
            yield str(each)
            continue
        sign = {"create": "+", "change": "~", "retire": "-"}.get(str(each.get("action")), "~")
        yield f"{sign} {each.get('path', '')}"
        for field in each.get("fields") or ():
            yield f"    {field.get('field')}: {field.get('old')!r} → {field.get('new')!r}"


def completion(client: Client, screen: Screen, args: argparse.Namespace) -> int:
    """Write a script for a shell: `eval "$(statusctl completion bash)"`."""
    commands: dict[str, Iterable[str]] = {}
    parser(commands)
    words = {path: " ".join(names) for path, names in commands.items()}
    if args.shell == "fish":
        for path, names in words.items():
            seen = path.split()
            test = "__fish_use_subcommand"
            if seen:
                below = f"__fish_seen_subcommand_from {seen[-1]}"
                test = f"{below}; and not __fish_seen_subcommand_from {names}"
            screen.line(f"complete -c statusctl -f -n '{test}' -a '{names}'")
        return 0
    if args.shell == "zsh":
        screen.line("(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u; }")
        screen.line("autoload -U +X bashcompinit && bashcompinit")
    cases = "\n".join(f'    "{path}") words="{names}" ;;' for path, names in words.items())
    screen.line(_BASH.replace("CASES", cases))
    return 0


_BASH = """_statusctl() {
  local path="" word words=""
  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do
    case "$word" in -*) ;; *) path="${path:+$path }$word" ;; esac
  done
  case "$path" in
CASES
  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _statusctl statusctl"""


# What they share.


def component_id(client: Client, word: str) -> int:
    """Return the id of a component that is named by it, by its slug or by its name."""
    found = [
        each
        for each in pages(client, "/api/v1/status/components", "components")
        if word in {str(each["id"]), each["slug"]} or word.casefold() == each["name"].casefold()
    ]
    exact = [each for each in found if word == each["slug"]] or found
    if len(exact) == 1:
        return int(exact[0]["id"])
    if exact:
        slugs = ", ".join(each["slug"] for each in exact)
        raise Refusal(f"{word!r} is the name of several components; write one of: {slugs}.")
    raise Refusal(f"There is no component {word!r}; `statusctl status --json` shows them.")


def pages(client: Client, path: str, name: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Yield every row of a list, however long it is."""
    offset = 0
    while True:
        data = client.get(path, limit=500, offset=offset, **query)
        yield from data[name]
        offset += len(data[name])
        if not data[name] or offset >= data["total"]:
            return


def instant(text: str) -> datetime:
    """Return an instant: `now`, `+2h`, or ISO 8601, which is local time without an offset."""
    now = datetime.now(UTC)
    if text == "now":
        return now
    try:
        if text.startswith("+"):
            return now + timedelta(seconds=seconds(text[1:]))
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise Refusal(
            f"{text!r} is no instant: write now, +2h, or 2026-12-01T22:00+01:00."
        ) from None


def seconds(text: str) -> int:
    """Return a duration such as 90, 45m, 2h or 1d, in seconds."""
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS else (text, "s")
    if not (number.isascii() and number.isdigit()) or not int(number):
        raise ValueError(f"{text!r} is no duration: write 45m, 2h or 1d.")
    return int(number) * _UNITS[unit]


def _show_list(screen: Screen, data: Any, rows: Sequence[Sequence[str]], nothing: str) -> None:
    if screen.as_json:
        screen.json(data)
    else:
        screen.table(rows or [(nothing,)])


def _show_one(screen: Screen, data: Mapping[str, Any], done: str) -> None:
    if screen.as_json:
        screen.json(data)
    else:
        reference = data["reference"] or f"draft {data['id']}"
        screen.line(f"{done} {reference}: {clean(data['title'])} ({data['status']})")


# The command line.


def parser(names: dict[str, Iterable[str]] | None = None) -> argparse.ArgumentParser:
    """Return what reads the command line; put the commands below each into `names`."""
    made = argparse.ArgumentParser("statusctl", description="A status page from the terminal.")
    made.add_argument("--version", action="version", version=f"statusctl {VERSION}")
    made.add_argument("--url", default=os.environ.get("STATUSCTL_URL", ""), help="of the page")
    made.add_argument("--token-file", type=Path, help="a file that holds the token")
    made.add_argument("--json", action="store_true", help="JSON instead of tables")
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    command = _command(commands, "status", status, "what works and what does not")
    command.add_argument("component", nargs="?", help="slug or name")
    command.add_argument("--check", action="store_true", help="exit 3 unless all is operational")
    command = _command(commands, "watch", watch, "every change, as it happens")
    command.add_argument("--once", action="store_true", help="end when the connection does")
    incidents = _add_incident(commands.add_parser("incident", help="incidents"))
    windows = _add_maintenance(commands.add_parser("maintenance", help="planned maintenance"))
    command = _command(commands, "silence", silence, "acknowledge open alerts")
    command.add_argument("component", nargs="*", help="only of these")
    command = _command(commands, "apply", apply, "apply a catalogue that is kept as a file")
    command.add_argument("file", help="YAML or JSON; - for standard input")
    command.add_argument("--plan", action="store_true", help="only say what would change")
    command.add_argument("--prune", action="store_true", help="retire what it does not name")
    command.add_argument("--unlock", action="store_true", help="also rows of other files")
    command = _command(commands, "completion", completion, "a script for your shell")
    command.add_argument("shell", choices=SHELLS)
    if names is not None:
        below = {"": commands, "incident": incidents, "maintenance": windows}
        names |= {path: each.choices for path, each in below.items()} | {"completion": SHELLS}
    return made


def _add_incident(made: argparse.ArgumentParser) -> Any:
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    command = _command(commands, "list", incident_list, "the newest first")
    command.add_argument("--status", choices=("open", "closed", "draft", *STATES), default="open")
    command.add_argument("--limit", type=int, default=50)
    command = _command(commands, "open", incident_open, "open one")
    command.add_argument("title")
    command.add_argument("--message", "-m", required=True)
    command.add_argument("--severity", choices=SEVERITIES, default="minor")
    command.add_argument("--component", "-c", action="append", default=[], help="slug or name")
    command.add_argument("--draft", action="store_true", help="not on the page yet")
    _quiet(command)
    command = _command(commands, "publish", incident_publish, "publish a draft")
    command.add_argument("incident", help="reference, number, or `last`, the newest draft")
    _quiet(command)
    for name, told in (("update", "tell what is new"), ("resolve", "say that it is over")):
        command = _command(commands, name, incident_update, told)
        command.add_argument("incident", help="reference, number, or `last`")
        command.add_argument("--message", "-m", required=True)
        if name == "update":
            command.add_argument("--status", choices=STATES)
        else:
            command.set_defaults(status="resolved")
        _quiet(command)
    return commands


def _add_maintenance(made: argparse.ArgumentParser) -> Any:
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    command = _command(commands, "list", maintenance_list, "what is planned")
    command.add_argument("--status", default=None, help="scheduled, in_progress, completed …")
    command.add_argument("--limit", type=int, default=50)
    command = _command(commands, "schedule", maintenance_schedule, "plan one")
    command.add_argument("title")
    command.add_argument("--start", required=True, help="now, +2h, 2026-12-01T22:00+01:00")
    command.add_argument("--for", dest="duration", type=seconds, required=True, help="45m, 2h, 1d")
    command.add_argument("--message", "-m")
    command.add_argument("--component", "-c", action="append", default=[], help="slug or name")
    command.add_argument("--impact", choices=IMPACTS, default="partial")
    command.add_argument("--draft", action="store_true", help="not on the page yet")
    _quiet(command)
    for name in ("start", "complete", "cancel", "note"):
        command = _command(commands, name, maintenance_move, f"{name} it")
        command.add_argument("window", help="reference or number")
        command.add_argument("--message", "-m", required=name == "note")
        command.set_defaults(move=name)
        _quiet(command)
    return commands


def _quiet(command: argparse.ArgumentParser) -> None:
    command.add_argument("--quiet", action="store_true", help="tell no subscriber")


def _command(
    commands: Any, name: str, run: Callable[..., int], told: str
) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=told, description=told)
    given = argparse.SUPPRESS  # what stands before the command holds
    made.add_argument("--json", action="store_true", default=given, help="JSON instead of tables")
    made.set_defaults(run=run)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    args = parser().parse_args(arguments)
    try:
        token = os.environ.get("STATUSCTL_TOKEN", "")
        if args.token_file:
            token = args.token_file.read_text("utf-8")
        if not args.url and args.run is not completion:
            raise Refusal(
                "Say where the page is: --url https://status.example.com or STATUSCTL_URL."
            )
        client = Client(args.url or "https://localhost", token.strip())
        code: int = args.run(client, Screen(as_json=args.json), args)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read it has enough
        return 0
    except UnicodeDecodeError as error:
        sys.stderr.write(f"statusctl: the file is no text in UTF-8: {error.reason}.\n")
        return 1
    except (Refusal, OSError) as error:
        sys.stderr.write(f"statusctl: {clean_lines(str(error))}\n")
        return 1
    except (KeyError, TypeError) as error:
        sys.stderr.write(
            f"statusctl: the server's answer is not what a status page says: {error!r}.\n"
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def clean_lines(text: str) -> str:
    return "\n".join(clean(line) for line in text.split("\n"))


if __name__ == "__main__":
    sys.exit(main())
