"""`manage.py mcp`: the Model Context Protocol on standard input and output, for an assistant."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.mcp.calls import ON_THE_MACHINE, Caller, caller_of
from statuspage.mcp.server import MISSING, build_server


class Command(BaseCommand):
    help = (
        "Serves the Model Context Protocol on standard input and output. Reading needs no token; "
        "drafts need one of the scope status:draft, in a file."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--token-file", type=Path, metavar="FILE", help="a file that holds the token's key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        key = self._key(options["token_file"])
        _caller(key)
        try:
            # At each call: a token may be deleted meanwhile.
            server = build_server(lambda headers: _caller(key))
        except ImportError:
            raise CommandError(MISSING) from None
        asyncio.run(server.run_stdio_async())

    def _key(self, file: Path | None) -> str:
        try:
            return file.read_text("ascii").strip() if file else ""
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from None


def _caller(key: str) -> Caller:
    if not key:
        return ON_THE_MACHINE
    caller = caller_of(key, now=datetime.now(UTC))
    if caller is None:
        raise CommandError("The token is not known, or has expired. Make another one.")
    return caller
