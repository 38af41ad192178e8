"""`manage.py work --queue NAME`: one django-q cluster, which does the network work."""

import logging
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import import_string

from components import shutdown_flag
from monitors.probers import registry
from statuspage.management import admission
from statuspage.observability import traces
from statuspage.runtime import parent_death, progress, schema
from statuspage.runtime.role_watch import WorkerWatch
from statuspage.runtime.service_manager import ServiceManager
from statuspage.runtime.supervisor.cluster import run_cluster
from statuspage.tasks import ALLOWED_TASKS

log = logging.getLogger(__name__)

QUEUES = ("probes", "notify")
_CLUSTER_VARIABLE = "Q_CLUSTER_NAME"


class Command(BaseCommand):
    help = "Runs the workers of one queue: probes (checks of targets) or notify (mail, webhooks)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queue", choices=QUEUES, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        queue = options["queue"]
        if os.environ.get(_CLUSTER_VARIABLE) != queue:
            # Started in another way than by manage.py: django-q2 read its cluster's name before.
            parent_death.replace_process(
                environ={_CLUSTER_VARIABLE: queue, "STATUSPAGE_ROLE": queue}
            )
        parent_death.follow(name=f"status {queue}")
        service = ServiceManager.take()
        service.ready("waiting for the database")
        schema.check_at_start(log.warning)
        admission.admit(on_wait=service.alive)
        # Imported here once, not by each worker after its fork: less memory, and a name that leads
        # nowhere is an error at the start.
        tasks = {name: import_string(name) for name in ALLOWED_TASKS}
        registry.probers()
        traces.load()
        service.status(f"working on the queue {queue}")
        watch = WorkerWatch(service, queue=queue)

        def stop() -> None:
            service.stopping()
            shutdown_flag.request()

        is_service = parent_death.PARENT_VARIABLE not in os.environ
        code = run_cluster(
            tasks=tasks, on_start=watch.start if is_service else lambda: None, on_stop=stop
        )
        if code == 0:
            progress.end(queue)
        sys.exit(code)
