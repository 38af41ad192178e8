"""Preparation of the database while the supervisor runs already, retried until it succeeds.

It runs in a thread of its own, since a hung database would otherwise keep `up` from serving the
page from disk and from hearing Ctrl-C.
"""

import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError

RETRY_SECONDS = 2.0
REMIND_SECONDS = 30.0


def prepare_with_retry(
    *,
    prepare: Callable[[], None],
    on_failure: Callable[[], None],
    report: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run `prepare` until it succeeds; `on_failure` runs each time that it does not.

    A database that does not answer is waited for. Any other failure is shown and tried again as
    well: a page with old figures and a notice is worth more than none.
    """
    shown = ""
    shown_at = 0.0
    while True:
        try:
            prepare()
        except Exception as error:  # noqa: BLE001  (whatever keeps the database away is waited for)
            on_failure()
            problem = describe(error)
            if problem != shown or clock() - shown_at >= REMIND_SECONDS:
                report(problem)
                shown, shown_at = problem, clock()
            sleep(RETRY_SECONDS)
        else:
            if shown:
                report("The database is ready now.")
            return


def describe(error: Exception) -> str:
    """Return what went wrong and what happens next, in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OperationalError | InterfaceError):
        return (
            f"The database does not answer ({text}). Trying again every {RETRY_SECONDS:.0f} s; "
            "the page is served from disk meanwhile. Check DATABASE_URL and the database server."
        )
    return (
        f"The database could not be made ready ({type(error).__name__}: {text}). Trying again "
        f"every {RETRY_SECONDS:.0f} s; the page is served from disk meanwhile."
    )
