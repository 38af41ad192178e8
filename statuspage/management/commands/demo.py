"""`manage.py demo`: the product, watching a platform of small servers that anyone may break."""

import asyncio
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connections

from statuspage.catalogue_files import preset
from statuspage.demo import catalogue, history
from statuspage.demo.connections import connect
from statuspage.demo.run import NAME, run
from statuspage.demo.targets import DemoTargets, reserve
from statuspage.management import listeners
from statuspage.runtime import parent_death
from statuspage.runtime.supervisor.output import Output, wants_colour

DATA_DIR = "var-demo"
SITE_NAME = "Northwind AI"
CONTROL_PORT = 3099
_COLOUR = 34


class Command(BaseCommand):
    help = (
        "Runs everything as `up` does, on a store of its own: a platform of small real servers "
        "with 90 days of made-up history. Break them by key or by URL. Ctrl-C stops everything."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        listeners.add_options(parser)
        parser.add_argument(
            "--control-port",
            type=int,
            default=CONTROL_PORT,
            help="port at which services are broken and mended (%(default)s, or any free one if "
            "it is taken); the services listen on those after it; 0: any free ones",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _apply_settings(options)
        parent_death.follow(name="status demo")
        colour = wants_colour(stream=sys.stdout, environ=os.environ)
        output = Output(stream=sys.stdout, colours={NAME: _COLOUR} if colour else {})
        try:
            control = reserve(options["control_port"])
            targets = self._prepare(options["control_port"], output)
            code = asyncio.run(run(targets=targets, control=control, output=output))
        except KeyboardInterrupt:
            code = 130
        finally:
            output.close(timeout=0.5)
        sys.exit(max(code, 0) or int(code < 0))

    def _prepare(self, control_port: int, output: Output) -> DemoTargets:
        """Reserve the services' ports and make the store ready."""
        parts = preset.read(catalogue.PRESET)
        first_port = control_port + 1 if control_port else 0
        targets = catalogue.targets_for(parts, first_port=first_port)
        try:
            call_command("migrate", interactive=False, verbosity=0)
            watched = catalogue.watch(parts, targets)
            if history.fill(watched, name=catalogue.PRESET, now=datetime.now(UTC)):
                output.line(name=NAME, text="A fresh store now holds 90 days of made-up history")
            else:
                catalogue.replace_former(watched)
                catalogue.update_addresses(targets)
            connect(targets)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        except history.ForeignStoreError:
            raise CommandError(_foreign()) from None
        finally:
            connections.close_all()
        return targets


def _apply_settings(options: dict[str, Any]) -> None:
    """Apply the settings of a demonstration, restarting this command once if needed."""
    missing = missing_settings(os.environ)
    os.environ.update(missing)
    # It starts the command again if an option differs from its setting, and then for all of them.
    listeners.apply_options(options)
    if missing:
        parent_death.replace_process(environ=missing)


def missing_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the settings a demonstration needs that neither the process nor `environ` has."""
    ours = settings.STATUSPAGE
    missing = {}
    if not _is_given("STATUSPAGE_DATA_DIR", environ):
        missing["STATUSPAGE_DATA_DIR"] = str(Path(DATA_DIR).absolute())
    if not _is_given("STATUSPAGE_SITE_NAME", environ):
        missing["STATUSPAGE_SITE_NAME"] = SITE_NAME
    if not ours.private_targets:
        missing["STATUSPAGE_PRIVATE_TARGETS"] = "true"
    return missing


def _is_given(name: str, environ: Mapping[str, str]) -> bool:
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def _foreign() -> str:
    ours = settings.STATUSPAGE
    place = "the database of DATABASE_URL" if ours.database_url else str(ours.data_dir)
    advice = "unset DATABASE_URL" if ours.database_url else "give another folder with --data-dir"
    return (
        f"{place} holds data that is not a demonstration's. Made-up history must not be mixed "
        f"with it: {advice}."
    )
