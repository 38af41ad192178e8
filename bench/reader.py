"""`python -m bench.reader PORT SECONDS`: reads the page over and over on eight connections.

Prints, as JSON, its rate, how long answers took, and what was none. A connection that is closed
on it between two answers counts as an answer that was none.
"""

import asyncio
import json
import sys
import time
from collections import Counter

import uvloop

from bench.stage import LOCAL
from statuspage.runtime import parent_death

CONNECTIONS = 8
_REQUEST = (
    b"GET /status HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\nAccept-Encoding: br\r\n\r\n"
)
_PATIENCE = 10.0


async def _read(port: int, until: float, told: Counter[str], took: list[float]) -> None:
    while time.perf_counter() < until:
        try:
            reader, writer = await asyncio.open_connection(LOCAL, port)
            try:
                while (began := time.perf_counter()) < until:
                    async with asyncio.timeout(_PATIENCE):
                        writer.write(_REQUEST)
                        head = (await reader.readuntil(b"\r\n\r\n")).lower()
                        at = head.index(b"content-length: ") + 16
                        await reader.readexactly(int(head[at : head.index(b"\r", at)]))
                    took.append(1000 * (time.perf_counter() - began))
                    told[head[9:12].decode()] += 1
            finally:
                writer.close()
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            told[type(error).__name__] += 1


async def _measure(port: int, seconds: float) -> dict[str, object]:
    began = time.perf_counter()
    told: Counter[str] = Counter()
    took: list[float] = []
    readers = (_read(port, began + seconds, told, took) for _ in range(CONNECTIONS))
    await asyncio.gather(*readers)
    took.sort()
    return {
        "answers": told,
        "rate": len(took) / (time.perf_counter() - began),
        "p50": took[len(took) // 2] if took else 0.0,
        "p99": took[int(len(took) * 0.99)] if took else 0.0,
        "max": took[-1] if took else 0.0,
    }


if __name__ == "__main__":
    parent_death.follow()
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_measure(port, seconds))), flush=True)
