"""Times the steps of a publication by standing between the snapshot module and what it calls."""

import gzip
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import brotli

from statuspage.publishing import disk_copy, rendered, snapshot

_STEPS: dict[str, tuple[tuple[Any, str], ...]] = {
    "publish": ((snapshot, "publish"),),
    "gather": ((snapshot, "gather"),),
    "render": (
        (rendered, "render_page"),
        (rendered, "public_json"),
        (rendered, "status_api"),
    ),
    "compress": ((gzip, "compress"), (brotli, "compress")),
    "copy": ((disk_copy, "write"),),
}


def time_publishing(change: Callable[[], None]) -> dict[str, float]:
    """Milliseconds: of the whole of `change`, and of each step of the publication it causes.

    `whole` ends when the page is stored and served; `copy`, its files on disk, comes after that, in
    web processes after the response. `cpu` is the processor time of both, which a busy machine
    lengthens less; `derive` is the change itself and the projector's part, up to the publication;
    `store` is what comes after the bytes are made: packing and the database.
    """
    spent = dict.fromkeys(_STEPS, 0.0)
    with ExitStack() as stack:
        for step, places in _STEPS.items():
            for owner, name in places:
                timed = _timed(getattr(owner, name), step, spent)
                stack.enter_context(patch.object(owner, name, timed))
        began, worked = time.perf_counter(), time.process_time()
        change()
        whole, cpu = time.perf_counter() - began, time.process_time() - worked
    if not spent["publish"]:
        raise RuntimeError("the change was not published; see the log above")
    making = spent["gather"] + spent["render"] + spent["compress"]
    published = spent["publish"] - spent["copy"]
    seconds = {
        "whole": whole - spent["copy"],
        "cpu": cpu,
        "derive": whole - spent["publish"],
        "gather": spent["gather"],
        "render": spent["render"],
        "compress": spent["compress"],
        "store": published - making,
        "copy": spent["copy"],
    }
    return {step: 1000 * value for step, value in seconds.items()}


def _timed(function: Callable[..., Any], step: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[step] += time.perf_counter() - began

    return timed
