"""Keyboard control: breaks and repairs services by single keys of the terminal."""

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from textwrap import wrap

from statuspage.demo.targets import DemoTargets, PortTakenError, Service, State

# r mends, so that no service has it.
_KEYS = "1234567890abcdefghijklmnopqstuvwxyz"
_WIDTH = 88


class Keyboard:
    """The actions of the keys. `say` shows a line."""

    def __init__(
        self,
        *,
        targets: DemoTargets,
        on_change: Callable[[Service], None],
        say: Callable[[str], None],
    ) -> None:
        self._targets = targets
        self._by_key = dict(zip(_KEYS, targets, strict=False))
        self._on_change = on_change
        self._say = say

    def show_legend(self) -> None:
        self._say("Press a key to break a service (503, then slow, then healthy again):")
        # No-break spaces keep a key beside its service's name.
        entries = [f"{key}\xa0{item.name}" for key, item in self._by_key.items()]
        text = "   ".join(entry.replace(" ", "\xa0") for entry in entries)
        for line in wrap(text, _WIDTH, break_on_hyphens=False):
            self._say("  " + line.replace("\xa0", " "))
        self._say("  r mend all   ? show this again")

    async def press(self, key: str) -> None:
        """Carry out the action of `key`, if it has one."""
        if key == "?":
            self.show_legend()
        elif key == "r":
            for target in self._targets:
                if target.state is not State.HEALTHY:
                    await self._attempt(target, mend=True)
        elif key in self._by_key:
            await self._attempt(self._by_key[key], mend=False)

    async def _attempt(self, target: Service, *, mend: bool) -> None:
        try:
            await (target.set_state(State.HEALTHY) if mend else target.next_state())
        except PortTakenError as error:
            self._say(str(error))
        else:
            self._on_change(target)


def has_terminal() -> bool:
    """Return whether standard input is a terminal with this process in its foreground."""
    return sys.stdin.isatty() and _in_foreground(sys.stdin.fileno())


@asynccontextmanager
async def listening(keys: Keyboard) -> AsyncIterator[None]:
    """Read single keys from the terminal while the block runs, then restore it."""
    terminal = sys.stdin.fileno()
    former = termios.tcgetattr(terminal)
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        # In the background a read would stop this process, or fail.
        if not _in_foreground(terminal):
            return
        pressed = os.read(terminal, 64)
        if not pressed:
            loop.remove_reader(terminal)
        for key in pressed.decode("ascii", "ignore"):
            waiting.put_nowait(key)

    def claim() -> None:
        # Also after Ctrl-Z and `fg`, since the shell has set the terminal to its own liking.
        if _in_foreground(terminal):
            tty.setcbreak(terminal, termios.TCSANOW)

    async def work() -> None:
        while True:
            await keys.press(await waiting.get())

    claim()
    loop.add_reader(terminal, read)
    loop.add_signal_handler(signal.SIGCONT, claim)
    worker = asyncio.create_task(work())
    try:
        yield
    finally:
        worker.cancel()
        loop.remove_signal_handler(signal.SIGCONT)
        loop.remove_reader(terminal)
        if _in_foreground(terminal):
            termios.tcsetattr(terminal, termios.TCSANOW, former)


def _in_foreground(terminal: int) -> bool:
    """Return whether this process is in the terminal's foreground."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
