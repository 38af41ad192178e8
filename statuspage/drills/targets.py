"""The targets of a drill, in a process of their own: some answer, some never do.

It reads commands from its standard input. `fail` and `heal` set what `/switched` answers, and
`count` returns how many requests there were. With `--own-network` it has a network of its own that
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

from statuspage.drills.base import NotSupportedError

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
_FAILURE = b"HTTP/1.1 503 As Set\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
_REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class DrillTargets:
    """A client of the process.

    `/ok` answers, `/silent` never does, `/switched` as it was set, and `/redirect?URL` leads there.
    """

    def __init__(self, *, own_network: bool = False) -> None:
        command = [sys.executable, "-m", __name__, *(["--own-network"] if own_network else [])]
        self._process = subprocess.Popen(  # noqa: S603  (this module)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        first_line = self._process.stdout.readline().split() if self._process.stdout else []
        if first_line[:1] != ["port"]:
            self.close()
            raise NotSupportedError(
                "it needs the right to make a network namespace: run it as root, on Linux"
            )
        self.port = int(first_line[1])

    def url(self, path: str = "/ok") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def command(self, name: str) -> str:
        """Send a command and wait until it is done; return the response."""
        if not (self._process.stdin and self._process.stdout):
            return ""
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def count(self) -> int:
        """Return how many requests there were."""
        return int(self.command("count"))

    def joiner(self) -> Callable[[], None]:
        """Return the function that a process calls before it starts, to join this network."""
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


class _TargetServer:
    """The server of the targets and their state."""

    def __init__(self) -> None:
        self._failing = False
        self._count = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self._count += 1
            if b" /redirect?" in head:
                where = head.split(b" ")[1].partition(b"?")[2]
                writer.write(_REDIRECT % where)
                await writer.drain()
            elif b" /silent" in head:
                await reader.read()  # until the other side gives up
            else:
                writer.write(_FAILURE if self._failing and b" /switched" in head else _ANSWER)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def handle_command(self, name: str) -> str:
        if name == "count":
            return str(self._count)
        if name in ("fail", "heal"):
            self._failing = name == "fail"
        else:
            _set_loopback(up=name == "mend")
        return "done"


async def _run() -> None:
    far = _TargetServer()
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0, backlog=1024)
    print("port", server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        # On this thread: the network is the process's, the other only reads.
        print(far.handle_command(line.strip()), flush=True)  # noqa: T201


def main() -> None:
    if "--own-network" in sys.argv:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_CLONE_NEWNET):
            sys.exit("not permitted")
        _set_loopback(up=True)
    asyncio.run(_run())


if __name__ == "__main__":
    main()
