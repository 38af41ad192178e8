"""Passphrases of commands: from a file, or asked for at the terminal."""

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from statuspage.backup.keys import LEAST_PASSPHRASE


def add_option(parser: CommandParser) -> None:
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE",
        help="holds the passphrase of the keys; without one it is asked for",
    )  # fmt: skip


def new(options: dict[str, Any]) -> str:
    """Return a passphrase for something new. Raises CommandError."""
    text = given(options, again=True)
    if len(text) < LEAST_PASSPHRASE:
        raise CommandError(f"The passphrase is too short: {LEAST_PASSPHRASE} characters at least.")
    return text


def given(options: dict[str, Any], *, again: bool = False) -> str:
    """Return the passphrase that the file or the person says. Raises CommandError."""
    file: Path | None = options["passphrase_file"]
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"--passphrase-file: {file} cannot be read: {error}") from None
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for the passphrase: --passphrase-file.")
    text = getpass.getpass("Passphrase of the keys: ")
    if again and getpass.getpass("Once more: ") != text:
        raise CommandError("These were two different passphrases.")
    return text
