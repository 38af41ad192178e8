"""The end of a process with the process that started it, however that one ended.

A supervisor that is killed with SIGKILL cannot tidy up, so the kernel does it: each process asks
to be killed when its parent dies (`prctl(PR_SET_PDEATHSIG)`, Linux only; elsewhere nothing here
has an effect). The kernel means the parent's *thread*: start processes from the main thread.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

PARENT_VARIABLE = "STATUSPAGE_PARENT"
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_MAX_NAME_LENGTH = 15
_ARGUMENTS_START, _ARGUMENTS_END = 45, 46
"""Places in /proc/self/stat, counted from behind the name."""

# Loaded here and not in the forked child, where the loader's lock may be held by a lost thread.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(*, parent_pid: int) -> None:
    """Arrange that this process is killed when its parent, the process `parent_pid`, dies.

    Ends this process at once when the parent is gone already.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    # The parent may have died before the request took effect: no signal comes then.
    if os.getppid() != parent_pid:
        os._exit(1)


def follow(*, name: str = "") -> None:
    """Die with the `up` that started this process, if one did; show `name` in the process list."""
    parent_pid = os.environ.get(PARENT_VARIABLE, "")
    if parent_pid.isdecimal():
        die_with_parent(parent_pid=int(parent_pid))
    if name:
        set_process_name(name=name)


def set_process_name(*, name: str) -> None:
    """Set the name of this process (up to 15 characters) in `top` and `ps`."""
    if _libc is not None:
        _libc.prctl(_PR_SET_NAME, name.encode()[:_MAX_NAME_LENGTH], 0, 0, 0)


def set_command_line(*, name: str) -> None:
    """Set the command line that `ps` shows: a fork would be shown as what forked it."""
    if sys.platform != "linux":
        return
    stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace")
    fields = stat.rpartition(")")[2].split()
    start, end = int(fields[_ARGUMENTS_START]), int(fields[_ARGUMENTS_END])
    # The kernel reads what it shows from this very memory; there is no more room than there was.
    if 0 < start < end:
        ctypes.memmove(
            start, name.encode()[: end - start - 1].ljust(end - start, b"\0"), end - start
        )


def adopt_orphans() -> bool:
    """Become the parent of orphaned descendants; return whether the system can do that."""
    return _libc is not None and _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def die_with_forker(*, in_child: Callable[[int], None] | None = None) -> None:
    """Arrange that each process forked from now on, at any depth, dies with its parent.

    `in_child` runs in each new process with its depth: 1 for a child of this process, 2 for a
    grandchild. It cannot be undone, so it belongs into a process that does nothing else.
    """
    forker = os.getpid()
    depth = 0

    def before() -> None:
        nonlocal forker
        forker = os.getpid()

    def after_in_child() -> None:
        nonlocal depth
        depth += 1
        die_with_parent(parent_pid=forker)
        if in_child is not None:
            in_child(depth)

    os.register_at_fork(before=before, after_in_child=after_in_child)


def replace_process(*, environ: dict[str, str]) -> None:
    """Replace this process by the same command with `environ` added; the process id stays.

    For what is read from the environment before a command has its say.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    # Not `orig_argv[0]`: a bare "python" would be looked up in PATH and miss the environment.
    arguments = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, arguments, {**os.environ, **environ})  # noqa: S606  (our own command)
