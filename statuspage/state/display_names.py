"""Display names under which components are shown, each of them once.

Some dialects know no other key. Two groups may each have an “API”: each of them is then shown with
its group, and where that does not tell them apart with its slug.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A component that is shown. `group` is '' for one that is in none."""

    name: str
    slug: str
    group: str = ""


def names_apart(shown: Mapping[int, Named]) -> dict[int, str]:
    """Return a name for each key, no two the same; one that nothing else has stays as it is."""
    names = {key: each.name for key, each in shown.items()}
    for wider in (_with_group, _with_slug):
        counted = Counter(names.values())
        names = {
            key: name if counted[name] == 1 else wider(shown[key]) for key, name in names.items()
        }
    return _numbered(names)


def _with_group(each: Named) -> str:
    return f"{each.name} ({each.group})" if each.group else each.name


def _with_slug(each: Named) -> str:
    return f"{each.name} ({each.slug})"


def _numbered(names: Mapping[int, str]) -> dict[int, str]:
    """Return names that are apart even where somebody named one as others are told apart."""
    taken: set[str] = set()
    apart: dict[int, str] = {}
    for key, name in names.items():
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        taken.add(free)
        apart[key] = free
    return apart


def duplicates(names: Sequence[str]) -> bool:
    """Return whether any name is there twice."""
    return len(set(names)) < len(names)
