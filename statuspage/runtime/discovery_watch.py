"""The looks of beat at files of targets and at containers, on a thread: an engine may hang."""

from datetime import UTC, datetime

from django.conf import settings

from statuspage.discovery.polling import Looks
from statuspage.runtime.outside.background import Background

LOOK_SECONDS = 5.0


class DiscoveryWatch:
    """The looks of this process; what two of them find at once comes in once."""

    def __init__(self) -> None:
        self._looks = Looks()
        self._background = Background("discovery", self._look)

    def check(self, now: datetime) -> None:
        """Look at what settings name; without any, nothing is done."""
        options = settings.STATUSPAGE
        if options.targets_files or options.discover_containers:
            self._background.start(now.timestamp())

    def join(self, timeout: float) -> None:
        """Wait for the look that is under way."""
        self._background.join(timeout)

    def _look(self, now: float) -> None:
        self._looks.look(datetime.fromtimestamp(now, UTC))
