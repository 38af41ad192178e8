#!/usr/bin/env python3
"""The product's command line."""

import os
import sys
from pathlib import Path


def take_data_dir(argv: list[str]) -> list[str]:
    """Move `--data-dir DIR` from any command's arguments to the environment.

    Settings are read before a command sees its arguments, so this option, like Django's own
    `--settings`, has to be taken out first; that is also what makes it work for every command.
    """
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--data-dir":
            value = next(words, "")
        elif word.startswith("--data-dir="):
            value = word.partition("=")[2]
        else:
            rest.append(word)
            continue
        if not value:
            raise SystemExit("--data-dir needs a folder, such as --data-dir ./var")
        os.environ["STATUSPAGE_DATA_DIR"] = str(Path(value).absolute())
    return rest


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    argv = take_data_dir(sys.argv)
    from django.core.management import execute_from_command_line

    from statuspage.env import SettingError

    try:
        execute_from_command_line(argv)
    except SettingError as error:
        raise SystemExit(f"Cannot start: {error}") from None


if __name__ == "__main__":
    main()
