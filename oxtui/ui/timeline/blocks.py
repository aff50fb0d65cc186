"""A turn as blocks, the pieces that are folded, marked and scrolled to as one."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final, NamedTuple

import msgspec

from oxtui.replay.calls import Arguments, arguments, as_text, mark
from oxtui.replay.limits import PART_CHARS
from oxtui.replay.turns import Call, Outcome, Thought, Turn
from oxtui.ui.wrap import Part, first_part, lines_estimated, parts

RAW_CHARS: Final = 40_000
_OPENED_CALL_LINES: Final = 6


class Kind(IntEnum):
    """What a block holds, in the order in which kinds come in a turn."""

    MESSAGE = 0
    WORK = 1
    THOUGHT = 2
    CALL = 3
    ANSWER = 4
    RULE = 5


class BlockId(NamedTuple):
    """The identity of a block, which stays when the session grows or anything is folded.

    Attributes:
        turn: The index of its turn.
        kind: What it holds.
        entry: Which entry of its turn, for thoughts and calls.
        part: Which part of a text that is too long to show at once.
    """

    turn: int
    kind: Kind
    entry: int = 0
    part: int = 0


class Detail(Enum):
    """How much of each turn is shown."""

    ANSWERS = "answers"
    CALLS = "calls"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class View:
    """What decides which blocks there are and how they are cut.

    Attributes:
        width: Cells that a block has.
        detail: What is open unless its fold was changed.
        changed: Blocks whose fold is not what `detail` makes it.
        raw: Blocks that are shown as the JSON they come from.
        tool: The tool whose calls are all that is shown, each below the heading of its turn; None
            for everything.
    """

    width: int
    detail: Detail = Detail.CALLS
    changed: frozenset[BlockId] = frozenset()
    raw: frozenset[BlockId] = frozenset()
    tool: str | None = None

    def is_open(self, block_id: BlockId) -> bool:
        """Whether a block that can be folded is open."""
        by_default = (
            self.detail is Detail.EVERYTHING
            and block_id.part == 0
            and block_id.kind in (Kind.THOUGHT, Kind.CALL)
        )
        return by_default != (block_id in self.changed)


class Block(msgspec.Struct, frozen=True, gc=False):
    """A block as it is shown now.

    Attributes:
        block_id: Its identity.
        space: Empty lines above it.
        part: The stretch of its text.
        opened: Whether its fold is open.
        can_fold: Whether it has a fold.
        left_out: Characters that it stands for, where it offers the rest of a long text.
        raw: Whether it is shown as JSON.
        is_heading: Whether a message only says whose it is and how it begins.
    """

    block_id: BlockId
    space: int = 0
    part: Part = Part(0, 0)
    opened: bool = False
    can_fold: bool = False
    left_out: int = 0
    raw: bool = False
    is_heading: bool = False


def blocks(turn: Turn, view: View) -> tuple[Block, ...]:
    """The blocks of a turn from top to bottom; at least one, unless a tool is asked for."""
    if view.tool is not None:
        return _of_tool(turn, view.tool, view)
    made = _text(turn, BlockId(turn.index, Kind.MESSAGE), int(turn.index > 0), view)
    work = BlockId(turn.index, Kind.WORK)
    shows_entries = True
    if turn.entries and view.detail is Detail.ANSWERS and not turn.stray:
        shows_entries = view.is_open(work)
        made.append(Block(work, 1, opened=shows_entries, can_fold=True))
    if shows_entries:
        space = 1 if view.detail is not Detail.ANSWERS or turn.stray else 0
        for index, entry in enumerate(turn.entries):
            made += _entry(turn, index, entry, space, view)
            space = 0
    if not turn.stray:
        made += _text(turn, BlockId(turn.index, Kind.ANSWER), 1, view)
    if turn.gap_ns is not None:
        made.append(Block(BlockId(turn.index, Kind.RULE), 1))
    return tuple(made)


def is_of_tool(entry: Thought | Call, tool: str | None) -> bool:
    """Whether an entry of a turn is a call of a tool; None stands for any."""
    return isinstance(entry, Call) and tool in (None, entry.step.tool_name)


def _of_tool(turn: Turn, tool: str, view: View) -> tuple[Block, ...]:
    entries = [(i, entry) for i, entry in enumerate(turn.entries) if is_of_tool(entry, tool)]
    if not entries:
        return ()
    heading = BlockId(turn.index, Kind.MESSAGE)
    raw = heading in view.raw
    made = [Block(heading, int(turn.index > 0), raw=raw, is_heading=not raw)]
    for index, entry in entries:
        made += _entry(turn, index, entry, 0, view)
    return tuple(made)


def _entry(turn: Turn, index: int, entry: Thought | Call, space: int, view: View) -> list[Block]:
    if isinstance(entry, Thought):
        block_id = BlockId(turn.index, Kind.THOUGHT, index)
        if view.is_open(block_id) and block_id not in view.raw:
            return _text(turn, block_id, space, view)
    else:
        block_id = BlockId(turn.index, Kind.CALL, index)
    opened, raw = view.is_open(block_id), block_id in view.raw
    return [Block(block_id, space, opened=opened, can_fold=True, raw=raw)]


def _text(turn: Turn, block_id: BlockId, space: int, view: View) -> list[Block]:
    """The blocks of a text: itself, or its first part and what there is to open of the rest."""
    text = text_of(turn, block_id)
    if block_id in view.raw:
        return [Block(block_id, space, first_part(text), raw=True)]
    is_thought = block_id.kind is Kind.THOUGHT
    first = Block(block_id, space, first_part(text), opened=is_thought, can_fold=is_thought)
    if first.part.end == len(text):
        return [first]
    more = block_id._replace(part=1)
    if not view.is_open(more):
        rest = len(text) - first.part.end
        return [first, Block(more, 0, can_fold=True, left_out=rest)]
    return [first] + [
        Block(block_id._replace(part=number), 0, part, opened=True, can_fold=True)
        for number, part in enumerate(parts(text))
        if number > 0
    ]


def fold_of(block: Block) -> BlockId | None:
    """The identity under which a block's fold is kept; None if it has none."""
    if not block.can_fold:
        return None
    return block.block_id._replace(part=min(block.block_id.part, 1))


