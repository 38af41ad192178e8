"""A sender's shift: fans out, leases what is due, and sends it, each lane in a thread of its own.

A lane is the mail server, or one endpoint's host and port. Lanes wait for nobody but themselves:
a host that hangs holds its own thread and its own rows. When a lane itself is in trouble (nobody
answers, whatever is sent), what is leased there is given back and the lane rests, longer each
time, so that neither the other side nor our threads are worn out.

A thread sends one message, has its fate written down, then takes the next: a killed sender can
leave one repeat behind per lane, and the repeat has the same message id. Threads never touch the
database: one connection leases, and another writes for all of them (`writer`).
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DatabaseError, connection

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
from subscribers.delivery import outbox
from subscribers.delivery.batch_writer import BatchWriter
from subscribers.delivery.endpoint_health import after
from subscribers.delivery.fanout import fan_out
from subscribers.delivery.recipients import NoRecipientError, recipient_of
from subscribers.delivery.retry import FAULTS
from subscribers.enums import State
from subscribers.message import Facts
from subscribers.models import Delivery, Notice

log = logging.getLogger(__name__)

SEND_SECONDS = 10.0
"""What one send may take."""
SAFETY = 15.0
"""A row whose lease ends sooner is left for the next one."""
BATCH = 100
MOST_LANES = 64
TURN_SECONDS = 0.02
LOOK_SECONDS = 0.1
"""How often it is looked for more to do; a batch lasts longer."""
IDLE_SECONDS = 1.0
LEAVE_SECONDS = 3.0
"""How long the end of a shift waits for sends at work; their rows are leased, nothing is lost."""
REST = 1.0
LONGEST_REST = 60.0

MakeSender = Callable[[str], Sender]


_troubles: dict[str, int] = {}
"""How often in a row each lane was in trouble, as far as this process knows."""


def reset() -> None:
    """Forget the lanes' troubles, as a process that begins anew; for tests."""
    _troubles.clear()


@dataclass(slots=True)
class _LeasedDelivery:
    """A leased row and whom it is for; read once, by the thread that leases."""

    row: Delivery
    recipient: Recipient


