"""Makes the database ready while the supervisor runs already: patiently, and never giving up.

It runs in a thread of its own, since a hung database would otherwise keep `up` from serving the
page from disk and from hearing Ctrl-C.
"""

import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError

RETRY_EVERY = 2.0
REMIND_EVERY = 30.0


def prepare_patiently(
    *,
    prepare: Callable[[], None],
    on_trouble: Callable[[], None],
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run `prepare` until it succeeds; `on_trouble` runs each time that it does not.

    A database that does not answer is waited for. Any other failure is shown and tried again as
    well: a page with old figures and a notice is worth more than none.
    """
    shown = ""
    shown_at = 0.0
    while True:
        try:
            prepare()
        except Exception as error:  # noqa: BLE001  (whatever keeps the database away is waited for)
            on_trouble()
            trouble = describe(error)
            if trouble != shown or clock() - shown_at >= REMIND_EVERY:
                say(trouble)
                shown, shown_at = trouble, clock()
            sleep(RETRY_EVERY)
        else:
            if shown:
                say("The database is ready now.")
            return


def describe(error: Exception) -> str:
    """What went wrong and what happens next, in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OperationalError | InterfaceError):
        return (
            f"The database does not answer ({text}). Trying again every {RETRY_EVERY:.0f} s; "
            "the page is served from disk meanwhile. Check DATABASE_URL and the database server."
        )
    return (
        f"The database could not be made ready ({type(error).__name__}: {text}). Trying again "
        f"every {RETRY_EVERY:.0f} s; the page is served from disk meanwhile."
    )
