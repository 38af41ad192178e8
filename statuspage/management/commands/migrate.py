"""`manage.py migrate`: Django's, safe beside a running product and other machines."""

from contextlib import suppress
from typing import Any

from django.core.management.base import CommandError, no_translations
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from components.database.sqlite.statistics import refresh_statistics
from statuspage.runtime import schema
from statuspage.runtime.migration_lock import only_one, with_retries


class Command(migrate.Command):
    help = (
        f"{migrate.Command.help} On PostgreSQL one process at a time does so, and waits for a "
        "table no longer than 2 s at once, so that the running product is not held up. A database "
        "that a newer release has migrated is left as it is."
    )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        only_looks = options["plan"] or options["check_unapplied"]
        if only_looks or connection.vendor != "postgresql":
            self._migrate(connection, *args, **options)
            return
        with only_one(connection, say=self.stderr.write):
            with_retries(
                connection,
                lambda: self._migrate(connection, *args, **options),
                say=self.stderr.write,
            )

    def _migrate(self, connection: Any, *args: Any, **options: Any) -> None:
        if not options["app_label"] and not options["run_syncdb"]:
            state = schema.read()
            if state.problem:
                raise CommandError(state.problem)
            if state.notice and not _has_pending(connection):
                # Not even roles: this release would take from them what the newer one gave.
                self.stderr.write(state.notice)
                return
        super().handle(*args, **options)
        if connection.alias == DEFAULT_DB_ALIAS:
            # Beat does so as well, should somebody else write just now.
            with suppress(OperationalError):
                refresh_statistics()


def _has_pending(connection: Any) -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
