"""Texts of several styles, wrapped into lines beside what stands along their left edge.

How many lines there will be is known without drawing any.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style

from oxtui.ui.wrap import spans

Line = list[Segment]
Run = tuple[str, Style]
"""A piece of text in one style."""


class Edge:
    """What stands at the left of some lines: something on the first, and else on the others."""

    def __init__(self, first: Segment, others: Segment) -> None:
        self._next = first
        self._others = others

    def take(self) -> Segment:
        """What stands on the next line."""
        taken, self._next = self._next, self._others
        return taken


@dataclass(frozen=True, slots=True)
class Flow:
    """A text that is wrapped.

    Attributes:
        runs: Its pieces; they hold line ends, and those are kept.
        width: Cells that it has, its edges aside; at least two.
        edges: What stands at its left, from the outermost.
        ground: What it stands on to its whole width, a cell free on either side; None for nothing.
    """

    runs: Sequence[Run]
    width: int
    edges: tuple[Edge, ...] = ()
    ground: Style | None = None

    def count(self) -> int:
        """How many lines it takes."""
        room = self._room
        return sum(len(spans(line, room)) for line in self._text.split("\n"))

    def lines(self) -> Iterator[Line]:
        """The lines."""
        rest = _Rest(self.runs)
        start = 0
        for line in self._text.split("\n"):
            for first, last in spans(line, self._room):
                drawn = list(rest.between(start + first, start + last))
                yield [*(edge.take() for edge in self.edges), *self._on_ground(drawn)]
            start += len(line) + 1

    @property
    def _text(self) -> str:
        return "".join(text for text, _ in self.runs)

    @property
    def _room(self) -> int:
        return self.width if self.ground is None else self.width - 2

    def _on_ground(self, line: Line) -> Line:
        ground = self.ground
        if ground is None:
            return line
        left = self._room - sum(segment.cell_length for segment in line)
        shown = (Segment(text, ground + style if style else ground) for text, style, _ in line)
        return [Segment(" ", ground), *shown, Segment(" " * (left + 1), ground)]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Lines that were drawn elsewhere, with the edges of the place where they are shown."""

    drawn: Sequence[Line]
    edges: tuple[Edge, ...] = ()

    def count(self) -> int:
        """How many lines they are."""
        return len(self.drawn)

    def lines(self) -> Iterator[Line]:
        """The lines."""
        for line in self.drawn:
            yield [*(edge.take() for edge in self.edges), *line]


class _Rest:
    """What is left of some runs, given out from the first to the last."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = iter(runs)
        self._start = self._end = 0
        self._text, self._style = "", Style.null()

    def between(self, start: int, end: int) -> Iterator[Segment]:
        """The pieces from one place in the text to another."""
        while start < end:
            while start >= self._end:
                self._text, self._style = next(self._runs)
                self._start, self._end = self._end, self._end + len(self._text)
            last = min(end, self._end)
            yield Segment(self._text[start - self._start : last - self._start], self._style)
            start = last
