"""Breaks and mends services by single keys of the terminal that the demonstration runs in."""

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from textwrap import wrap

from statuspage.demo.targets import PortTakenError, State, Target, Targets

# r mends, so that no service has it.
_KEYS = "1234567890abcdefghijklmnopqstuvwxyz"
_WIDTH = 88


class Keyboard:
    """What each key does. `say` shows a line."""

    def __init__(
        self, *, targets: Targets, on_change: Callable[[Target], None], say: Callable[[str], None]
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
        """Do what `key` stands for; nothing for a key that stands for nothing."""
        if key == "?":
            self.show_legend()
        elif key == "r":
            for target in self._targets:
                if target.state is not State.HEALTHY:
                    await self._attempt(target, mend=True)
        elif key in self._by_key:
            await self._attempt(self._by_key[key], mend=False)

    async def _attempt(self, target: Target, *, mend: bool) -> None:
        try:
            await (target.put(State.HEALTHY) if mend else target.turn())
        except PortTakenError as error:
            self._say(str(error))
        else:
            self._on_change(target)


def has_terminal() -> bool:
    """Whether somebody can press keys: standard input is a terminal, and ours at the moment."""
    return sys.stdin.isatty() and _is_ours(sys.stdin.fileno())


@asynccontextmanager
async def listening(keys: Keyboard) -> AsyncIterator[None]:
    """Take single keys from the terminal while the block runs, then leave it as it was."""
    terminal = sys.stdin.fileno()
    former = termios.tcgetattr(terminal)
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        # In the background a read would stop this process, or fail.
        if not _is_ours(terminal):
            return
        pressed = os.read(terminal, 64)
        if not pressed:
            loop.remove_reader(terminal)
        for key in pressed.decode("ascii", "ignore"):
            waiting.put_nowait(key)

    def claim() -> None:
        # Also after Ctrl-Z and `fg`, since the shell has set the terminal to its own liking.
        if _is_ours(terminal):
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
        if _is_ours(terminal):
            termios.tcsetattr(terminal, termios.TCSANOW, former)


def _is_ours(terminal: int) -> bool:
    """Whether this process is in the terminal's foreground."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
