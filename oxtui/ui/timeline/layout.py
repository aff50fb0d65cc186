"""Where every block of a session is, in lines, without having rendered it.

Heights are estimated until a block has been rendered. A correction costs what its turn costs, and
the blocks of a turn are only made when somebody looks there.
"""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, islice
from typing import Final, NamedTuple

from oxtui.replay.turns import Turn
from oxtui.ui.timeline.blocks import (
    Block,
    BlockId,
    Kind,
    View,
    blocks,
    height_estimated,
    turn_height_estimated,
)

_FIRST_CALIBRATION: Final = 16


class Place(NamedTuple):
    """A block by where it stands.

    Attributes:
        turn: Index of its turn.
        position: Which block of the turn.
    """

    turn: int
    position: int


class _TurnBlocks:
    """The blocks of one turn, and what is known of their heights."""

    __slots__ = ("blocks", "by_id", "exact", "heights", "tops")

    def __init__(self, turn: Turn, view: View, known: dict[Block, int]) -> None:
        self.blocks = blocks(turn, view)
        self.by_id = {block.block_id: at for at, block in enumerate(self.blocks)}
        self.exact = bytearray(block in known for block in self.blocks)
        self.heights = [
            known[block] if block in known else height_estimated(turn, block, view.width)
            for block in self.blocks
        ]
        self.tops = [0]
        self.add_up()

    def add_up(self, start: int = 0) -> None:
        self.tops[start:] = accumulate(self.heights[start:], initial=self.tops[start])

    def known(self) -> dict[Block, int]:
        return {
            block: height
            for block, height, exact in zip(self.blocks, self.heights, self.exact, strict=True)
            if exact
        }


