"""Rendered blocks, kept while there is room, and those that still need a thread's time."""

from typing import Final

from textual.strip import Strip

from oxtui.replay.turns import Turn
from oxtui.ui.timeline.blocks import Block, Kind
from oxtui.ui.timeline.render import Pen, render

_LINES_KEPT: Final = 3_000
_LARGE_CHARS: Final = 3_000


class StripCache:
    """The strips of the blocks that were looked at last.

    An answer that is large is given as plain text until its Markdown has been drawn elsewhere:
    `next_large` says which, `put` takes the result.
    """

    def __init__(self) -> None:
        self._strips: dict[Block, list[Strip]] = {}
        self._lines = 0
        self._plain: set[Block] = set()
        self._wanted: dict[Block, Turn] = {}

    def get(self, turn: Turn, block: Block, pen: Pen) -> list[Strip]:
        """The strips of a block, rendered if need be."""
        strips = self._strips.pop(block, None)
        if strips is None:
            plain = _is_large(block)
            strips = render(turn, block, pen, plain=plain)
            self._lines += len(strips)
            if plain:
                self._plain.add(block)
        self._strips[block] = strips
        if block in self._plain:
            self._wanted[block] = turn
        return strips

    def put(self, block: Block, strips: list[Strip]) -> None:
        """Takes the strips of a large answer, and forgets what was not looked at for long."""
        self._lines += len(strips) - len(self._strips.pop(block, ()))
        self._strips[block] = strips
        self._plain.discard(block)

    @property
    def has_large(self) -> bool:
        """Whether a large answer that was looked at is still plain."""
        return bool(self._wanted)

    def next_large(self) -> tuple[Turn, Block] | None:
        """The large answer that was looked at last and still is plain."""
        while self._wanted:
            block, turn = self._wanted.popitem()
            if block in self._plain:
                return turn, block
        return None

    def trim(self) -> None:
        """Forgets the blocks that were not looked at for longest."""
        while self._lines > _LINES_KEPT and len(self._strips) > 1:
            self._drop(next(iter(self._strips)))

    def forget_turns(self, indices: frozenset[int]) -> None:
        """Forgets the blocks of some turns, which are different now."""
        for block in [block for block in self._strips if block.block_id.turn in indices]:
            self._drop(block)

    def clear(self) -> None:
        """Forgets everything."""
        self._strips.clear()
        self._plain.clear()
        self._wanted.clear()
        self._lines = 0

    def _drop(self, block: Block) -> None:
        self._lines -= len(self._strips.pop(block, ()))
        self._plain.discard(block)
        self._wanted.pop(block, None)


def _is_large(block: Block) -> bool:
    length = block.part.end - block.part.start
    return block.block_id.kind is Kind.ANSWER and length > _LARGE_CHARS and not block.raw
