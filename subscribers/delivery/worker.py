"""A sender's shift: fans out, leases what is due, and sends it, each lane in a thread of its own.

A lane is the mail server, or one endpoint's host and port. Lanes wait for none but themselves:
a host that hangs holds its own thread and its own rows. When a lane itself is in trouble (no one
answers, whatever is sent), what is leased is given back and the lane backs off, longer each time.

A thread sends one message, has its outcome stored, then takes the next: a killed sender can
leave one repeat behind per lane, and the repeat has the same message id. Threads never touch the
database: one connection leases, and another writes for all of them (`writer`).
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DatabaseError, connection

from components.database.outage import note_refusal
from components.secrets import SecretError
from subscribers.channels.base import (
    MAIL_LANE,
    Message,
    Outcome,
    Recipient,
    Sender,
    SendStatus,
)
from subscribers.channels.registry import STAFF
from subscribers.delivery import outbox, outcome_files, recipients, unreadable
from subscribers.delivery.batch_writer import BatchWriter
from subscribers.delivery.fanout import fan_out
from subscribers.delivery.order import supersede_overdue
from subscribers.delivery.outcome_writer import write_outcome
from subscribers.delivery.retry import MAX_FAULTS
from subscribers.delivery.send_tracing import send_traced
from subscribers.message import Facts
from subscribers.models import Delivery, Notice

log = logging.getLogger(__name__)

SEND_SECONDS = 10.0
"""What one send may take."""
MIN_LEASE_LEFT = 15.0
"""A row whose lease ends sooner is left for the next one."""
BATCH = 100
MAX_LANES = 64
YIELD_SECONDS = 0.02
POLL_SECONDS = 0.1
"""How often more work is looked for; a batch lasts longer."""
IDLE_SECONDS = 1.0
SUPERSEDE_SECONDS = 2.0
"""How often it is looked whether something has waited for its predecessor too long."""
SHUTDOWN_SECONDS = 3.0
"""How long the end of a shift waits for sends at work; their rows are leased, nothing is lost."""
BACKOFF = 1.0
MAX_BACKOFF = 60.0

THREAD_NAME = "lanes"
MakeSender = Callable[[str], Sender]
_failures_in_row: dict[str, int] = {}
"""How often in a row each lane was in trouble, as far as this process knows."""


def reset() -> None:
    """Forget the lanes' troubles, as a process that begins anew; for tests."""
    _failures_in_row.clear()


@dataclass(slots=True)
class _LeasedDelivery:
    """A leased row and its recipient; read once, by the thread that leases."""

    row: Delivery
    recipient: Recipient
    facts: Facts


@dataclass(slots=True)
class _Lane:
    name: str
    deliveries: deque[_LeasedDelivery]


