"""Where every error of the database passes, whichever role, thread or request ran into it."""

from types import TracebackType
from typing import Any

from django.db.utils import DatabaseErrorWrapper, Error

from components.database.errors import is_contention, is_unavailable
from components.database.outage import OUTAGE


class NotingErrorWrapper(DatabaseErrorWrapper):
    """Django's wrapper, which notes outages and tells the backend when it was to blame."""

    wrapper: Any

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None:
            # After every statement: hence the look before the call.
            if OUTAGE.present:
                OUTAGE.succeeded()
            return
        try:
            super().__exit__(exc_type, exc_value, traceback)
        except Error as error:
            if is_unavailable(error):
                OUTAGE.failed(error)
                if not is_contention(error):
                    self.wrapper.let_go(error)
            raise
