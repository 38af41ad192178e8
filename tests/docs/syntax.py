"""What is checked of blocks that are not run: that their words are right, as far as words go."""

import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from configparser import RawConfigParser
from contextlib import redirect_stderr
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import yaml
from cronsim import CronSim
from django.core.management import CommandError, get_commands, load_command_class

from statuspage.config.env import Settings
from statuspage.config.options import OPTIONS
from tests import ROOT
from tests.counterparts import program
from tests.docs.pages import Block
from tests.proxies import nginx_frame

_ASSIGNED = re.compile(r"^[A-Z_]+=")
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_ENDS = {"&&", "||", "|", ";", "&", "(", ")", ";;"}


def shell(block: Block) -> None:
    """Bash can read it, and every command of the product in it exists with these options."""
    done = subprocess.run(
        ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, ""), f"{block}: {done.stderr}"
    for words in commands(block.text):
        if words[0] in ("manage.py", "statuspage"):
            _parses(block, words[1:])
        elif words[0] == "make":
            _is_a_target(block, words[1:])


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each simple command in a script, without what is assigned before it."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:  # a text of several lines: nothing of ours begins in it
            continue
        for command in _split(words):
            while command and _ASSIGNED.match(command[0]):
                command.pop(0)
            if command:
                command[0] = re.sub(r"^\.venv/bin/python$", "python", command[0])
                yield command[1:] if command[0] == "python" and len(command) > 1 else command


def _split(words: list[str]) -> Iterator[list[str]]:
    command: list[str] = []
    for word in words:
        if word in _ENDS:
            yield command
            command = []
        else:
            command.append(word)
    yield command


def _parses(block: Block, words: list[str]) -> None:
    name, *options = words
    apps = get_commands()
    assert name in apps, f"{block}: there is no command {name}"
    app = apps[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    told = StringIO()
    try:
        with redirect_stderr(told):
            parser = command.create_parser("manage.py", name)
            parser.allow_abbrev = False
            parser.parse_args(_without_redirects(options))
    except (SystemExit, CommandError) as error:
        why = f"{told.getvalue()} {error}"
        raise AssertionError(f"{block}: {' '.join(words)}: {why}") from None


def _without_redirects(options: list[str]) -> list[str]:
    for place, word in enumerate(options):
        if word.startswith((">", "<")):
            return options[:place]
    return options


def _is_a_target(block: Block, words: list[str]) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = [each for each in words if re.fullmatch(r"[a-z]+", each)]
    assert set(named) <= targets, f"{block}: make has no {set(named) - targets}"


def settings(block: Block, folder: Path) -> None:
    """Each line is `NAME=value`, and the product takes all of them together."""
    pairs = dict(line.split("=", 1) for line in block.text.splitlines() if line.strip())
    secrets = {name: value for name, value in pairs.items() if name.endswith("_FILE")}
    for number, name in enumerate(secrets):
        path = folder / f"secret-{number}"
        path.write_text("hunter2\n", encoding="utf-8")
        path.chmod(0o600)
        pairs[name] = str(path)
    known = {option.name for option in OPTIONS}
    for name in pairs:
        plain = name.removesuffix("_FILE")
        assert plain in known or plain.startswith("STATUSPAGE_OIDC_"), f"{block}: no {name}"
    Settings({"STATUSPAGE_DATA_DIR": str(folder), **pairs})


def cron(block: Block) -> Iterator[str]:
    """Yield the command of each line of a crontab. The time is five fields that can be read.

    A file of `/etc/cron.d/` names the user before the command.
    """
    names_user = "/etc/cron.d/" in block.text
    for line in block.text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split(None, 6 if names_user else 5)
        CronSim(" ".join(fields[:5]), _ANY_DAY)
        yield fields[-1].replace("\\%", "%")


def parsed(block: Block) -> None:
    """JSON, YAML, TOML, Python and the lines of a unit are what they say they are."""
    read: dict[str, Callable[[str], object]] = {
        "ini": lambda text: RawConfigParser().read_string(f"[unit]\n{text}"),
        "json": json.loads,
        "yaml": yaml.safe_load,
        "toml": tomllib.loads,
        "python": lambda text: compile(text, str(block), "exec"),
    }
    read[block.language](block.text)


def nginx(block: Block, folder: Path) -> None:
    """The real nginx reads it: servers as they are, the rest in a server."""
    text = block.text
    if not re.search(r"^server \{", text, re.MULTILINE):
        text = f"server {{ listen 127.0.0.1:9; {text} }}"
    path = folder / "nginx.conf"
    path.write_text(nginx_frame(folder, text), encoding="utf-8")
    done = subprocess.run(
        [str(program("nginx")), "-t", "-e", f"{folder}/error.log", "-p", str(folder), "-c", path],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, f"{block}: {done.stderr}"


def prometheus(block: Block, folder: Path) -> None:
    """The real promtool takes it for a configuration of Prometheus."""
    text = block.text
    if not re.search(r"^scrape_configs:", text, re.MULTILINE):
        text = f"scrape_configs:\n{text}"
    path = folder / "prometheus.yml"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [str(program("promtool")), "check", "config", "--syntax-only", str(path)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, f"{block}: {done.stderr}"
