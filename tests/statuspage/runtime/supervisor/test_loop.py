"""The supervisor with real processes: what it starts again, what it stops, what it leaves."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from statuspage.runtime.supervisor.restart_policy import STOP_TIMEOUT
from tests.statuspage.runtime.supervisor.toy import (
    FOREVER,
    HELLO,
    STUBBORN,
    is_alive,
    killed_in_the_end,
    running,
    wait_until,
)
from tests.waiting import PATIENCE

# A main process with a child in its group that heeds nothing, as a hung worker would.
WITH_CHILD = (
    HELLO
    + """
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("child", os.getpid())
"""
    + FOREVER
)
TELLS_OF_TERM = (
    HELLO
    + """
import os
main = os.getpid()
def told(number, frame):
    print("told", "main" if os.getpid() == main else "child", flush=True)
    if os.getpid() == main:
        time.sleep(0.2)
        sys.exit()
signal.signal(signal.SIGTERM, told)
if os.fork():
    print("ready")
"""
    + FOREVER
)

TIED = (
    HELLO
    + """
parent_death.die_with_forker()
if os.fork() == 0:
    print("child pid", os.getpid())
    if os.fork() == 0:
        print("grandchild pid", os.getpid())
"""
    + FOREVER
)


def test_a_process_that_is_killed_is_started_again() -> None:
    with running(web={"code": HELLO + FOREVER}) as toy:
        os.kill(toy.pid("web"), signal.SIGKILL)

        restart = toy.pid("web", start=2)

        assert is_alive(restart)
        toy.says("web was ended by SIGKILL; starting it again in 0.2 s")


def test_a_process_that_ends_of_its_own_accord_is_started_again() -> None:
    with running(web={"code": HELLO}) as toy:
        toy.pid("web", start=3)

        toy.says("web ended with exit code 0; starting it again in 0.2 s")
        toy.says("web ended with exit code 0; starting it again in 0.4 s")


def test_the_rest_of_a_group_does_not_outlive_its_main_process() -> None:
    with running(work={"code": WITH_CHILD}) as toy:
        first = toy.pid("work")
        toy.says("child")
        child = int(toy.text.rpartition("child ")[2].split()[0])

        os.kill(first, signal.SIGKILL)
        toy.pid("work", start=2)

        assert not is_alive(child)


def test_one_role_started_again_leaves_the_others_alone() -> None:
    with running(web={"code": HELLO + FOREVER}, beat={"code": HELLO + FOREVER}) as toy:
        beat = toy.pid("beat")

        os.kill(toy.pid("web"), signal.SIGKILL)
        toy.pid("web", start=2)

        assert toy.pids("beat") == [beat]
        assert is_alive(beat)


def test_a_process_without_progress_is_killed_and_started_again(tmp_path: Path) -> None:
    mark = tmp_path / "progress"
    mark.touch()
    os.utime(mark, (0, 0))

    with running(beat={"code": STUBBORN + FOREVER, "silence": 0.2, "progress": str(mark)}) as toy:
        first = toy.pid("beat")
        toy.pid("beat", start=2)

        assert not is_alive(first)
        toy.says("beat has made no progress for 0 s; killing it")


def test_a_stopped_process_is_killed_and_started_again(tmp_path: Path) -> None:
    mark = tmp_path / "progress"
    mark.touch()
    code = HELLO + f"while True: os.utime({str(mark)!r}); time.sleep(0.05)\n"

    with running(beat={"code": code, "silence": 0.5, "progress": str(mark)}) as toy:
        os.kill(toy.pid("beat"), signal.SIGSTOP)

        toy.pid("beat", start=2)


def test_a_process_that_makes_progress_is_left_alone(tmp_path: Path) -> None:
    mark = tmp_path / "progress"
    mark.touch()
    code = HELLO + f"for _ in range(16): os.utime({str(mark)!r}); time.sleep(0.25)\n"

    with running(beat={"code": code, "silence": 3.0, "progress": str(mark)}) as toy:
        toy.says("beat ended with exit code 0")

        assert "no progress" not in toy.text


def test_a_command_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from statuspage.runtime.supervisor.loop import Supervisor\n"
        "from statuspage.runtime.supervisor.output import Output\n"
        "from statuspage.runtime.supervisor.processes import Role\n"
        "output = Output(stream=sys.stdout, colours={})\n"
        "supervisor = Supervisor(output=output, progress_of=lambda name: None)\n"
        "supervisor.add(Role('web', (sys.argv[1],)))\n"
        "supervisor.run()\n"
        "output.close(timeout=1)\n"
    )
    missing = tmp_path / "missing"
    with (
        subprocess.Popen(
            [sys.executable, "-c", script, str(missing)], stdout=subprocess.PIPE, text=True
        ) as popen,
        killed_in_the_end(popen),
    ):
        assert popen.stdout is not None
        line = popen.stdout.readline()
        missing.write_text("#!/bin/sh\necho here\nexec sleep 60\n")
        missing.chmod(0o700)
        while "here" not in line:
            line = popen.stdout.readline()
            assert line
        popen.terminate()

        assert popen.wait(PATIENCE) == 0


def test_sigterm_stops_everything_with_exit_code_0() -> None:
    with running(web={"code": HELLO + FOREVER}, beat={"code": HELLO + FOREVER}) as toy:
        pids = [toy.pid("web"), toy.pid("beat")]

        toy.stop(signal.SIGTERM)

        assert toy.popen.returncode == 0
        assert "did not stop in time" not in toy.text
        assert not any(is_alive(pid) for pid in pids)
        assert "starting it again" not in toy.text


def test_only_the_main_process_of_a_group_is_asked_to_stop() -> None:
    with running(work={"code": TELLS_OF_TERM}) as toy:
        toy.says("ready")

        toy.stop(signal.SIGTERM)

        toy.says("told main")
        assert "told child" not in toy.text


def test_a_process_that_does_not_stop_is_killed_in_the_end() -> None:
    """By `STOP_TIMEOUT`, and what it says, so that `up` ends within 5 s."""
    assert STOP_TIMEOUT < 5
    with running(web={"code": STUBBORN + FOREVER}) as toy:
        pid = toy.pid("web")
        toy.says("ready")

        toy.stop(signal.SIGINT)

        assert toy.popen.returncode == 0
        assert not is_alive(pid)
        assert "web did not stop in time" in toy.text


def test_a_second_signal_stops_at_once() -> None:
    with running(web={"code": STUBBORN + FOREVER}) as toy:
        pid = toy.pid("web")
        toy.says("ready")

        toy.stop(signal.SIGINT, signal.SIGINT)

        assert not is_alive(pid)
        assert "did not stop in time" not in toy.text


def test_a_killed_supervisor_leaves_no_orphan() -> None:
    with running(web={"code": STUBBORN + FOREVER}, work={"code": TIED}) as toy:
        toy.says("ready")
        toy.says("grandchild")
        pids = [toy.pid("web"), *family_of(toy.text)]
        assert len(pids) == 4
        assert all(is_alive(pid) for pid in pids)

        os.kill(toy.popen.pid, signal.SIGKILL)

        wait_until(lambda: not any(is_alive(pid) for pid in pids), "everything gone")


def family_of(text: str) -> list[int]:
    """The processes of role `work`, its descendants included."""
    lines = [line for line in text.splitlines() if line.startswith("work") and "pid " in line]
    return [int(line.rpartition(" ")[2]) for line in lines]


def test_connections_wait_for_a_web_process_that_is_started_again() -> None:
    code = (
        HELLO
        + """
