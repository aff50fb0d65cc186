"""What part of a layout is on screen, held by block and line so that corrections don't move it."""

from collections.abc import Callable
from typing import NamedTuple

from oxtui.replay.turns import Turn
from oxtui.ui.timeline.blocks import Block, BlockId
from oxtui.ui.timeline.layout import Layout, Place


class Anchor(NamedTuple):
    """A line that the reader looks at.

    Attributes:
        block_id: Its block.
        offset: Which line of the block.
        row: The row of the screen that it is to stay on.
    """

    block_id: BlockId
    offset: int
    row: int = 0


class Viewport:
    """A window of some rows over a layout; blocks that come into it are measured.

    Attributes:
        layout: What is looked at.
        height: Rows of the window.
        top: The block at the first row, and which of its lines is there.
    """

    def __init__(self, layout: Layout, height: int, measure: Callable[[Turn, Block], int]) -> None:
        self.layout = layout
        self.height = height
        self.top: tuple[Place, int] = (layout.first(), 0)
        self._measure = measure

    @property
    def line(self) -> int:
        """The line of the layout at the first row."""
        place, offset = self.top
        return self.layout.top(place) + offset

    @property
    def at_end(self) -> bool:
        """Whether the last line is on screen."""
        return self.line + self.height >= self.layout.line_count

    def anchor(self) -> Anchor:
        """What is at the first row."""
        place, offset = self.top
        return Anchor(self.layout.block(place).block_id, offset)

    def settle(self, anchor: Anchor) -> None:
        """Puts an anchor's line on its row, or as near to it as first and last line allow."""
        place = self.layout.find(anchor.block_id)
        offset = max(0, min(anchor.offset, self._exact(place) - 1))
        self.top = self._fill(self._up((place, offset), anchor.row))

    def settle_at_end(self) -> None:
        """Puts the last line on the last row."""
        self.top = self._above_end()

    def settle_at(self, line: int) -> None:
        """Puts a line of the layout on the first row, as well as heights are known."""
        place, offset = self.layout.at(line)
        offset = min(offset, self._exact(place) - 1)
        self.top = self._fill((place, offset))

    def move(self, lines: int) -> None:
        """Moves by some lines, exactly, however high what comes into sight turns out to be."""
        self.top = self._fill(
            self._up(self.top, -lines) if lines < 0 else self._down(self.top, lines)
        )

    def row_of(self, place: Place) -> int:
        """The row at which a block begins; outside of the screen below 0 or from `height` on."""
        return self.layout.top(place) - self.line

    def exact_height(self, place: Place) -> int:
        """Lines of a block, measured if need be."""
        return self._exact(place)

    def _exact(self, place: Place) -> int:
        if not self.layout.is_exact(place):
            turn = self.layout.turns[place.turn]
            self.layout.set_height(place, self._measure(turn, self.layout.block(place)))
        return self.layout.height(place)

    def _up(self, start: tuple[Place, int], lines: int) -> tuple[Place, int]:
        place, offset = start
        while lines > offset:
            prior = self.layout.prior(place)
            if prior is None:
                return place, 0
            lines -= offset + 1
            place, offset = prior, self._exact(prior) - 1
        return place, offset - lines

    def _down(self, start: tuple[Place, int], lines: int) -> tuple[Place, int]:
        place, offset = start
        while offset + lines >= self._exact(place):
            after = self.layout.after(place)
            if after is None:
                return place, self._exact(place) - 1
            lines -= self._exact(place) - offset
            place, offset = after, 0
        return place, offset + lines

    def _fill(self, top: tuple[Place, int]) -> tuple[Place, int]:
        """Measures what is below `top`; goes up where the end would leave rows empty."""
        place, offset = top
        rows = self._exact(place) - offset
        while rows < self.height:
            after = self.layout.after(place)
            if after is None:
                return self._above_end()
            place = after
            rows += self._exact(place)
        return top

    def _above_end(self) -> tuple[Place, int]:
        last = self.layout.last()
        return self._up((last, self._exact(last) - 1), self.height - 1)
