"""The run of the product itself, `manage.py up`, beside the demonstration's services."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import AsyncExitStack

from statuspage.demo.control_server import ControlServer
from statuspage.demo.keyboard import Keyboard, has_terminal, listening
from statuspage.demo.targets import HOST, DemoTargets, Service
from statuspage.runtime.parent_death import PARENT_VARIABLE
from statuspage.runtime.supervisor.output import Output
from statuspage.runtime.supervisor.roles import MANAGE

NAME = "demo"
STOP_TIMEOUT = 6.0
"""Seconds after which an `up` that was asked to stop, and promises 5, is killed."""


async def run(*, targets: DemoTargets, control: socket.socket, output: Output) -> int:
    """Run until `up` ends, which SIGINT, SIGTERM and SIGHUP ask it to; return its exit code.

    Must be called in the main thread: `up` dies with the thread that started it (`parent_death`).
    """

    def say(text: str) -> None:
        output.line(name=NAME, text=text)

    def report_change(target: Service) -> None:
        say(f"{target.name} is {target.state} now")

    keys = Keyboard(targets=targets, on_change=report_change, say=say)
    async with AsyncExitStack() as stack:
        await targets.open()
        stack.callback(targets.close)
        server = await ControlServer(targets=targets, on_change=report_change).open(control)
        stack.callback(server.close)
        address = f"http://{HOST}:{control.getsockname()[1]}"
        say(f"Services and their states: curl {address}/")
        say(f"Break one:  curl -X POST {address}/api/failing   (or slow, silent, stopped)")
        say(f"Mend all:   curl -X POST {address}/all/healthy")
        if has_terminal():
            keys.show_legend()
            await stack.enter_async_context(listening(keys))
        return await _run_product()


async def _run_product() -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(MANAGE),
        "up",
        stdin=asyncio.subprocess.DEVNULL,
        env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
    )
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        # Ctrl-C has reached `up` as well: it takes two signals at one time for one.
        if process.returncode is None:
            process.send_signal(number)
            loop.call_later(STOP_TIMEOUT, kill)

    def kill() -> None:
        if process.returncode is None:
            process.kill()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    return await process.wait()