import socket
listener = socket.socket(fileno=int(os.environ["LISTENER"]))
while True:
    connection, _ = listener.accept()
    connection.sendall(str(os.getpid()).encode())
    connection.close()
"""
    )
    script = (
        "import sys, socket\n"
        "from statuspage.runtime.supervisor.loop import Supervisor\n"
        "from statuspage.runtime.supervisor.output import Output\n"
        "from statuspage.runtime.supervisor.processes import Role\n"
        "listener = socket.create_server(('127.0.0.1', 0))\n"
        "print(listener.getsockname()[1], flush=True)\n"
        "supervisor = Supervisor(output=Output(stream=sys.stderr, colours={}),"
        " progress_of=lambda name: None)\n"
        "fd = listener.fileno()\n"
        "command = (sys.executable, '-c', sys.argv[1])\n"
        "role = Role('web', command, {'LISTENER': str(fd)}, fds=(fd,))\n"
        "supervisor.add(role)\n"
        "supervisor.run()\n"
    )
    with (
        subprocess.Popen(
            [sys.executable, "-c", script, code],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as popen,
        killed_in_the_end(popen),
    ):
        assert popen.stdout is not None
        port = int(popen.stdout.readline())
        pids = []
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                pids.append(int(connection.recv(100)))
            os.kill(pids[-1], signal.SIGKILL)
            # It must not take the next connection with it while it dies.
            wait_until(lambda: not is_alive(pids[-1]), "death")

    assert len(set(pids)) == 3
