"""Finds the kinds of probes: every module in this folder that has a prober in it."""

import importlib
import inspect
import pkgutil
from functools import cache
from types import ModuleType

from monitors import probers as _folder
from monitors.probers.base import Prober

_NO_KINDS = {"base", "registry"}


class UnknownKindError(LookupError):
    """There is no such kind of probe; the message names those there are."""


class BrokenKindError(Exception):
    """A module in the folder is not a kind of probe; the message says which and why."""


@cache
def probers() -> dict[str, Prober]:
    """Every kind there is, by its stored word, in order of their words."""
    found: dict[str, Prober] = {}
    for module in pkgutil.iter_modules(_folder.__path__):
        if module.name in _NO_KINDS:
            continue
        prober = prober_in(importlib.import_module(f"{_folder.__name__}.{module.name}"))
        if prober.kind in found:
            raise BrokenKindError(f"{module.name}: the kind {prober.kind!r} exists already")
        found[prober.kind] = prober
    return dict(sorted(found.items()))


def prober(kind: str) -> Prober:
    """The prober of a kind. Raises UnknownKindError."""
    known = probers()
    if kind not in known:
        raise UnknownKindError(f"{kind!r} is not a kind of monitor; there are: {', '.join(known)}")
    return known[kind]


def prober_in(module: ModuleType) -> Prober:
    """The one prober that `module` defines. Raises BrokenKindError."""
    types = [
        member
        for member in vars(module).values()
        if inspect.isclass(member)
        and issubclass(member, Prober)
        and not inspect.isabstract(member)
        and member.__module__ == module.__name__
    ]
    if len(types) != 1:
        raise BrokenKindError(f"{module.__name__}: has {len(types)} probers, must have exactly one")
    return types[0]()