@dataclass(slots=True)
class _Lane:
    name: str
    parcels: deque[_LeasedDelivery]


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
        self._writer = BatchWriter()
        self.sent = 0

    def run(self, *, seconds: float, on_progress: Callable[[], None]) -> int:
        """Send what falls due for about `seconds`; the answer is how many were sent."""
        outbox.take_over()
        began = idle_since = time.monotonic()
        with self._writer:
            while not self._stopping():
                now = time.monotonic()
                on_progress()
                found = fan_out(now=datetime.fromtimestamp(self._clock(), UTC)) + self._hire()
                if found or self._lanes:
                    idle_since = now
                if now - began > seconds or now - idle_since > IDLE_SECONDS:
                    break
                # Even in a rush others get their turn at SQLite's one write lock.
                time.sleep(TURN_SECONDS if found else LOOK_SECONDS)
            self._leave()
        return self.sent

    def _hire(self) -> int:
        """Lease rows for lanes that have room; a thread for each lane that had none."""
        now = self._clock()
        with self._changed:
            busy = list(self._lanes)
        found = 0
        if self._has_room(MAIL_LANE):
            found += self._claim([MAIL_LANE], limit=1 if self._pace else BATCH, now=now)
        if (room := MOST_LANES - len(busy)) > 0:
            hosts = outbox.lanes_due(now=now, without=busy, limit=room)
            found += self._claim(hosts, limit=BATCH, now=now)
        return found

    def _claim(self, names: Sequence[str], *, limit: int, now: float) -> int:
        if not names:
            return 0
        self._suspects_first = not self._suspects_first
        rows = outbox.lease_due(
            *names, lease=self._lease, now=now, limit=limit, suspects_first=self._suspects_first
        )
        self._know(rows)
        lanes: dict[str, deque[_LeasedDelivery]] = {}
        for row in rows:
            if (parcel := self._parcel(row)) is not None:
                lanes.setdefault(row.lane, deque()).append(parcel)
        for name, parcels in lanes.items():
            self._put(name, parcels)
        return len(rows)

    def _has_room(self, name: str) -> bool:
        lane = self._lanes.get(name)
        return lane is None or len(lane.parcels) <= (0 if self._pace else BATCH // 2)

    def _know(self, rows: Sequence[Delivery]) -> None:
        """Read the notices of some rows that are not known here yet."""
        missing = {row.notice_id for row in rows} - self._facts.keys()
        for notice in Notice.objects.filter(pk__in=missing) if missing else ():
            self._facts[notice.pk] = notice, Facts.from_json(notice.facts)

    def _parcel(self, row: Delivery) -> _LeasedDelivery | None:
        """A row that can be sent; what cannot is settled here."""
        now = self._clock()
        if row.faults >= FAULTS:
            outbox.quarantine(row, "its sender was killed each time", now=now)
            log.error("delivery %s is set aside: its sender was killed each time", row.pk)
            return None
        try:
            at = datetime.fromtimestamp(now, UTC)
            return _LeasedDelivery(row, recipient_of(row, self._facts[row.notice_id][0], now=at))
        except NoRecipientError as error:
            outbox.suppress(row, str(error), now=now)
        except SecretError:
            told = "the address cannot be read: its key is not known"
            outbox.record_outcome(row, Outcome(SendStatus.PERMANENT, text=told), now=now, dice=0.0)
        return None

    def _put(self, name: str, parcels: deque[_LeasedDelivery]) -> None:
        with self._changed:
            if (lane := self._lanes.get(name)) is not None:
                lane.parcels.extend(parcels)
                return
            lane = self._lanes[name] = _Lane(name, parcels)
            self._waiting.append(lane)
            if len(self._waiting) <= self._idle:
                self._changed.notify()
                return
        thread = threading.Thread(target=self._work, name="lanes", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _leave(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        until = time.monotonic() + LEAVE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        """The life of a thread: one lane after the other, as long as there are any."""
        senders: dict[str, Sender] = {}
        try:
            while (lane := self._next_lane()) is not None:
                self._serve(lane, senders)
                if lane.name == MAIL_LANE:
                    # A mail server wants its connection back; to hosts none is kept open.
                    _close(senders)
        except DatabaseError as error:
            log.warning("sending later, the database does not answer: %s", error)
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

    def _serve(self, lane: _Lane, senders: dict[str, Sender]) -> None:
        """As long as the lane has rows, and a moment more for mail."""
        try:
            while (parcel := self._next(lane)) is not None:
                if self._one(parcel, senders):
                    self._rest(lane)
                if lane.name == MAIL_LANE and self._pace:
                    time.sleep(self._pace)
        finally:
            with self._changed:
                if self._lanes.get(lane.name) is lane:
                    del self._lanes[lane.name]

    def _next(self, lane: _Lane) -> _LeasedDelivery | None:
        # The mail connection is worth keeping for the next batch.
        patience = time.monotonic() + (0.5 if lane.name == MAIL_LANE else 0.0)
        while not (self._ending or self._stopping()):
            with self._changed:
                if lane.parcels:
                    return lane.parcels.popleft()
                if time.monotonic() >= patience:
                    self._lanes.pop(lane.name, None)
                    return None
            time.sleep(0.005)
        self._give_back(lane)
        return None

    def _give_back(self, lane: _Lane) -> None:
        with self._changed:
            rows = [parcel.row for parcel in lane.parcels]
            lane.parcels.clear()
        if rows:
            self._writer.write(lambda: outbox.give_back(rows), alone=True)

    def _rest(self, lane: _Lane) -> None:
        times = _troubles[lane.name] = _troubles.get(lane.name, 0) + 1
        self._give_back(lane)
        now = self._clock()
        wait = min(LONGEST_REST, REST * 2 ** min(times - 1, 10))
        self._writer.write(lambda: outbox.rest(lane.name, until=now + wait, now=now), alone=True)

    def _one(self, parcel: _LeasedDelivery, senders: dict[str, Sender]) -> bool:
        """Send a row and write down its fate; the answer is whether the lane is in trouble."""
        row, write = parcel.row, self._writer.write
        if row.leased_until < self._clock() + SAFETY:
            write(lambda: outbox.give_back([row]), alone=True)
            return False
        try:
            outcome = self._send(parcel, senders)
        except Exception as error:
            log.exception("delivery %s failed on our side", row.pk)
            told = error
            write(lambda: outbox.record_fault(row, told, now=self._clock()), alone=True)
            return False
        self._note(row, outcome)
        self.sent += outcome.fate is SendStatus.SENT
        if not outcome.lane_down:
            _troubles.pop(row.lane, None)
        return outcome.lane_down

    def _note(self, row: Delivery, outcome: Outcome) -> None:
        dice = random.random()  # noqa: S311
        state = self._writer.write(
            lambda: outbox.record_outcome(row, outcome, now=self._clock(), dice=dice)
        )
        if state is State.FAILED:
            now = datetime.fromtimestamp(self._clock(), UTC)
            self._writer.write(lambda: after(row, outcome, state, now=now), alone=True)

    def _send(self, parcel: _LeasedDelivery, senders: dict[str, Sender]) -> Outcome:
        row = parcel.row
        notice, facts = self._facts[row.notice_id]
        name = f"{STAFF}{row.channel}" if row.alert_channel_id else row.channel
        if name not in senders:
            senders[name] = self._make(name)
        message = Message(row.message_id, notice.thread, facts, notice=notice.key)
        deadline = time.monotonic() + SEND_SECONDS
        return senders[name].send(message, parcel.recipient, deadline=deadline)


def _close(senders: dict[str, Sender]) -> None:
    for sender in senders.values():
        sender.close()
    senders.clear()
