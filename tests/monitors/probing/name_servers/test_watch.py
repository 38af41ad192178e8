"""Since when this machine's name servers have not answered (F-T1)."""

from monitors.probing.base import CheckResult, Outcome, ProbeStatus
from monitors.probing.name_servers.watch import (
    RECOVERY_SECONDS,
    ROUND_SECONDS,
    NameServerWatch,
)

STREAK = round(RECOVERY_SECONDS / ROUND_SECONDS) + 1
"""Answers in a row that fill the time."""


class Scene:
    def __init__(self) -> None:
        self.now = 1000.0
        self.watch = NameServerWatch(monotonic=lambda: self.now)

    def round(self, *, answered: bool) -> bool:
        """Answer the question that is due, if one is."""
        self.now += ROUND_SECONDS
        probes = self.watch.due_probes()
        for probe in probes:
            status = ProbeStatus.UP if answered else ProbeStatus.DOWN
            assert self.watch.takes(CheckResult(probe, self.now, self.now, Outcome(status)))
        return bool(probes)


def test_nothing_is_asked_while_nothing_is_suspicious() -> None:
    scene = Scene()

    assert not scene.round(answered=True)
    assert scene.watch.is_trusted


def test_blindness_begins_with_the_check_that_found_nobody_to_ask() -> None:
    scene = Scene()
    scene.watch.suspect(since=50.0)
    before = scene.watch.blind_since

    scene.round(answered=False)

    assert before is None
    assert scene.watch.blind_since == 50.0


def test_a_lost_answer_alone_is_no_blindness() -> None:
    scene = Scene()
    scene.watch.suspect(since=50.0)
    for _ in range(STREAK):
        scene.round(answered=True)

    assert scene.watch.blind_since is None
    assert scene.watch.is_trusted


def test_it_ends_once_every_question_was_answered_for_some_seconds() -> None:
    scene = Scene()
    scene.watch.resume(blind_since=50.0)
    seen = []
    for answered in (True, False, *[True] * STREAK):
        scene.round(answered=answered)
        seen.append(scene.watch.blind_since)

    assert seen == [*[50.0] * (1 + STREAK), None]


def test_answers_now_and_then_are_one_blindness() -> None:
    """Two questions that waited together are answered together; the third is not."""
    scene = Scene()
    scene.watch.resume(blind_since=50.0)
    for _ in range(5):
        for answered in (True, True, False):
            scene.round(answered=answered)
            assert scene.watch.blind_since == 50.0


def test_one_question_is_under_way_at_a_time() -> None:
    scene = Scene()
    scene.watch.suspect(since=50.0)
    first = scene.watch.due_probes()
    scene.now += 100

    assert len(first) == 1
    assert scene.watch.due_probes() == []
