"""Plug-ins: modules that define one thing of a sort each, found by a walk over their folder."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


class BrokenPluginError(Exception):
    """A module is not the plug-in that it should be; the message says which and why."""


def modules_in(package: ModuleType) -> Iterator[ModuleType]:
    """Import the modules of a package, except the registry that walks them.

    A package beside them is passed over: it holds what one of them is made of.
    """
    for found in pkgutil.iter_modules(package.__path__):
        if not found.ispkg and found.name != "registry":
            yield importlib.import_module(f"{package.__name__}.{found.name}")


def only_instance(module: ModuleType, base: type[T], noun: str) -> T:
    """Return an instance of the one concrete subclass of `base` that `module` itself defines.

    Raises BrokenPluginError, which counts what it found by the `noun` of one.
    """
    types = [
        member
        for member in vars(module).values()
        if inspect.isclass(member)
        and issubclass(member, base)
        and not inspect.isabstract(member)
        and member.__module__ == module.__name__
    ]
    if len(types) != 1:
        raise BrokenPluginError(
            f"{module.__name__}: has {len(types)} {noun}s, must have exactly one"
        )
    return types[0]()
