"""Processes that end with the process that started them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.statuspage.runtime.supervisor.toy import is_alive, killed_in_the_end, wait_until

IMPORT = "from statuspage.runtime import parent_death; "
FAMILY = """
import os, sys, time
from statuspage.runtime import parent_death
parent_death.die_with_forker()
print(os.getpid(), flush=True)
for depth in range(3):
    if os.fork():
        break
    print(os.getpid(), flush=True)
while True: time.sleep(60)
"""


@pytest.fixture
def family() -> Iterator[list[int]]:
    """A process, its child, its grandchild and its great-grandchild."""
    with (
        subprocess.Popen(
            [sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True
        ) as popen,
        killed_in_the_end(popen),
    ):
        assert popen.stdout is not None
        yield [int(popen.stdout.readline()) for _ in range(4)]


@pytest.mark.parametrize("killed", range(3))
def test_every_descendant_dies_with_its_own_parent(family: list[int], killed: int) -> None:
    os.kill(family[killed], signal.SIGKILL)

    wait_until(lambda: not any(is_alive(pid) for pid in family[killed:]), "descendants gone")
    assert all(is_alive(pid) for pid in family[:killed])


def test_a_stopped_process_dies_with_its_parent_too(family: list[int]) -> None:
    os.kill(family[1], signal.SIGSTOP)

    os.kill(family[0], signal.SIGKILL)

    wait_until(lambda: not is_alive(family[1]), "the stopped one gone")


def test_a_process_whose_parent_is_gone_already_ends_at_once() -> None:
    code = IMPORT + "parent_death.follow(); print('still here')"

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "STATUSPAGE_PARENT": "999999"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")


def test_a_process_that_nobody_supervises_follows_nobody() -> None:
    code = IMPORT + "parent_death.follow(name='status x'); print('still here')"
    environ = {k: v for k, v in os.environ.items() if k != "STATUSPAGE_PARENT"}

    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )

    assert done.stdout == "still here\n"


def test_a_process_is_told_apart_in_the_process_list() -> None:
    code = (
        IMPORT + "parent_death.follow(name='status notify, a long name');"
        "print(open('/proc/self/comm').read(), end='')"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={k: v for k, v in os.environ.items() if k != "STATUSPAGE_PARENT"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "status notify, \n"


def test_starting_again_keeps_process_arguments_and_interpreter() -> None:
    code = (
        "import os, sys\n"
        "from statuspage.runtime import parent_death\n"
        "print(os.getpid(), sys.executable, sys.argv[1:], os.environ.get('COLOUR'))\n"
        "if 'COLOUR' not in os.environ: parent_death.replace_process(environ={'COLOUR': 'red'})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "a", "b"],
        env={k: v for k, v in os.environ.items() if k != "COLOUR"},
        capture_output=True,
        text=True,
        check=True,
    )

    first, second = done.stdout.splitlines()
    assert first.endswith("['a', 'b'] None")
    assert second == first.replace("None", "red")
