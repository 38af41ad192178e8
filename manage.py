#!/usr/bin/env python3
"""The product's command line."""

import os
import signal
import sys
from itertools import pairwise
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


LISTENING = {
    "--host": "STATUSPAGE_HOST",
    "--port": "STATUSPAGE_PORT",
    "--management-port": "STATUSPAGE_MANAGEMENT_PORT",
    "--server": "STATUSPAGE_SERVER",
    "--processes": "STATUSPAGE_WEB_PROCESSES",
}


def tell_settings_where_to_listen(argv: list[str]) -> None:
    """Let settings know of the options of `up` and `web` that change them.

    The command would else find out when everything is loaded, and have to start again.
    """
    if argv[1:2] not in (["up"], ["web"]):
        return
    for word, following in pairwise([*argv, ""]):
        name, _, value = word.partition("=")
        value = value or following
        # What is not right is left to the command, which says so.
        if name in LISTENING and (value.isdecimal() or not name.endswith(("port", "processes"))):
            os.environ[LISTENING[name]] = value


def tell_settings_the_role(argv: list[str]) -> None:
    """Let settings know which of the product's processes this is, however it was started.

    `up` says so itself. Settings depend on it, and django-q2 reads the name of its queue when
    Django starts.
    """
    command, *rest = [*argv[1:], ""]
    role = command if command in ("web", "beat") else ""
    if command == "work":
        joined = "=".join(rest).partition("--queue=")[2]
        role = joined.partition("=")[0]
        if role in ("probes", "notify"):  # what is not right is left to the command
            os.environ["Q_CLUSTER_NAME"] = role
    if role in ("web", "beat", "probes", "notify"):
        os.environ.setdefault("STATUSPAGE_ROLE", role)


def print_unreadable_settings(sentence: str) -> None:
    """Print what `doctor --json` reports where nothing else can be checked."""
    from statuspage.management.doctor_report import unreadable_settings_json  # noqa: PLC0415
    from statuspage.observability.log_format import machine_name  # noqa: PLC0415

    print(unreadable_settings_json(f"Cannot start: {sentence}", machine=machine_name()))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    argv = take_data_dir(sys.argv)
    tell_settings_where_to_listen(argv)
    tell_settings_the_role(argv)
    if "STATUSPAGE_ROLE" in os.environ:
        # Until the command takes signals itself. A KeyboardInterrupt while threads start would end
        # the main thread alone.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # After the arguments have set the environment.
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from statuspage.config import startup_errors  # noqa: PLC0415
    from statuspage.config.env import SettingError  # noqa: PLC0415
    from statuspage.observability import log_streams  # noqa: PLC0415

    # Before the settings are read: what is wrong with them is a line of log as well.
    log_streams.install(style=os.environ.get("STATUSPAGE_LOG", ""))
    data_dir = Path(os.environ.get("STATUSPAGE_DATA_DIR") or "var").expanduser().absolute()
    try:
        refuse_unusable_folder(argv, data_dir)
        execute_from_command_line(argv)
    except SettingError as error:
        if argv[1:2] == ["doctor"] and "--json" in argv:
            print_unreadable_settings(str(error))
        raise SystemExit(f"Cannot start: {error}") from None
    except Exception as error:
        # A command that needs no database must not load what knows about it.
        from components.database.errors import is_unavailable, reason  # noqa: PLC0415

        if text := startup_errors.explain(error, data_dir=data_dir, database=database_in_force()):
            raise SystemExit(f"Cannot go on: {text}") from None
        if not is_unavailable(error):
            raise
        raise SystemExit(
            f"The database does not answer: {reason(error)}\nNothing more was done. Check the"
            " database server and DATABASE_URL, then run the command again."
        ) from None


def refuse_unusable_folder(argv: list[str], data_dir: Path) -> None:
    """Refuse to start what writes to a data folder that cannot be written to.

    The web process goes on with the page that it has there: it can still be read.
    """
    from statuspage.config import startup_errors  # noqa: PLC0415

    commands = (["up"], ["beat"], ["work"], ["web"], ["migrate"], ["setup"])
    if argv[1:2] in commands and "--help" not in argv:
        text = startup_errors.folder_of(data_dir)
        has_page = argv[1] == "web" and (data_dir / "repository").is_dir()
        if text and not has_page:
            raise SystemExit(f"Cannot start: {text}")
        if text := text or startup_errors.full_disk_of(data_dir):
            print(text, file=sys.stderr)


def database_in_force() -> str:
    """Return the database's URL as the settings have it; '' for SQLite in the data folder."""
    from django.conf import settings  # noqa: PLC0415

    try:
        return str(settings.STATUSPAGE.database_url)
    except Exception:  # noqa: BLE001  (the settings themselves are what failed)
        return ""


if __name__ == "__main__":
    main()
