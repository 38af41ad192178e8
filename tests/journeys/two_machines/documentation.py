"""The commands of a page of the documentation, by section and machine."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests import DOCS
from tests.journeys.two_machines.machine import Machine

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """Commands, and the names of the machines that they are for."""

    machines: tuple[str, ...]
    text: str


class Page:
    """A page whose blocks of `bash` begin with a line such as `# on web-1 and web-2`."""

    def __init__(self, name: str) -> None:
        self.text = (DOCS / name).read_text("utf-8")

    def blocks(self, section: str) -> Iterator[Block]:
        """Yield the blocks below a heading. Raises ValueError where there are none."""
        _, found, rest = self.text.partition(f"\n## {section}\n")
        fences = _FENCE.findall(rest.partition("\n## ")[0])
        if not found or not fences:
            raise ValueError(f"there are no commands under {section!r}")
        for language, text in fences:
            where, _, commands = text.partition("\n")
            if language == "bash":
                yield Block(tuple(where.removeprefix("# on ").split(" and ")), commands)

    def sections(self) -> list[str]:
        """Return the headings that have commands below them."""
        parts = self.text.split("\n## ")[1:]
        return [part.partition("\n")[0] for part in parts if "```bash" in part]

    def first_block(self) -> str:
        """Return the first block of all."""
        return str(_FENCE.findall(self.text)[0][1])


def run(block: Block, machines: Mapping[str, Machine]) -> None:
    """Run a block, on one machine after the other."""
    for name in block.machines:
        machines[name].run(block.text)
