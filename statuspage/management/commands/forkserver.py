"""`manage.py forkserver`: the fork server of `up`, when its first one has ended."""

import os
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from statuspage.runtime.supervisor import forkserver, preload


class Command(BaseCommand):
    help = "Started by `up`, for which it forks processes; not useful on its own."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fd", type=int, required=True, help="its line to `up`")

    def handle(self, *args: Any, **options: Any) -> None:
        preload.preload()
        forkserver.serve(requests=socket.socket(fileno=options["fd"]), up=os.getppid())
