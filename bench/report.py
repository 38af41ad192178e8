"""What a benchmark says: tables on stdout, one line of progress on stderr."""

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Table:
    """A subject's figures. Cells are text; `at_most` and `at_least` write those with a target."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row; cells that are not given are left blank."""
        self.rows.append(cells + ("",) * (len(self.columns) - len(cells)))

    def text(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[n]) for line in lines) for n in range(len(self.columns))]
        told = [_line(line, widths) for line in lines]
        told.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.title, *told, *(f"  {note}" for note in self.notes)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join([first, *rest]).rstrip()


def at_most(value: float, target: float, unit: str = "") -> str:
    """`0.31 s (≤ 0.35: met)`"""
    return _judged(value, f"≤ {target:g}", unit, met=value <= target)


def at_least(value: float, target: float, unit: str = "") -> str:
    """`0.91 (≥ 0.8: met)`"""
    return _judged(value, f"≥ {target:g}", unit, met=value >= target)


def _judged(value: float, target: str, unit: str, *, met: bool) -> str:
    return f"{figure(value)}{unit} ({target}: {'met' if met else 'missed'})"


def figure(value: float) -> str:
    """Three significant digits, thousands grouped."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


class Progress:
    """One line that says what is being done: rewritten on a terminal, otherwise one per step."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        line = f"{time.monotonic() - self._began:5.0f} s  {text}"
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[2K{line[:width]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._terminal:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
