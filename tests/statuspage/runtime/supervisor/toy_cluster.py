"""A django-q cluster with a database of its own and nothing else of the product.

As a program: `toy_cluster DATABASE`; it runs until it is stopped.

TASK in its environment names a task that is put in its queue first.
"""
# ruff: noqa: T201  (it speaks to the test through its standard output)

import os
import sys
import time

import django
from django.conf import settings
from django.core.management import call_command


def slow(seconds: float) -> None:
    """A task that tells when it began and when it ended."""
    print("began", flush=True)
    time.sleep(seconds)
    print("finished", flush=True)


def main() -> None:
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django_q"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
        SECRET_KEY="toy",
        USE_TZ=True,
        Q_CLUSTER={
            "name": "toy",
            "orm": "default",
            "workers": 2,
            "queue_limit": 2,
            "timeout": 60,
            "retry": 600,
            "poll": 0.05,
            "save_limit": -1,
            "guard_cycle": 0.5,
            "scheduler": False,
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django_q.tasks import async_task  # noqa: PLC0415  (after django.setup())

    from statuspage.runtime.supervisor.cluster import run_cluster  # noqa: PLC0415

    if "TASK" in os.environ:
        async_task(os.environ["TASK"], 0.5)
    tasks = {"toy.slow": slow}
    sys.exit(run_cluster(tasks=tasks, on_stop=lambda: print("asked to stop", flush=True)))


if __name__ == "__main__":
    main()
