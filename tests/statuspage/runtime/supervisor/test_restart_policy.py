"""The decisions of the supervisor, as tables."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.runtime.supervisor.restart_policy import (
    MAX_PAUSE,
    MAX_STRETCH,
    MIN_PAUSE,
    STABLE_AFTER,
    STARTUP_GRACE,
    STOP_TIMEOUT,
    Action,
    DesiredState,
    Process,
    RoleProgress,
    decide,
)

NEW = Process(silence=6.0)
RUNNING = replace(NEW, started_at=100.0)
ASKED = replace(RUNNING, stop_requested_at=200.0)
KILLED = replace(RUNNING, killed=True)


def seen(at: float, progress: float) -> RoleProgress:
    return RoleProgress(observed_at=at, progress_at=progress)


@pytest.mark.parametrize(
    ("process", "now", "desired", "ended", "progress", "act"),
    [
        pytest.param(
            NEW, 100.0, DesiredState.RUN, False, None, Action.START, id="a new one starts"
        ),
        pytest.param(
            replace(NEW, start_at=101.0),
            100.9,
            DesiredState.RUN,
            False,
            None,
            Action.WAIT,
            id="not too soon",
        ),
        pytest.param(
            replace(NEW, start_at=101.0),
            101.0,
            DesiredState.RUN,
            False,
            None,
            Action.START,
            id="pause over",
        ),
        pytest.param(
            NEW, 100.0, DesiredState.STOP, False, None, Action.WAIT, id="none starts while stopping"
        ),
        pytest.param(
            NEW, 100.0, DesiredState.KILL, False, None, Action.WAIT, id="none starts while killing"
        ),
        pytest.param(
            RUNNING, 200.0, DesiredState.RUN, False, None, Action.WAIT, id="unseen is no evidence"
        ),
        pytest.param(
            RUNNING, 200.0, DesiredState.RUN, True, None, Action.COLLECT, id="ended is buried"
        ),
        pytest.param(
            RUNNING, 200.0, DesiredState.STOP, True, None, Action.COLLECT, id="ended while stopping"
        ),
        pytest.param(
            RUNNING,
            200.0,
            DesiredState.RUN,
            False,
            seen(200.0, 195.0),
            Action.WAIT,
            id="silent, but not long",
        ),
        pytest.param(
            RUNNING,
            200.0,
            DesiredState.RUN,
            False,
            seen(200.0, 193.9),
            Action.KILL,
            id="silent for too long",
        ),
        pytest.param(
            RUNNING,
            999.0,
            DesiredState.RUN,
            False,
            seen(200.0, 195.0),
            Action.WAIT,
            id="an old sighting",
        ),
        pytest.param(
            RUNNING,
            112.0,
            DesiredState.RUN,
            False,
            seen(112.0, 0.0),
            Action.WAIT,
            id="grace of a new one",
        ),
        pytest.param(
            RUNNING,
            112.1,
            DesiredState.RUN,
            False,
            seen(112.1, 0.0),
            Action.KILL,
            id="grace is over",
        ),
        pytest.param(
            RUNNING,
            200.0,
            DesiredState.RUN,
            False,
            seen(99.0, 0.0),
            Action.WAIT,
            id="seen before its start",
        ),
        pytest.param(
            replace(RUNNING, stretch=2),
            120.0,
            DesiredState.RUN,
            False,
            seen(120.0, 0.0),
            Action.WAIT,
            id="longer grace",
        ),
        pytest.param(
            replace(RUNNING, silence=None),
            200.0,
            DesiredState.RUN,
            False,
            seen(200.0, 0.0),
            Action.WAIT,
            id="not watched",
        ),
        pytest.param(
            KILLED,
            200.0,
            DesiredState.RUN,
            False,
            seen(200.0, 0.0),
            Action.WAIT,
            id="killed once is enough",
        ),
        pytest.param(
            RUNNING, 200.0, DesiredState.STOP, False, None, Action.TERMINATE, id="asked to stop"
        ),
        pytest.param(
            ASKED, 203.4, DesiredState.STOP, False, None, Action.WAIT, id="asked and waited for"
        ),
        pytest.param(
            ASKED, 203.5, DesiredState.STOP, False, None, Action.KILL, id="stops too slowly"
        ),
        pytest.param(
            ASKED,
            201.0,
            DesiredState.STOP,
            False,
            seen(201.0, 0.0),
            Action.WAIT,
            id="silent while stopping",
        ),
        pytest.param(
            ASKED, 200.1, DesiredState.KILL, False, None, Action.KILL, id="at once after all"
        ),
        pytest.param(
            RUNNING, 200.0, DesiredState.KILL, False, None, Action.KILL, id="killed unasked"
        ),
    ],
)
def test_each_situation_has_its_act(
    *,
    process: Process,
    now: float,
    desired: DesiredState,
    ended: bool,
    progress: RoleProgress | None,
    act: Action,
) -> None:
    assert decide(process, now=now, desired=desired, ended=ended, progress=progress)[1] is act


def test_the_pause_doubles_with_each_early_end_and_is_capped() -> None:
    process, now, pauses = NEW, 0.0, []

    for _ in range(7):
        process, _ = decide(process, now=now, desired=DesiredState.RUN, ended=False, progress=None)
        process, _ = decide(process, now=now, desired=DesiredState.RUN, ended=True, progress=None)
        pauses.append(round(process.start_at - now, 3))
        now = process.start_at

    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, MAX_PAUSE, MAX_PAUSE]


def test_a_settled_process_comes_back_at_once() -> None:
    tired = replace(RUNNING, pause=MAX_PAUSE)

    after, _ = decide(
        tired, now=100.0 + STABLE_AFTER, desired=DesiredState.RUN, ended=True, progress=None
    )

    assert after.start_at == 100.0 + STABLE_AFTER + MIN_PAUSE


def test_a_process_killed_before_its_first_progress_gets_more_time_next_time() -> None:
    process, stretches = KILLED, []

    for _ in range(5):
        after, _ = decide(
            process, now=113.0, desired=DesiredState.RUN, ended=True, progress=seen(113.0, 99.0)
        )
        stretches.append(after.stretch)
        process = replace(after, started_at=100.0, killed=True)

    assert stretches == [2, 4, 8, MAX_STRETCH, MAX_STRETCH]


def test_progress_ends_the_longer_grace() -> None:
    slow = replace(KILLED, stretch=8)

    after, _ = decide(
        slow, now=300.0, desired=DesiredState.RUN, ended=True, progress=seen(300.0, 200.0)
    )

    assert (after.stretch, after.grace) == (1, STARTUP_GRACE)


@given(st.lists(st.tuples(st.floats(0.01, 3.0), st.booleans()), max_size=60))
def test_stopping_always_ends_in_time_and_starts_nothing(
    steps: list[tuple[float, bool]],
) -> None:
    process, now, acts = RUNNING, 200.0, []

    for step, ended in steps:
        process, act = decide(
            process, now=now, desired=DesiredState.STOP, ended=ended, progress=None
        )
        acts.append((now, act))
        if act is Action.COLLECT:
            break
        now += step

    assert all(act is not Action.START for _, act in acts)
    assert sum(act is Action.TERMINATE for _, act in acts) <= 1
    late = [act for at, act in acts if at >= 200.0 + STOP_TIMEOUT]
    assert not late or late[0] in (Action.KILL, Action.COLLECT) or process.killed
