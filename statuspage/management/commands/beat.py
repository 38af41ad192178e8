"""`manage.py beat`: runs the periodic jobs."""

import logging
import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from statuspage.management import admission
from statuspage.runtime import beat, parent_death, progress, schema
from statuspage.runtime.service_manager import ServiceManager

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Keeps probe shifts staffed, starts and ends windows, renews the page's figures."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        parent_death.follow(name="status beat")
        service = ServiceManager.take()
        service.ready("waiting for the database")
        schema.check_at_start(log.warning)
        stopping = False

        def stop(number: int, frame: FrameType | None) -> None:
            nonlocal stopping
            stopping = True
            service.stopping()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        admission.admit(stopping=lambda: stopping, on_wait=service.alive)
        service.status("keeping time")
        beat.run(stopping=lambda: stopping, on_progress=service.alive)
        progress.end("beat")