def text_of(turn: Turn, block_id: BlockId) -> str:
    """The text of a message, a thought or an answer; empty for any other block."""
    if block_id.kind is Kind.MESSAGE:
        return turn.message.content if turn.message else ""
    if block_id.kind is Kind.ANSWER:
        return turn.answer.content if turn.answer else ""
    entry = turn.entries[block_id.entry] if block_id.kind is Kind.THOUGHT else None
    return entry.text if isinstance(entry, Thought) else ""


def call_of(turn: Turn, block_id: BlockId) -> Call | None:
    """The call that a block shows, if it shows one."""
    entry = turn.entries[block_id.entry] if block_id.kind is Kind.CALL else None
    return entry if isinstance(entry, Call) else None


def raw_of(turn: Turn, block_id: BlockId) -> str:
    """The JSON that a block comes from, indented."""
    call = call_of(turn, block_id)
    if call is not None:
        record = call.step
    elif block_id.kind is Kind.THOUGHT:
        entry = turn.entries[block_id.entry]
        return msgspec.json.format(msgspec.json.encode(entry), indent=2).decode()
    else:
        record = turn.message if block_id.kind is Kind.MESSAGE else turn.answer
    if record is None:
        return "null"
    return msgspec.json.format(bytes(record.source), indent=2).decode()


def copy_of(turn: Turn, block: Block) -> str:
    """What copying a block gives: its whole text, or a call with its arguments and output."""
    block_id = block.block_id
    if block.raw:
        return raw_of(turn, block_id)
    call = call_of(turn, block_id)
    if call is not None:
        step = call.step
        body = arguments_text(arguments(step.tool_args))
        return "\n".join(filter(None, (step.tool_name, body, step.output_summary)))
    if block_id.kind is Kind.WORK:
        return "\n".join(
            entry.text if isinstance(entry, Thought) else entry.step.tool_name
            for entry in turn.entries
        )
    return text_of(turn, block_id)


def arguments_text(read: Arguments, most: int | None = None) -> str:
    """Arguments one below the other, texts of several lines indented under their names.

    Args:
        read: The arguments.
        most: About how many characters are wanted, at least; None for all.
    """
    lines: list[str] = []
    length = 0
    for name, value in read.values.items():
        text = as_text(value, most)
        if "\n" in text:
            lines += [f"{name}:", *(f"  {line}" for line in text.split("\n"))]
        else:
            lines.append(f"{name}: {text}")
        length += len(text) + len(name)
        if most is not None and length >= most:
            break
    if read.rest:
        lines.append(read.rest)
    return "\n".join(lines)


def is_error(turn: Turn, block_id: BlockId) -> bool:
    """Whether a block shows a call or an answer that failed, or is suspected to have."""
    call = call_of(turn, block_id)
    if call is not None:
        return mark(call.step).value != "ok"
    return block_id.kind is Kind.ANSWER and turn.outcome is Outcome.FAILED


def height_estimated(turn: Turn, block: Block, width: int) -> int:
    """About how many lines a block takes, its space included, without rendering it."""
    kind = block.block_id.kind
    if block.raw:
        return block.space + _OPENED_CALL_LINES
    if kind is Kind.CALL:
        return block.space + (1 + _OPENED_CALL_LINES if block.opened else 1)
    if block.left_out or block.is_heading or kind in (Kind.WORK, Kind.RULE) or block.part.end == 0:
        return block.space + 1
    lines = lines_estimated(text_of(turn, block.block_id), *block.part[:2], width)
    header = kind is not Kind.ANSWER and block.block_id.part == 0
    return block.space + lines + header


def turn_height_estimated(turn: Turn, view: View) -> int:
    """About how many lines a turn takes, without making its blocks; 0 only if it has none."""
    each = 1 + _OPENED_CALL_LINES if view.detail is Detail.EVERYTHING else 1
    if view.tool is not None:
        calls = sum(is_of_tool(entry, view.tool) for entry in turn.entries)
        return calls and calls * each + 1 + (turn.index > 0)
    lines = 5 + (turn.gap_ns is not None) * 3 + sum(turn.breaks)
    width = max(view.width, 1)
    if turn.message is not None:
        lines += min(len(turn.message.content), PART_CHARS) // width
    if turn.answer is not None:
        lines += min(len(turn.answer.content), PART_CHARS) // width
    if turn.entries:
        lines += 1 + (1 if view.detail is Detail.ANSWERS else len(turn.entries) * each)
    return lines
