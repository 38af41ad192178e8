"""Makes checks for tests: the real engine, until everything asked for has ended."""

import time
from collections.abc import Iterable
from typing import Any

from components.network.address_guard import AddressGuard
from monitors.probers import registry
from monitors.probing.base import CheckResult, Config, Outcome, Probe, Prober
from monitors.probing.engine import Engine
from tests.waiting import ending

OPEN = AddressGuard(allow_private=True)
CLOSED = AddressGuard(allow_private=False)


def endpoint(url: str, **config: Any) -> Config:
    return registry.prober("endpoint").config_type.model_validate({"url": url, **config})


def probe(
    config: Config,
    *,
    key: int = 1,
    timeout: float = 2.0,
    due: float | None = None,
    prober: Prober | None = None,
) -> Probe:
    """One check, due now unless told otherwise."""
    return Probe(
        key,
        prober or registry.prober("endpoint"),
        config,
        timeout,
        time.time() if due is None else due,
    )


def make(
    probes: Iterable[Probe],
    *,
    beside: Iterable[Probe] = (),
    engine: Engine | None = None,
    guard: AddressGuard = OPEN,
) -> dict[int, CheckResult]:
    """Make these checks; the findings by the probes' keys.

    Those `beside` are begun as well, and not waited for.
    """
    made_here = engine is None
    engine = engine or Engine(guard=guard)
    wanted = list(probes)
    for each in (*beside, *wanted):
        engine.add(each)
    found: dict[int, CheckResult] = {}
    keys = {each.key for each in wanted}
    try:
        with ending("checks"):
            while not keys <= found.keys():
                found |= {finding.probe.key: finding for finding in engine.step(0.2)}
    finally:
        if made_here:
            engine.close()
    return found


def outcome_of(
    url: str,
    *,
    guard: AddressGuard = OPEN,
    timeout: float = 2.0,
    prober: Prober | None = None,
    **config: Any,
) -> Outcome:
    """What one check of a URL comes to."""
    one = probe(endpoint(url, **config), timeout=timeout, prober=prober)
    return make([one], guard=guard)[1].outcome
