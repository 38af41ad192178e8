"""The far side of a drill, as a process of its own: targets that answer, or never do.

It is told words on its standard input. `fail` and `heal` say what `/told` answers from then on, and
`count` asks how many requests there were. With `--own-network` it has a network that nobody else is
in but those who join it; then `cut` and `mend` take that network's only interface away and give it
back.
"""

import asyncio
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable

from statuspage.drills.base import NotHereError

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
_FAILURE = b"HTTP/1.1 503 Told So\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"


class Targets:
    """The process, from outside. `/ok` answers, `/silent` never does, `/told` as it was told."""

    def __init__(self, *, own_network: bool = False) -> None:
        command = [sys.executable, "-m", __name__, *(["--own-network"] if own_network else [])]
        self._process = subprocess.Popen(  # noqa: S603  (this module)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        told = self._process.stdout.readline().split() if self._process.stdout else []
        if told[:1] != ["port"]:
            self.close()
            raise NotHereError(
                "it needs the right to make a network namespace: run it as root, on Linux"
            )
        self.port = int(told[1])

    def url(self, path: str = "/ok") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def say(self, word: str) -> str:
        """Say a word and wait until it is done; the answer is what it said to that."""
        if not (self._process.stdin and self._process.stdout):
            return ""
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def count(self) -> int:
        """How many requests there were."""
        return int(self.say("count"))

    def joiner(self) -> Callable[[], None]:
        """What a process has to do before it starts, to be in this network."""
        path = f"/proc/{self._process.pid}/ns/net"
        libc = ctypes.CDLL(None, use_errno=True)

        def join() -> None:
            descriptor = os.open(path, os.O_RDONLY)
            if libc.setns(descriptor, _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            os.close(descriptor)

        return join

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def _set_loopback(*, up: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        flags = _IFF_UP if up else 0
        fcntl.ioctl(asking, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags))


class _Far:
    """What the targets do, and have been asked."""

    def __init__(self) -> None:
        self._failing = False
        self._count = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self._count += 1
            if b" /silent" in head:
                await reader.read()  # until the other side gives up
            else:
                writer.write(_FAILURE if self._failing and b" /told" in head else _ANSWER)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def hear(self, word: str) -> str:
        if word == "count":
            return str(self._count)
        if word in ("fail", "heal"):
            self._failing = word == "fail"
        else:
            _set_loopback(up=word == "mend")
        return "done"


async def _run() -> None:
    far = _Far()
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0, backlog=1024)
    print("port", server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        # On this thread: the network is the process's, the other only reads.
        print(far.hear(line.strip()), flush=True)  # noqa: T201


def main() -> None:
    if "--own-network" in sys.argv:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_CLONE_NEWNET):
            sys.exit("not permitted")
        _set_loopback(up=True)
    asyncio.run(_run())


if __name__ == "__main__":
    main()