class Layout:
    """Lines and blocks of a session at one width.

    Attributes:
        turns: The turns laid out.
        view: What is open, and how wide it is.
    """

    def __init__(self, turns: Sequence[Turn], view: View) -> None:
        self.turns = turns
        self.view = view
        self._made: dict[int, _TurnBlocks] = {}
        self._known: dict[int, Sequence[int]] = {}
        self._factor = 1.0
        self._calibrated_at = _FIRST_CALIBRATION
        self._heights: list[int] = []
        self._tops: list[int] = [0]
        self.line_count = 0
        self._estimate()

    def _estimate(self) -> None:
        self._made.clear()
        self._known.clear()
        self._factor, self._calibrated_at = 1.0, _FIRST_CALIBRATION
        self._heights = [self._estimated(turn) for turn in self.turns]
        self.line_count = sum(self._heights)
        self._tops = [0]

    def set_view(self, view: View) -> None:
        """Lays everything out anew; what only folds a block is cheaper with `refold`."""
        self.view = view
        self._estimate()

    def refold(self, view: View, turn: int) -> None:
        """Takes a view that differs only in blocks of one turn; other heights stay."""
        self.view = view
        self._known.pop(turn, None)
        made = self._made.get(turn)
        if made is not None:
            self._make(turn, made.known())

    def grow(self, turns: Sequence[Turn], changed: frozenset[int]) -> None:
        """Takes the turns of the same session, grown; only `changed` ones are laid out anew."""
        self.turns = turns
        for index in [index for index in self._made if index in changed or index >= len(turns)]:
            del self._made[index]
        for index in [index for index in self._known if index in changed or index >= len(turns)]:
            del self._known[index]
        del self._heights[len(turns) :]
        for index in sorted(changed):
            height = self._estimated(turns[index])
            self._heights[index : index + 1] = [height]
        self.line_count = sum(self._heights)
        del self._tops[min(changed, default=len(turns)) + 1 :]

    def blocks(self, turn: int) -> tuple[Block, ...]:
        """The blocks of a turn, from top to bottom."""
        return self._turn(turn).blocks

    def block(self, place: Place) -> Block:
        """The block at a place."""
        return self._turn(place.turn).blocks[place.position]

    def find(self, block_id: BlockId) -> Place:
        """Where a block is; where the nearest one above it is if it isn't shown now."""
        turn = self.turn_beside(block_id.turn, 1)
        if turn is None:
            return self.last()
        if turn != block_id.turn:
            return Place(turn, 0)
        made = self._turn(block_id.turn)
        for other in (block_id, block_id._replace(part=1), block_id._replace(part=0)):
            if other in made.by_id:
                return Place(block_id.turn, made.by_id[other])
        if self.view.tool is not None:
            wanted = (
                block_id._replace(kind=Kind.CALL) if block_id.kind is Kind.THOUGHT else block_id
            )
            return Place(turn, max(0, bisect_right(list(made.by_id), wanted) - 1))
        above = [at for other, at in made.by_id.items() if other.kind is Kind.WORK]
        return Place(block_id.turn, above[0] if above else 0)

    def shows(self, block_id: BlockId) -> bool:
        """Whether a block is shown now."""
        turn = block_id.turn
        return turn < len(self.turns) and block_id in self._turn(turn).by_id

    def turn_beside(self, turn: int, step: int) -> int | None:
        """The turn itself, or the next one in a direction, that has blocks; None for none."""
        turns = range(turn, len(self.turns)) if step > 0 else range(turn, -1, -1)
        return next((index for index in turns if self._heights[index]), None)

    def first(self) -> Place:
        """The first block of all."""
        return Place(self.turn_beside(0, 1) or 0, 0)

    def last(self) -> Place:
        """The last block of all."""
        turn = self.turn_beside(len(self.turns) - 1, -1) or 0
        return Place(turn, len(self._turn(turn).blocks) - 1)

    def after(self, place: Place) -> Place | None:
        """The next block; None after the last one."""
        if place.position + 1 < len(self._turn(place.turn).blocks):
            return Place(place.turn, place.position + 1)
        turn = self.turn_beside(place.turn + 1, 1)
        return None if turn is None else Place(turn, 0)

    def prior(self, place: Place) -> Place | None:
        """The block before; None before the first one."""
        if place.position:
            return Place(place.turn, place.position - 1)
        turn = self.turn_beside(place.turn - 1, -1)
        return None if turn is None else Place(turn, len(self._turn(turn).blocks) - 1)

    def height(self, place: Place) -> int:
        """Lines of a block, with the empty ones above it."""
        return self._turn(place.turn).heights[place.position]

    def is_exact(self, place: Place) -> bool:
        """Whether a block's height is known, not estimated."""
        return bool(self._turn(place.turn).exact[place.position])

    def set_height(self, place: Place, height: int) -> None:
        """Says how high a block really is."""
        made = self._turn(place.turn)
        made.exact[place.position] = 1
        delta = height - made.heights[place.position]
        if delta:
            made.heights[place.position] = height
            made.add_up(place.position)
            self._resize(place.turn, made.tops[-1])

    def set_heights(self, turn: int, heights: Sequence[int]) -> None:
        """Says how high all blocks of a turn really are, which is kept without them."""
        self._known[turn] = array("I", heights)
        if turn in self._made:
            self._make(turn, {})
        else:
            self._resize(turn, sum(heights))

    def calibrate(self) -> None:
        """Estimates anew what is not known, by how the estimates were for what is.

        That is done once some turns are known, and when there are twice as many.
        """
        if len(self._known) < self._calibrated_at:
            return
        self._calibrated_at = 2 * len(self._known)
        estimated = sum(turn_height_estimated(self.turns[i], self.view) for i in self._known)
        self._factor = sum(map(sum, self._known.values())) / max(1, estimated)
        for index, turn in enumerate(self.turns):
            if index not in self._known and index not in self._made:
                self._heights[index] = self._estimated(turn)
        self.line_count = sum(self._heights)
        self._tops = [0]

    def _estimated(self, turn: Turn) -> int:
        lines = turn_height_estimated(turn, self.view)
        return lines and max(1, round(self._factor * lines))

    def unmeasured(self, near: int, most: int) -> list[Turn]:
        """Turns with heights that are not known, at most so many, the nearest to one first."""
        count = len(self.turns)
        outwards = (
            index
            for away in range(count)
            for index in ((near - away, near + away) if away else (near,))
            if 0 <= index < count
        )
        unknown = (self.turns[index] for index in outwards if not self._is_measured(index))
        return list(islice(unknown, most))

    def _is_measured(self, turn: int) -> bool:
        made = self._made.get(turn)
        if turn in self._known or not self._heights[turn]:
            return True
        return made is not None and all(made.exact)

    def top(self, place: Place) -> int:
        """The line at which a block begins."""
        within = self._turn(place.turn).tops[place.position]
        return self._turn_top(place.turn) + within

    def at(self, line: int) -> tuple[Place, int]:
        """The block at a line, and which of its lines that is."""
        line = max(0, min(line, self.line_count - 1))
        while True:
            self._turn_top(len(self.turns))
            turn = bisect_right(self._tops, line) - 1
            if turn in self._made:
                break
            self._make(turn, {})  # which may be another height, so that the line is elsewhere
            line = min(line, self.line_count - 1)
        within = line - self._tops[turn]
        position = bisect_right(self._made[turn].tops, within) - 1
        return Place(turn, position), within - self._made[turn].tops[position]

    def _turn(self, turn: int) -> _TurnBlocks:
        return self._made.get(turn) or self._make(turn, {})

    def _make(self, turn: int, known: dict[Block, int]) -> _TurnBlocks:
        heights = self._known.get(turn)
        if heights is not None:
            known = dict(zip(blocks(self.turns[turn], self.view), heights, strict=True))
        made = self._made[turn] = _TurnBlocks(self.turns[turn], self.view, known)
        self._resize(turn, made.tops[-1])
        return made

    def _resize(self, turn: int, height: int) -> None:
        self.line_count += height - self._heights[turn]
        self._heights[turn] = height
        del self._tops[turn + 1 :]

    def _turn_top(self, turn: int) -> int:
        known = len(self._tops) - 1
        if turn > known:
            more = accumulate(self._heights[known:turn], initial=self._tops[known])
            self._tops[known:] = more
        return self._tops[turn]
