"""Django's backend for SQLite, which notes when the file is locked, full, read-only or gone."""

from django.db.backends.sqlite3 import base
from django.utils.functional import cached_property

from components.database.error_wrapper import NotingErrorWrapper


class DatabaseWrapper(base.DatabaseWrapper):
    """See the module."""

    @cached_property
    def wrap_database_errors(self) -> NotingErrorWrapper:
        return NotingErrorWrapper(self)

    def let_go(self, error: BaseException) -> None:
        """Do nothing: a connection is a file that stays where it is."""
