"""The ledger of deliveries: what was sent to whom and when, or why not; as a table and as CSV."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, TypedDict

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.expressions import OrderBy

from components.languages.words import msg
from components.secrets import SecretError
from components.values import inert_csv
from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from subscribers.addresses import masked
from subscribers.channels.mail_templates import EVENTS
from subscribers.channels.registry import channels
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind, State
from subscribers.message import Facts, our_text, our_words
from subscribers.models import Delivery, Notice, Subscriber

_ARRIVE = msg("Test message")
_NOTHING_HAPPENED = msg("Nothing has happened: someone pressed the button that sends this.")
SEE_ADDRESSES = "subscribers.see_addresses"


class DeliveryJson(TypedDict):
    """One copy of a message, to one recipient."""

    id: int
    event: str
    about: str
    recipient: str
    channel: Annotated[str, OneOf(channels)]
    state: Annotated[str, OneOf(State)]
    reason: str
    attempts: int
    code: object
    """An integer, or '' while nothing was answered."""
    answer: str
    message_id: str
    created_at: Instant
    ended_at: str


COLUMNS = tuple(DeliveryJson.__annotations__)


def event_filter(event: str) -> Q:
    """Return the filter for the deliveries of an event: a journal entry (`8123`), or all of an
    `incident-7`, `maintenance-2` or `alert-9`. Raises ValueError."""
    if re.fullmatch(r"[0-9]{1,18}", event):
        return Q(notice__in=_notices(Q(entry_id=int(event))))
    if re.fullmatch(r"(incident|maintenance|alert)-[0-9]{1,18}", event):
        return of_thread(event)
    raise ValueError("Write a journal entry's number, or incident-7, maintenance-2 or alert-9.")


def of_thread(thread: str) -> Q:
    """Return the filter for the deliveries of all notices of a thread."""
    return Q(notice__in=_notices(Q(thread=thread)))


def newest_of_event() -> OrderBy:
    """Return the order of an event's deliveries, newest first.

    By the plain id a database reads all deliveries from the newest on until it has met enough of
    the event's, which may be years back; by this it reads those of the event and sorts them.
    """
    return (F("id") + 0).desc()


_MESSAGE_ID = re.compile(r"(?P<key>[^\s@]+)\.(?P<channel>c?)(?P<pk>\d{1,18})@\S+")


def search_filter(term: str) -> Q:
    """Return the filter for what people search for: an event's thread, a notice's key, or a
    message id.

    Each goes by an index; message ids have none, and are taken apart into what they are made of.
    """
    if parts := _MESSAGE_ID.fullmatch(term):
        recipient = "alert_channel" if parts["channel"] else "subscriber"
        return Q(
            notice__in=_notices(Q(key=parts["key"])), message_id=term,
            **{recipient: int(parts["pk"])},
        )  # fmt: skip
    if erased := re.fullmatch(r"erased-(\d{1,18})", term):
        return Q(pk=int(erased[1]), message_id=term)
    return Q(notice__in=_notices(Q(thread=term) | Q(key=term)))


def _notices(which: Q) -> list[int]:
    # Asked for first: as a part of the statement, PostgreSQL reads every delivery instead.
    return list(Notice.objects.filter(which).values_list("pk", flat=True))


def message_label(row: Delivery) -> str:
    """Return which message of its event a delivery is, as its mail says it."""
    event = str(row.notice.facts["event"])
    return EVENTS.get(event) or event.rpartition(".")[2].replace("_", " ").capitalize()


def count_by_state(rows: QuerySet[Delivery]) -> dict[str, int]:
    """Return how many are in each state, in the order of the states, without empty ones."""
    counts = dict(rows.order_by().values_list("state").annotate(Count("id")))
    return {state.value: counts[state.value] for state in State if counts.get(state.value)}


def recipient(row: Delivery, *, openly: bool) -> str:
    """Return whom it was for, as far as the reader may know."""
    if row.alert_channel is not None:
        return f"operators: {row.alert_channel.name}"
    if row.notice.kind == Kind.ACCOUNT:
        return _account(row, openly=openly)
    if row.subscriber is None:
        return "erased"
    if not openly or row.subscriber.address is None:
        return row.subscriber.masked
    try:
        return str(row.subscriber.address.reveal())
    except SecretError:
        return "cannot be read"


def _account(row: Delivery, *, openly: bool) -> str:
    if row.address is None:
        return "erased"
    try:
        address = str(row.address.reveal())
    except SecretError:
        return "cannot be read"
    return f"account: {address if openly else masked(row.channel, address)}"


def delivery_json(row: Delivery, *, openly: bool) -> DeliveryJson:
    facts = row.notice.facts
    ended = row.ended_at.astimezone(UTC).isoformat(timespec="seconds") if row.ended_at else ""
    return {
        "id": row.pk,
        "event": facts["event"],
        "about": facts["headline"],
        "recipient": recipient(row, openly=openly),
        "channel": row.channel,
        "state": row.state,
        "reason": row.reason,
        "attempts": row.attempts,
        "code": row.last_code or "",
        "answer": row.last_response,
        "message_id": row.message_id,
        "created_at": row.created_at.astimezone(UTC).isoformat(timespec="seconds"),
        "ended_at": ended,
    }


def as_csv(rows: Iterable[Delivery], *, openly: bool) -> Iterator[str]:
    """Yield lines of CSV, which no spreadsheet takes for formulas."""
    yield inert_csv.line(COLUMNS)
    for row in rows:
        yield inert_csv.line(map(str, delivery_json(row, openly=openly).values()))


def redeliverable(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Return those of the rows that can be sent again."""
    return rows.filter(
        state__in=[State.SENT, State.BOUNCED, State.FAILED, State.RETRYING, State.HELD]
    )


def redeliver(rows: QuerySet[Delivery], *, now: datetime) -> int:
    """Send again at a person's request, under the same message id; its day begins anew.

    What is on its way already is left alone; so is what was never to be sent.
    """
    return redeliverable(rows).update(
        state=State.QUEUED, due=now.timestamp(), faults=0, attempts=0, ended_at=None, reason="",
        created_at=now,
    )  # fmt: skip


def send_test(subscriber: Subscriber, *, now: datetime) -> Notice:
    """Queue a message that says nothing but that messages arrive."""
    facts = Facts(
        event="subscriber.test",
        at=iso(now),
        url="",
        **our_words(headline=our_text(_ARRIVE), message=our_text(_NOTHING_HAPPENED)),
    )
    with transaction.atomic():
        return create_notice(
            key=f"test-{subscriber.pk}-{now.timestamp():.0f}",
            facts=facts,
            audience=Audience(Kind.SERVICE, only=subscriber.pk),
            at=now,
        )
