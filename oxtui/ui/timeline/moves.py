"""Where the cursor goes: from block to block, from turn to turn, from error to error."""

from collections.abc import Iterator, Sequence
from typing import Final

from oxtui.replay.turns import Turn
from oxtui.ui.timeline.blocks import BlockId, Kind, is_error, is_of_tool
from oxtui.ui.timeline.layout import Layout, Place

_MESSAGE, _WORK = -2, -1
_AFTER_ENTRIES: Final = 1 << 62


def can_hold_cursor(layout: Layout, place: Place) -> bool:
    """Whether a block can be the current one; a rule between turns can't."""
    return layout.block(place).block_id.kind is not Kind.RULE


def stepped(layout: Layout, place: Place, step: int) -> Place:
    """The next block in a direction, or the same one at either end."""
    here: Place | None = place
    while here is not None:
        here = layout.after(here) if step > 0 else layout.prior(here)
        if here is not None and can_hold_cursor(layout, here):
            return here
    return place


def nearest(layout: Layout, place: Place) -> Place:
    """The block itself, or one beside it that can be the current one."""
    if can_hold_cursor(layout, place):
        return place
    before = stepped(layout, place, -1)
    return before if before != place else stepped(layout, place, 1)


def turn_stepped(layout: Layout, place: Place, step: int) -> Place:
    """The start of the next turn, or of this one and then of the one before."""
    if step < 0 and place.position:
        return Place(place.turn, 0)
    turn = layout.turn_beside(place.turn + step, step)
    return Place(place.turn if turn is None else turn, 0)


def next_error(
    turns: Sequence[Turn],
    start: BlockId,
    step: int,
    most: int | None = None,
    tool: str | None = None,
) -> BlockId | None:
    """The next call or answer that failed or seems to have; None if there is no other one.

    After the last one comes the first, and before the first the last.

    Args:
        turns: Where to look; for a long session in a thread.
        start: The block from which to go.
        step: 1 for the next, -1 for the one before.
        most: How many turns to look at; None for all. In a session that has more, it does not go
            around.
        tool: The tool whose calls are all that counts; None for everything.
    """
    here = order(start)[:2]
    indices = range(start.turn, len(turns)) if step > 0 else range(start.turn, -1, -1)
    for index in indices[:most]:
        errors = list(_errors(turns[index], tool))
        for block_id in errors if step > 0 else reversed(errors):
            place = order(block_id)[:2]
            if (place > here) if step > 0 else (place < here):
                return block_id
    if most is not None and len(turns) > most:
        return None
    around = range(start.turn + 1) if step > 0 else range(len(turns) - 1, start.turn - 1, -1)
    for index in around:
        errors = list(_errors(turns[index], tool))
        for block_id in errors if step > 0 else reversed(errors):
            if order(block_id)[:2] != here:
                return block_id
    return None


def _errors(turn: Turn, tool: str | None) -> Iterator[BlockId]:
    for index, entry in enumerate(turn.entries):
        block_id = BlockId(turn.index, Kind.CALL, index)
        if is_of_tool(entry, tool) and is_error(turn, block_id):
            yield block_id
    answer = BlockId(turn.index, Kind.ANSWER)
    if tool is None and is_error(turn, answer):
        yield answer


def order(block_id: BlockId) -> tuple[int, int, int]:
    """What sorts blocks as they stand, also those that are folded away now."""
    match block_id.kind:
        case Kind.MESSAGE:
            return block_id.turn, _MESSAGE, block_id.part
        case Kind.WORK:
            return block_id.turn, _WORK, 0
        case Kind.THOUGHT | Kind.CALL:
            return block_id.turn, block_id.entry, block_id.part
        case _:
            return block_id.turn, _AFTER_ENTRIES, block_id.part
