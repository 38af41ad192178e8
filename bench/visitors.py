"""`python -m bench.visitors PORT COUNT SECONDS`: that many people open the page, evenly spread.

Each has a connection of its own. Prints, as JSON, how many got what, and the slowest answers.
"""

import asyncio
import json
import sys
import time
from collections import Counter

import uvloop

from bench.stage import LOCAL, raise_open_files
from statuspage.runtime import parent_death

_REQUEST = (
    b"GET /status HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\nAccept-Encoding: br\r\n"
    b"Connection: close\r\n\r\n"
)
_PATIENCE = 10.0


async def _view(port: int) -> tuple[str, str, float]:
    """What one visitor got, the page's ETag, and how long it took from connecting, in ms."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(LOCAL, port)
            writer.write(_REQUEST)
            answer = await reader.read()
            writer.close()
    except (OSError, TimeoutError) as error:
        return type(error).__name__, "", 1000 * (time.perf_counter() - began)
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    whole = int(fields.get(b"content-length", b"-1")) == len(body)
    told = head[9:12].decode() if whole else "cut short"
    return told, fields.get(b"etag", b"").decode(), 1000 * (time.perf_counter() - began)


async def _visit(port: int, count: int, seconds: float) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    views = []
    for number in range(count):
        await asyncio.sleep(began + seconds * number / count - loop.time())
        views.append(asyncio.create_task(_view(port)))
    seen = await asyncio.gather(*views)
    took = sorted(ms for _, _, ms in seen)
    return {
        "answers": Counter(told for told, _, _ in seen),
        "pages": len({etag for _, etag, _ in seen}),
        "seconds": loop.time() - began,
        "p50": took[len(took) // 2],
        "p99": took[int(len(took) * 0.99)],
        "max": took[-1],
    }


if __name__ == "__main__":
    parent_death.follow()
    raise_open_files()
    port, count, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_visit(port, count, seconds))), flush=True)
