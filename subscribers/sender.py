"""A sender's shift: fans out, leases what is due, and sends it, each lane in a thread of its own.

A lane is the mail server, or one endpoint's host and port. Lanes wait for nobody but themselves:
a host that hangs holds its own thread and its own rows. When a lane itself is in trouble (nobody
answers, whatever is sent), what is leased there is given back and the lane rests, longer each
time, so that neither the other side nor our threads are worn out.

A thread sends one message, writes down its fate, then takes the next: a killed sender can leave
one repeat behind per lane, and the repeat has the same message id.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DatabaseError, connection

from components.secrets import SecretError
from subscribers import outbox
from subscribers.addresses import MAIL_LANE
from subscribers.channels.base import Channel, Fate, Message, Outcome
from subscribers.channels.registry import STAFF
from subscribers.endpoints import after
from subscribers.facts import Facts
from subscribers.fanout import fan_out
from subscribers.models import Delivery, Notice
from subscribers.recipients import NobodyError, recipient_of
from subscribers.retry import FAULTS

log = logging.getLogger(__name__)

SEND_SECONDS = 10.0
"""What one send may take."""
SAFETY = 15.0
"""A row whose lease ends sooner is left for the next one."""
BATCH = 40
MOST_LANES = 64
IDLE_SECONDS = 1.0
LEAVE_SECONDS = 3.0
"""How long the end of a shift waits for sends at work; their rows are leased, nothing is lost."""
NOTE_SECONDS = 30.0
REST = 1.0
LONGEST_REST = 60.0

MakeChannel = Callable[[str], Channel]


_troubles: dict[str, int] = {}
"""How often in a row each lane was in trouble, as far as this process knows."""


@dataclass(slots=True)
class _Lane:
    name: str
    rows: deque[Delivery]
    thread: threading.Thread | None = None


class Shift:
    """One worker process's sending. `make` makes the channel of a name, once per lane."""

    def __init__(
        self,
        make: MakeChannel,
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
        self._changed = threading.Condition()
        self._facts: dict[int, tuple[Notice, Facts]] = {}
        self._ending = False
        self._suspects_first = False
        self.sent = 0

    def run(self, *, seconds: float, on_progress: Callable[[], None]) -> int:
        """Send what falls due for about `seconds`; the answer is how many were sent."""
        outbox.take_over()
        began = idle_since = time.monotonic()
        while not self._stopping():
            now = time.monotonic()
            on_progress()
            found = fan_out(now=datetime.fromtimestamp(self._clock(), UTC)) + self._hire()
            if found or self._lanes:
                idle_since = now
            if now - began > seconds or now - idle_since > IDLE_SECONDS:
                break
            with self._changed:
                if not found:
                    self._changed.wait(0.05 if self._lanes else 0.2)
        self._leave()
        return self.sent

    def _hire(self) -> int:
        """Lease rows for lanes that have room; a thread for each lane that had none."""
        now = self._clock()
        wanted = [MAIL_LANE] if self._has_room(MAIL_LANE, BATCH // 2) else []
        with self._changed:
            busy = list(self._lanes)
        room = MOST_LANES - len(busy)
        if room > 0:
            wanted += outbox.lanes_due(now=now, without=busy, limit=room)
        found = 0
        for name in wanted:
            limit = 1 if name == MAIL_LANE and self._pace else BATCH
            self._suspects_first = not self._suspects_first
            rows = outbox.claim(
                name, lease=self._lease, now=now, limit=limit,
                suspects_first=self._suspects_first,
            )  # fmt: skip
            if rows:
                self._put(name, rows)
            found += len(rows)
        return found

    def _has_room(self, name: str, most: int) -> bool:
        lane = self._lanes.get(name)
        return lane is None or len(lane.rows) <= (0 if self._pace else most)

    def _put(self, name: str, rows: list[Delivery]) -> None:
        self._know(rows)
        with self._changed:
            if (lane := self._lanes.get(name)) is not None:
                lane.rows.extend(rows)
                return
            lane = self._lanes[name] = _Lane(name, deque(rows))
        lane.thread = threading.Thread(
            target=self._serve, args=(lane,), name=f"lane {name}", daemon=True
        )
        lane.thread.start()

    def _know(self, rows: list[Delivery]) -> None:
        """Read the notices of some rows that are not known here yet."""
        missing = {row.notice_id for row in rows} - self._facts.keys()
        for notice in Notice.objects.filter(pk__in=missing):
            self._facts[notice.pk] = notice, Facts.from_json(notice.facts)

    def _leave(self) -> None:
        self._ending = True
        until = time.monotonic() + LEAVE_SECONDS
        for lane in list(self._lanes.values()):
            if lane.thread is not None:
                lane.thread.join(max(0.0, until - time.monotonic()))

    def _serve(self, lane: _Lane) -> None:
        """The life of a lane's thread: as long as it has rows, and a moment more for mail."""
        channels: dict[str, Channel] = {}
        try:
            while (row := self._next(lane)) is not None:
                if self._one(row, channels):
                    self._rest(lane)
                if lane.name == MAIL_LANE and self._pace:
                    time.sleep(self._pace)
        except DatabaseError as error:
            log.warning("sending later, the database does not answer: %s", error)
        finally:
            for channel in channels.values():
                channel.close()
            with self._changed:
                if self._lanes.get(lane.name) is lane:
                    del self._lanes[lane.name]
                self._changed.notify_all()
            connection.close()

    def _next(self, lane: _Lane) -> Delivery | None:
        # The mail connection is worth keeping for the next batch.
        patience = time.monotonic() + (0.5 if lane.name == MAIL_LANE else 0.0)
        while not (self._ending or self._stopping()):
            with self._changed:
                if lane.rows:
                    self._changed.notify_all()
                    return lane.rows.popleft()
                if time.monotonic() >= patience:
                    self._lanes.pop(lane.name, None)
                    return None
            time.sleep(0.005)
        self._give_back(lane)
        return None

    def _give_back(self, lane: _Lane) -> None:
        with self._changed:
            rows = list(lane.rows)
            lane.rows.clear()
        if rows:
            outbox.give_back(rows)

    def _rest(self, lane: _Lane) -> None:
        times = _troubles[lane.name] = _troubles.get(lane.name, 0) + 1
        self._give_back(lane)
        now = self._clock()
        wait = min(LONGEST_REST, REST * 2 ** min(times - 1, 10))
        outbox.rest(lane.name, until=now + wait, now=now)

    def _one(self, row: Delivery, channels: dict[str, Channel]) -> bool:
        """Send a row and write down its fate; the answer is whether the lane is in trouble."""
        now = self._clock()
        if row.leased_until < now + SAFETY:
            outbox.give_back([row])
            return False
        if row.faults >= FAULTS:
            outbox.set_aside(row, "its sender was killed each time", now=now)
            log.error("delivery %s is set aside: its sender was killed each time", row.pk)
            return False
        try:
            outcome = self._send(row, channels)
        except Exception as error:
            log.exception("delivery %s failed on our side", row.pk)
            outbox.record_fault(row, error, now=self._clock())
            return False
        if outcome is None:
            return False
        self._note(row, outcome)
        self.sent += outcome.fate is Fate.SENT
        if not outcome.lane_down:
            _troubles.pop(row.lane, None)
        return outcome.lane_down

    def _note(self, row: Delivery, outcome: Outcome) -> None:
        """Write a fate down, even if the database is away for a moment: else it is sent again."""
        until = self._clock() + NOTE_SECONDS
        while True:
            try:
                now, dice = self._clock(), random.random()  # noqa: S311
                state = outbox.record_outcome(row, outcome, now=now, dice=dice)
                if state is not None:
                    after(row, outcome, state, now=datetime.fromtimestamp(now, UTC))
            except DatabaseError:
                connection.close()
                if self._clock() > until:
                    raise
                time.sleep(0.5)
            else:
                return

    def _send(self, row: Delivery, channels: dict[str, Channel]) -> Outcome | None:
        notice, facts = self._facts[row.notice_id]
        try:
            now = datetime.fromtimestamp(self._clock(), UTC)
            recipient = recipient_of(row, notice, now=now)
        except NobodyError as error:
            outbox.suppress(row, str(error), now=self._clock())
            return None
        except SecretError:
            return Outcome(Fate.PERMANENT, text="the address cannot be read: its key is not known")
        name = f"{STAFF}{row.channel}" if row.alert_channel_id else row.channel
        if name not in channels:
            channels[name] = self._make(name)
        message = Message(row.message_id, notice.thread, facts, notice=notice.key)
        deadline = time.monotonic() + SEND_SECONDS
        return channels[name].send(message, recipient, deadline=deadline)