class Shift:
    """One worker process's sending. `make` makes a channel's sender, once per thread."""

    def __init__(
        self,
        make: MakeSender,
        *,
        stopping: Callable[[], bool],
        pace: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._make = make
        self._stopping = stopping
        self._pace = pace
        """Seconds between two mails of this process; 0 for no limit."""
        self._clock = clock
        self._lease = outbox.new_lease()
        self._lanes: dict[str, _Lane] = {}
        """Those that have a thread, or are about to get one."""
        self._waiting: deque[_Lane] = deque()
        self._idle = 0
        """Threads without a lane."""
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._facts: dict[int, tuple[Notice, Facts]] = {}
        self._ending = False
        self._suspects_first = False
        self._next_supersede = 0.0
        self._writer = BatchWriter()
        self.sent = 0

    def run(self, *, seconds: float, on_progress: Callable[[], None]) -> int:
        """Send what falls due for about `seconds`; return how many were sent."""
        outcome_files.store()
        outbox.release_dead_leases()
        began = idle_since = time.monotonic()
        with self._writer:
            try:
                while not self._stopping():
                    now = time.monotonic()
                    on_progress()
                    count = self._take_work()
                    if count or self._lanes:
                        idle_since = now
                    if now - began > seconds or now - idle_since > IDLE_SECONDS:
                        break
                    # Even in a rush others get their turn at SQLite's one write lock.
                    time.sleep(YIELD_SECONDS if count else POLL_SECONDS)
            finally:
                # Whatever ended it: lanes that went on would send what nobody stores.
                self._finish()
        return self.sent

    def _take_work(self) -> int:
        """Fan out and lease what there is; return how much that was."""
        return (
            self._supersede()
            + fan_out(now=datetime.fromtimestamp(self._clock(), UTC))
            + self._lease_for_lanes()
        )

    def _supersede(self) -> int:
        """End, now and then, the waiting of what has waited for too long; return how many ended."""
        now = time.monotonic()
        if now < self._next_supersede:
            return 0
        self._next_supersede = now + SUPERSEDE_SECONDS
        return supersede_overdue(now=self._clock())

    def _lease_for_lanes(self) -> int:
        """Lease rows for lanes that have room, each with a thread; return how many."""
        now = self._clock()
        with self._changed:
            busy = list(self._lanes)
        count = 0
        if self._has_room(MAIL_LANE):
            count += self._lease_rows([MAIL_LANE], limit=1 if self._pace else BATCH, now=now)
        if (room := MAX_LANES - len(busy)) > 0:
            hosts = outbox.lanes_due(now=now, without=busy, limit=room)
            count += self._lease_rows(hosts, limit=BATCH, now=now)
        return count

    def _lease_rows(self, names: Sequence[str], *, limit: int, now: float) -> int:
        if not names:
            return 0
        self._suspects_first = not self._suspects_first
        rows = outbox.lease_due(
            *names, lease=self._lease, now=now, limit=limit, suspects_first=self._suspects_first
        )
        self._hand_out(rows)
        return len(rows)

    def _hand_out(self, rows: Sequence[Delivery]) -> None:
        """Give leased rows to the threads of their lanes."""
        self._load_notices(rows)
        lanes: dict[str, deque[_LeasedDelivery]] = {}
        unread: list[Delivery] = []
        pages = recipients.pages_of(rows)
        for row in rows:
            if (delivery := self._prepare(row, unread, pages)) is not None:
                lanes.setdefault(row.lane, deque()).append(delivery)
        unreadable.leave_to_others(unread)
        for name, deliveries in lanes.items():
            self._assign(name, deliveries)

    def _has_room(self, name: str) -> bool:
        lane = self._lanes.get(name)
        return lane is None or len(lane.deliveries) <= (0 if self._pace else BATCH // 2)

    def _load_notices(self, rows: Sequence[Delivery]) -> None:
        """Load the notices of some rows that are not loaded yet."""
        missing = {row.notice_id for row in rows} - self._facts.keys()
        for notice in Notice.objects.filter(pk__in=missing) if missing else ():
            self._facts[notice.pk] = notice, recipients.with_states(Facts.from_json(notice.facts))

    def _prepare(
        self, row: Delivery, unread: list[Delivery], pages: recipients.KnownPages
    ) -> _LeasedDelivery | None:
        """Return a row with its recipient; None, and its outcome stored or it in `unread`."""
        now = self._clock()
        if row.faults >= MAX_FAULTS:
            outbox.quarantine(row, "its sender was killed each time", now=now)
            log.error("delivery %s is given up: its sender was killed each time", row.pk)
            return None
        try:
            notice, facts = self._facts[row.notice_id]
            at = datetime.fromtimestamp(now, UTC)
            return _LeasedDelivery(
                row, *recipients.addressed(row, notice, facts, now=at, pages=pages)
            )
        except recipients.NoRecipientError as error:
            outbox.suppress(row, str(error), now=now)
        except SecretError:
            unread.append(row)
        return None

    def _assign(self, name: str, deliveries: deque[_LeasedDelivery]) -> None:
        with self._changed:
            if (lane := self._lanes.get(name)) is not None:
                lane.deliveries.extend(deliveries)
                return
            lane = self._lanes[name] = _Lane(name, deliveries)
            self._waiting.append(lane)
            if len(self._waiting) <= self._idle:
                self._changed.notify()
                return
        thread = threading.Thread(target=self._run_thread, name=THREAD_NAME, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _finish(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        until = time.monotonic() + SHUTDOWN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run_thread(self) -> None:
        """Run a thread: one lane after the other, as long as there are any."""
        senders: dict[str, Sender] = {}
        try:
            while (lane := self._next_lane()) is not None:
                self._send_lane(lane, senders)
                if lane.name == MAIL_LANE:
                    # A mail server wants its connection back; to hosts none is kept open.
                    _close(senders)
        except DatabaseError as error:
            note_refusal(error, what="sending")
        finally:
            _close(senders)
            # `stopping` may have asked the database in this thread.
            connection.close()

    def _next_lane(self) -> _Lane | None:
        with self._changed:
            self._idle += 1
            try:
                self._changed.wait_for(lambda: self._waiting or self._ending, timeout=IDLE_SECONDS)
                return self._waiting.popleft() if self._waiting else None
            finally:
                self._idle -= 1

    def _send_lane(self, lane: _Lane, senders: dict[str, Sender]) -> None:
        """Send a lane's rows as long as it has any, and a moment more for mail."""
        try:
            while (delivery := self._next_delivery(lane)) is not None:
                if self._send_one(delivery, senders):
                    self._back_off(lane)
                if lane.name == MAIL_LANE and self._pace:
                    time.sleep(self._pace)
        finally:
            with self._changed:
                if self._lanes.get(lane.name) is lane:
                    del self._lanes[lane.name]

    def _next_delivery(self, lane: _Lane) -> _LeasedDelivery | None:
        # The mail connection is worth keeping for the next batch.
        deadline = time.monotonic() + (0.5 if lane.name == MAIL_LANE else 0.0)
        while not (self._ending or self._stopping()):
            with self._changed:
                if lane.deliveries:
                    return lane.deliveries.popleft()
                if time.monotonic() >= deadline:
                    self._lanes.pop(lane.name, None)
                    return None
            time.sleep(0.005)
        self._release(lane)
        return None

    def _release(self, lane: _Lane) -> None:
        with self._changed:
            rows = [delivery.row for delivery in lane.deliveries]
            lane.deliveries.clear()
        if rows:
            self._writer.write(lambda: outbox.release(rows), exclusive=True)

    def _back_off(self, lane: _Lane) -> None:
        times = _failures_in_row[lane.name] = _failures_in_row.get(lane.name, 0) + 1
        self._release(lane)
        now = self._clock()
        wait = min(MAX_BACKOFF, BACKOFF * 2 ** min(times - 1, 10))
        self._writer.write(
            lambda: outbox.postpone_lane(lane.name, until=now + wait), exclusive=True
        )

    def _send_one(self, delivery: _LeasedDelivery, senders: dict[str, Sender]) -> bool:
        """Send a row and store its outcome; return whether the lane is in trouble."""
        row, write = delivery.row, self._writer.write
        if row.leased_until < self._clock() + MIN_LEASE_LEFT:
            write(lambda: outbox.release([row]), exclusive=True)
            return False
        try:
            outcome = self._send(delivery, senders)
        except Exception as error:
            log.exception("delivery %s failed on our side", row.pk)
            text = error
            write(lambda: outbox.record_fault(row, text, now=self._clock()), exclusive=True)
            return False
        write_outcome(self._writer, row, outcome, now=self._clock())
        self.sent += outcome.status is SendStatus.SENT
        if not outcome.lane_down:
            _failures_in_row.pop(row.lane, None)
        return outcome.lane_down

    def _send(self, delivery: _LeasedDelivery, senders: dict[str, Sender]) -> Outcome:
        row = delivery.row
        notice, _ = self._facts[row.notice_id]
        name = f"{STAFF}{row.channel}" if row.alert_channel_id else row.channel
        if name not in senders:
            senders[name] = self._make(name)
        # What stands for others, and an alert, says more than the notice: it is nobody else's text.
        own = row.stands_for or row.alert_channel_id
        page = delivery.recipient.page
        text_key = f"{notice.key}{f'@{page.slug}' if page else ''}{f'.{row.pk}' if own else ''}"
        message = Message(row.message_id, notice.thread, delivery.facts, notice=text_key)
        return send_traced(senders[name], message, delivery.recipient, row, seconds=SEND_SECONDS)


def _close(senders: dict[str, Sender]) -> None:
    for sender in senders.values():
        sender.close()
    senders.clear()
