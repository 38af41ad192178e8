"""The registry of kinds of probes: every module in this folder with a prober, and others.

Kinds from elsewhere come as packages that are installed beside the product, with an entry point in
the group `statuspage.probers`, or as modules that are named to `register_modules`.
"""

import importlib
import importlib.metadata
import logging
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType

from components.plugins import BrokenPluginError, modules_in, only_instance
from monitors import probers as _folder
from monitors.probing.base import Prober

log = logging.getLogger(__name__)

ENTRY_POINTS = "statuspage.probers"
_added: dict[str, Prober] = {}


class UnknownKindError(LookupError):
    """There is no such kind of probe; the message names those there are."""


@cache
def probers() -> dict[str, Prober]:
    """Return every kind there is by its stored word, sorted by it."""
    found: dict[str, Prober] = {}
    for name, prober in (*_builtin(), *_installed(), *_added.items()):
        if prober.kind in found:
            raise BrokenPluginError(f"{name}: the kind {prober.kind!r} exists already")
        found[prober.kind] = prober
    return dict(sorted(found.items()))


def register_modules(names: Iterable[str]) -> None:
    """Register the kinds in these modules. Raises BrokenPluginError naming one that is broken.

    The product's own are imported when they are asked for, with the libraries that they need: most
    commands ask for none. With kinds from elsewhere it is found out here whether all go together.
    """
    for name in names:
        if name not in _added:
            _added[name] = _import_prober(name)
    probers.cache_clear()
    if _added or importlib.metadata.entry_points(group=ENTRY_POINTS):
        probers()


def reset() -> None:
    """Forget what was added and found, as a process that begins anew; for tests."""
    _added.clear()
    probers.cache_clear()


def _builtin() -> Iterator[tuple[str, Prober]]:
    for module in modules_in(_folder):
        yield module.__name__, prober_in(module)


def _installed() -> Iterator[tuple[str, Prober]]:
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        try:
            yield point.value, _import_prober(point.value)
        except BrokenPluginError as error:
            # One package that does not fit must not take the others' monitors with it.
            log.error("a kind of monitor is left out: %s", error)


def _import_prober(name: str) -> Prober:
    try:
        module = importlib.import_module(name)
    except Exception as error:  # it is foreign code: anything may go wrong in it
        raise BrokenPluginError(f"{name}: {type(error).__name__}: {error}") from error
    return prober_in(module)


def prober(kind: str) -> Prober:
    """Return the prober of a kind. Raises UnknownKindError."""
    known = probers()
    if kind not in known:
        raise UnknownKindError(f"{kind!r} is not a kind of monitor; there are: {', '.join(known)}")
    return known[kind]


def prober_in(module: ModuleType) -> Prober:
    """Return the one prober that `module` defines. Raises BrokenPluginError."""
    return only_instance(module, Prober, "prober")
