"""The start of a role on this machine: refused when its keys are not the database's, when the store
was moved to another database, or when the database gives it no sessions of its own."""

import logging
import os
import sys
import threading
from collections.abc import Callable

from django.core.management.base import CommandError

from statuspage.runtime import pooling
from statuspage.runtime.keys import check
from statuspage.runtime.keys.check import KeysDifferError, NotAdmittedError

log = logging.getLogger(__name__)

DATABASE_SECONDS = 3.0
"""How long the web process waits for the database before it serves the page regardless."""
_HEADLINE = "This machine's keys are not those that the database works with, so it does not start."


def refusal(error: NotAdmittedError) -> str:
    """Return what is said when a role does not start."""
    return f"{_HEADLINE}\n{error}" if isinstance(error, KeysDifferError) else str(error)


def admit(
    *, stopping: Callable[[], bool] = lambda: False, on_wait: Callable[[], None] = lambda: None
) -> None:
    """Return once the database has been asked and the role may begin. Raises CommandError if not.

    `on_wait` is called now and then while the database does not answer.
    """
    try:
        check.admit_role(stopping=stopping, on_wait=on_wait)
    except NotAdmittedError as error:
        raise CommandError(refusal(error), returncode=check.EXIT_CODE) from None
    if not stopping():
        try:
            pooling.refuse_shared_sessions()
        except pooling.SharedSessionsError as error:
            raise CommandError(str(error)) from None


def admit_web() -> None:
    """`admit` for the web process, which serves its copy of the page while the database is away.

    The database is asked as soon as it answers; if the keys differ then, the process ends.
    """
    refused: list[str] = []
    waited_for = threading.Event()

    def ask() -> None:
        try:
            check.admit_role()
            # The page is served all the same.
            pooling.refuse_shared_sessions()
        except pooling.SharedSessionsError as error:
            log.error("%s", error)
        except NotAdmittedError as error:
            refused.append(refusal(error))
            if waited_for.is_set():
                log.error("%s", refused[0])
                sys.stderr.flush()
                os._exit(check.EXIT_CODE)

    asking = threading.Thread(target=ask, name="keys", daemon=True)
    asking.start()
    asking.join(DATABASE_SECONDS)
    waited_for.set()
    if refused:
        raise CommandError(refused[0], returncode=check.EXIT_CODE)
