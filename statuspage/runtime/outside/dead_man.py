"""The dead-man's switch: an address that is asked for as long as the product works.

A service elsewhere (Healthchecks, Dead Man's Snitch, a heartbeat of another status platform) raises
the alarm when it is not asked any more, which nothing here could do. It is asked by `beat`, so the
alarm comes when beat does nothing; and only while checks are made and messages are sent somewhere,
as the marks of progress say. Those are in the database: while it is away nothing is asked.

Each machine's beat asks for the address in its own settings. With the same one everywhere the alarm
means that the product is dead; with one for each machine, also that a machine is.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from components.network.address_guard import AddressGuard
from components.network.guarded_get import guarded_get
from statuspage.runtime import progress
from statuspage.runtime.outside import results
from statuspage.runtime.outside.background import Background

log = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
EVERY_SECONDS = 60.0
TIMEOUT = 10.0
SILENT_SECONDS = 20.0
_ROLES = ("probes", "notify")
USER_AGENT = "statuspage/0.1 (+dead-man)"


def silent_roles() -> list[str]:
    """Return the roles that make no progress on any machine.

    Raises the database's error when that cannot be known.
    """
    ages = progress.ages()
    return [role for role in _ROLES if (age := ages[role]) is None or age > SILENT_SECONDS]


class DeadMansSwitch:
    """The switch of this process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._background = Background("dead-man", self._ping)
        self._clock = clock
        self._due = clock()
        self._failing = self._withheld = False

    def check(self, now: datetime) -> None:
        """Ask for the address once a minute, on a thread, if the product works."""
        late = self._clock() - self._due
        if not settings.STATUSPAGE.dead_man_url or late < 0:
            return
        silent = silent_roles()
        if silent:
            # Not at once: at a start nobody has made progress yet.
            if late >= EVERY_SECONDS and not self._withheld:
                self._withheld = True
                log.warning(
                    "the dead-man's switch is not asked: no progress of %s", ", ".join(silent)
                )
        elif self._background.start(now.timestamp()):
            self._due = self._clock() + EVERY_SECONDS
            if self._withheld:
                log.info("the dead-man's switch is asked again")
            self._withheld = False

    def join(self, timeout: float) -> None:
        """Wait for the request that is under way."""
        self._background.join(timeout)

    def _ping(self, now: float) -> None:
        options = settings.STATUSPAGE
        # An address of the operator's own, who may well watch from the same network.
        guard = AddressGuard(allow_private=True)
        failure = guarded_get(
            options.dead_man_url, guard=guard, timeout=TIMEOUT, user_agent=USER_AGENT
        )
        if failure and not self._failing:
            log.warning("the dead-man's switch does not answer as it should: %s", failure)
        elif self._failing and not failure:
            log.info("the dead-man's switch answers again")
        self._failing = bool(failure)
        name = f"{results.DEAD_MAN}@{options.machine}"
        results.store(name, ok=not failure, detail=failure, now=now)
