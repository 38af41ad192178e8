"""`python -m bench.inside TASK ARGUMENTS`: what happens to a store, in a Django process.

Arguments are one JSON object, and so is the answer. The store is that of the environment.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
django.setup()

# After Django is set up: these import models.
from django.db import connection, transaction  # noqa: E402
from django.db.models import Sum  # noqa: E402

from bench import ageing, fill, outbox, room, stopwatch  # noqa: E402
from components.models import Component  # noqa: E402
from components.services import set_override  # noqa: E402
from components.status import Status  # noqa: E402
from monitors.heartbeats import evaluation, ingest  # noqa: E402
from monitors.heartbeats.ingest import ReceivedPing  # noqa: E402
from monitors.models import Check, Ping, Result  # noqa: E402
from monitors.ping_keys import digest  # noqa: E402
from statuspage.access import tokens  # noqa: E402
from statuspage.access.pages import save_page  # noqa: E402
from statuspage.edge import translated_page  # noqa: E402
from statuspage.models import Page  # noqa: E402
from statuspage.pages.face import MAIN  # noqa: E402
from statuspage.publishing import projector, rendered, snapshot  # noqa: E402


def fill_components(count: int) -> dict[str, Any]:
    """Components with their history, published."""
    fill.components(count=count)
    projector.catch_up()
    return publish()


def fill_pages(pages: int, of_first: int) -> None:
    """Pages in English and German: the first `of_first` show the first half of the catalogue, the
    others the second."""
    Page.objects.update_or_create(slug=MAIN, defaults={"languages": "en, de"})
    rows = list(Component.objects.order_by("pk"))
    half = len(rows) // 2
    for number in range(pages):
        shown = rows[:half] if number < of_first else rows[half:]
        save_page(Page(slug=f"page-{number}", name=f"Page {number}"), components=shown)
    projector.catch_up()
    publish()


def fill_monitors(count: int, urls: list[str], interval: int, timeout: float) -> None:
    fill.monitors(count=count, urls=urls, interval=interval, timeout=timeout)
    projector.catch_up()


def fill_checked_monitors(count: int) -> None:
    """Monitors that have been checked: all of them answer by HTTPS."""
    now = time.time()
    urls = [f"https://service-{number}.example.com/" for number in range(count)]
    fill.monitors(count=count, urls=urls, interval=60, timeout=10)
    Check.objects.filter(due__isnull=False).update(
        verdict="up", since=now, checked=now, due=now + 3_600, latency_ms=12.5,
        certificate_ends=now + 40 * 86_400, certificate_valid=True,
    )  # fmt: skip
    projector.catch_up()
    publish()


def fill_heartbeats(count: int) -> list[str]:
    """The keys of new heartbeats, each of which has called once."""
    keys = fill.heartbeats(count=count)
    ingest.store_pings([ReceivedPing(digest(key), "success", time.time()) for key in keys])
    while evaluation.evaluate_due(now=time.time()):
        pass
    projector.catch_up()
    return keys


def fill_regions(count: int) -> str:
    """Components that are watched from five regions each; the answer is a key to read with."""
    fill.regions(count=count, regions=5)
    projector.catch_up()
    publish()
    return tokens.create(name="bench", scopes=["status:read"])


def fill_for_writes(components: int) -> tuple[list[int], str]:
    """The ids of new components, and a key to write with."""
    made = [component.pk for component in fill.components(count=components)]
    projector.catch_up()
    publish()
    return made, tokens.create(name="bench", scopes=["status:write"])


def fill_readers(count: int) -> None:
    outbox.subscribers((f"reader{n}@example.org" for n in range(count)), channel="email")


def fill_hooks(addresses: list[str]) -> None:
    outbox.subscribers(addresses, channel="webhook")


def tell() -> float:
    """Tell all subscribers of an incident; when, on the monotonic clock."""
    return outbox.publish()


def queue() -> dict[str, float]:
    """Queue all copies of what is to be told; how many there are and how long that took."""
    return outbox.queue()


def states() -> dict[str, int]:
    """How many deliveries are in each state."""
    return outbox.states()


def pings() -> dict[str, int]:
    """How many pings are stored, and how many of them are not judged yet."""
    return {"stored": Ping.objects.count(), "waiting": Ping.objects.filter(taken=False).count()}


def publish() -> dict[str, Any]:
    """Publish the page as it is now; the answer is its ETag and its sizes in bytes."""
    page = snapshot.publish().bodies[rendered.PAGE_HTML]
    sizes = {"identity": len(page.identity), "gzip": len(page.gzip), "br": len(page.br)}
    return {"etag": f'"{page.etag}"', **sizes}


def measure_publishing(runs: int, place: int | None = None) -> list[dict[str, float]]:
    """Milliseconds of each step between a change and the stored page, for each of `runs`.

    The component is the one at a `place` of the catalogue, or any.
    """
    rows = Component.objects.order_by("?") if place is None else Component.objects.order_by("pk")
    component = rows[place or 0]
    _turn(component)  # what is done once per process is done here
    return [stopwatch.time_publishing(lambda: _turn(component)) for _ in range(runs)]


def measure_translating(runs: int, language: str) -> list[float]:
    """Milliseconds that it takes to render a change of the first component in another language, on
    all the pages but `main` that show it, for each of `runs`."""
    component = Component.objects.order_by("pk")[0]
    published: list[rendered.Snapshot] = []
    snapshot.on_publish(published.append)
    rendering = []
    for _ in range(runs):
        _turn(component)
        began = time.perf_counter()
        for page in published[-1].pages:
            translated_page.render(page, language)
        rendering.append(1000 * (time.perf_counter() - began))
    return rendering


def change(times: int, pause: float) -> list[float]:
    """Commit `times` changes of status, `pause` seconds apart; when each was committed.

    Instants are those of the monotonic clock, which all processes of a machine share.
    """
    component = Component.objects.order_by("sort_order")[0]
    committed: list[float] = []
    for _ in range(times):
        time.sleep(pause)
        with transaction.atomic():
            # First in the queue, hence before the projector catches up.
            transaction.on_commit(lambda: committed.append(time.monotonic()))
            _turn(component)
    time.sleep(pause)
    return committed


def _turn(component: Component) -> None:
    """Override a component's status, to another one each time."""
    degraded = component.status_override == Status.DEGRADED
    set_override(component, status=Status.PARTIAL_OUTAGE if degraded else Status.DEGRADED)


