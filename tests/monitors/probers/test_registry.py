"""How kinds are found."""

from types import ModuleType
from typing import Any

import pytest

from components.plugins import BrokenPluginError
from monitors.probers import registry
from monitors.probers.http import EndpointProber
from monitors.probing.base import Config, Prober


def module(name: str, *members: type[Any]) -> ModuleType:
    made = ModuleType(name)
    for member in members:
        member.__module__ = name
        setattr(made, member.__name__, member)
    return made


def toy(kind: str) -> type[Prober]:
    return type("Toy", (Prober,), {"kind": kind, "label": "Toy", "config_type": Config})


def test_the_walk_finds_the_http_prober() -> None:
    found = registry.probers()

    assert isinstance(found["endpoint"], EndpointProber)
    assert list(found) == sorted(found)


def test_an_unknown_kind_is_told_which_kinds_there_are() -> None:
    with pytest.raises(LookupError, match=r"'gopher' is not a kind of monitor.*endpoint"):
        registry.prober("gopher")


def test_a_module_with_one_prober_is_a_kind() -> None:
    assert registry.prober_in(module("kinds.toy", toy("toy"))).kind == "toy"


def test_a_module_without_a_prober_is_named() -> None:
    with pytest.raises(BrokenPluginError, match=r"kinds\.empty: has 0 probers"):
        registry.prober_in(module("kinds.empty"))


def test_a_prober_that_was_only_imported_does_not_count() -> None:
    borrowed = ModuleType("kinds.borrowed")
    borrowed.EndpointProber = EndpointProber  # type: ignore[attr-defined]

    with pytest.raises(BrokenPluginError, match="has 0 probers"):
        registry.prober_in(borrowed)
