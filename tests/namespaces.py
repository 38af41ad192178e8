"""A network of a test's own: one thread leaves the machine's and meets nothing but its loopback."""

import ctypes
import fcntl
import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.counterparts import missing

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


def in_own_network(
    act: Callable[[], T],
    *,
    loopback: bool = True,
    answers_pings: bool = True,
    pings_for_all: bool = False,
    as_nobody: bool = False,
) -> T:
    """What `act` returns or raises in a thread with a network of its own.

    `pings_for_all` lets everybody send pings without privileges; `as_nobody` takes all privileges
    away. Skips the test where a process may not do that.
    """
    done: list[T] = []
    trouble: list[BaseException] = []
    refused: list[OSError] = []

    def run() -> None:
        try:
            _leave(loopback, answers_pings=answers_pings, pings_for_all=pings_for_all)
            if as_nobody:
                _drop_privileges()
        except OSError as error:
            refused.append(error)
            return
        try:
            done.append(act())
        except BaseException as error:  # noqa: BLE001  (raised again below)
            trouble.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if refused:
        missing("namespaces", str(refused[0]))
    if trouble:
        raise trouble[0]
    return done[0]


def _leave(loopback: bool, *, answers_pings: bool, pings_for_all: bool) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    settings = Path("/proc/sys/net/ipv4")
    if not answers_pings:
        (settings / "icmp_echo_ignore_all").write_text("1")
    if pings_for_all:
        (settings / "ping_group_range").write_text("0 2147483647")
    if loopback:
        set_loopback(up=True)


def set_loopback(*, up: bool) -> None:
    """Give the calling thread's network its only interface, or take it away for real."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        flags = _IFF_UP if up else 0
        fcntl.ioctl(asking, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags))


def _drop_privileges() -> None:
    """Drop all capabilities of this thread alone; libc's own calls would drop the process's."""
    libc = ctypes.CDLL(None, use_errno=True)
    version_3 = 0x20080522
    header = struct.pack("Ii", version_3, 0)
    nothing = struct.pack("6I", 0, 0, 0, 0, 0, 0)
    if libc.capset(header, nothing):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