def tally() -> dict[str, int]:
    """Bytes that results take in the database, indexes included, and checks left out so far."""
    skipped = Check.objects.aggregate(all=Sum("skipped"))["all"] or 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT sum(pg_total_relation_size(relid))"
                " FROM pg_partition_tree('monitors_result')"
            )
            (stored,) = cursor.fetchone()
        else:
            # Nothing else grows while it is probed.
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            (stored,) = cursor.fetchone()
    return {"bytes": int(stored), "skipped": skipped}


def evidence_room(checks: int, hours: int) -> dict[str, float]:
    """Bytes that a single result and a row of each resolution take, and CPU per 1,000 results."""
    return room.measure(checks=checks, hours=hours)


def lateness(since: float, until: float) -> dict[str, Any]:
    """How late the checks of a span of time started, and how they went."""
    span = (round(since * 1000), round(until * 1000))
    rows = list(Result.objects.filter(at_ms__range=span).values_list("late_ms", "word"))
    late = sorted(late_ms for late_ms, _ in rows)
    words = [word for _, word in rows]
    return {
        "made": len(rows),
        "words": {word: words.count(word) for word in sorted(set(words))},
        "p50": _percentile(late, 0.50),
        "p99": _percentile(late, 0.99),
        "max": _percentile(late, 1.0),
    }


def _percentile(ordered: Sequence[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def populate(**sizes: int) -> None:
    """Years of records; see `bench.ageing`."""
    ageing.populate(**sizes)


def measure_lists(runs: int) -> list[tuple[str, float, float]]:
    """What each list takes, in milliseconds: its name, the median, the 95th percentile."""
    return ageing.measure(runs=runs)


_TASKS: dict[str, Callable[..., Any]] = {
    task.__name__: task
    for task in (
        fill_components,
        fill_pages,
        fill_monitors,
        fill_checked_monitors,
        fill_heartbeats,
        fill_regions,
        fill_for_writes,
        fill_readers,
        fill_hooks,
        tell,
        queue,
        states,
        pings,
        publish,
        measure_publishing,
        measure_translating,
        change,
        tally,
        evidence_room,
        lateness,
        populate,
        measure_lists,
    )
}


if __name__ == "__main__":
    print(json.dumps(_TASKS[sys.argv[1]](**json.load(sys.stdin))))
