"""The desk's rows on those who ought to report, and are silent: agents, and readers elsewhere."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.translation import gettext

from components.status import Status
from monitors.models import Agent
from monitors.readers.selectors import listed_readers
from monitors.rules.reader_state import ReaderState
from statuspage.backoffice.rows import Row, span

AGENT_SILENT_SECONDS = 60.0


def silent_agents(now: datetime, *, max_rows: int) -> Iterator[Row]:
    silent = Agent.objects.filter(seen__lt=now.timestamp() - AGENT_SILENT_SECONDS)
    for agent in silent.order_by("region", "name")[:max_rows]:
        ago = span(timedelta(seconds=now.timestamp() - agent.seen))
        yield Row(
            Status.UNKNOWN,
            gettext("Agent {name} in {region} is silent").format(
                name=agent.name, region=agent.region
            ),
            gettext("Last seen {ago} ago. Its checks are shown as unknown, not as down.").format(
                ago=ago
            ),
            url=reverse("admin:monitors_agent_change", args=[quote(agent.name)]),
            action=gettext("View"),
        )


def silent_readers(now: datetime) -> Iterator[Row]:
    """Yield those from elsewhere: the product's own show by the progress of their role."""
    for reader, state in listed_readers(now=now.timestamp()):
        if state is ReaderState.DEAD and not reader.own:
            ago = span(timedelta(seconds=now.timestamp() - reader.heartbeat))
            yield Row(
                Status.UNKNOWN,
                gettext("Reader {name} is silent").format(name=reader.name),
                gettext("Last seen {ago} ago.").format(ago=ago),
                url=reverse("admin:monitors_reader_change", args=[quote(reader.name)]),
                action=gettext("View"),
            )
