"""A block as strips, each as wide as the pane or narrower."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from oxtui.glyphs import Glyphs
from oxtui.replay.calls import (
    Arguments,
    Mark,
    arguments,
    lines_changed,
    mark,
    telling,
)
from oxtui.replay.limits import PART_CHARS
from oxtui.replay.turns import Call, Outcome, Turn
from oxtui.sanitize import sanitize, sanitize_lines
from oxtui.store.timestamps import Timestamp
from oxtui.ui.timeline.blocks import (
    RAW_CHARS,
    Block,
    Kind,
    arguments_text,
    call_of,
    raw_of,
    text_of,
)
from oxtui.ui.timeline.palette import Palette
from oxtui.ui.timeline.scale import BAR_CELLS, Scale, scale_of
from oxtui.ui.wrap import fit, wrap
from oxtui.units import duration, plural, span

if TYPE_CHECKING:
    from oxtui.ui.timeline.markdown import MarkdownPen

_NONE: Final = Style.null()
_INDENT: Final = 2
_BODY_INDENT: Final = 4
_NUMBER_CELLS: Final = 9
_TOOL_CELLS: Final = 14
_NARROW: Final = 46
_SECOND_NS: Final = 1_000_000_000
_OUTPUT_KEPT: Final = 200
_THOUGHT: Final = "thought  "

Line = list[Segment]


@dataclass(frozen=True)
class Pen:
    """Everything that decides how a block looks, apart from the block.

    Attributes:
        width: Cells that a strip may take.
        palette: Colours.
        glyphs: Marks.
        zone: Where times of day are told for; None is the system's zone.
        waterfall: Whether bars begin where the calls before ended.
    """

    width: int
    palette: Palette
    glyphs: Glyphs
    zone: tzinfo | None = None
    waterfall: bool = False
    _scales: dict[int, tuple[Turn, Scale]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def has_bars(self) -> bool:
        """Whether there is room for bars, and for how many lines a call changed."""
        return self.width >= _NARROW

    @cached_property
    def markdown(self) -> "MarkdownPen":
        """What draws answers."""
        from oxtui.ui.timeline.markdown import MarkdownPen  # which is slow to import

        return MarkdownPen(self.palette, ascii_only=self.glyphs.rule.isascii())

    def scale(self, turn: Turn) -> Scale:
        """The scale of a turn's calls, which is the same for all of them."""
        known = self._scales.get(turn.index)
        if known is None or known[0] is not turn:
            known = self._scales[turn.index] = (turn, scale_of(turn, waterfall=self.waterfall))
        return known[1]


def render(turn: Turn, block: Block, pen: Pen, *, plain: bool = False) -> list[Strip]:
    """The strips of a block, the empty ones above it included; at least one.

    Args:
        turn: The block's turn.
        block: What is rendered.
        pen: How it is rendered.
        plain: Whether Markdown is shown as it is, which is quick.
    """
    lines = _raw(turn, block, pen) if block.raw else _lines(turn, block, pen, plain=plain)
    return [Strip([]) for _ in range(block.space)] + [
        _no_wider(Strip(line), pen.width) for line in lines or [[]]
    ]


def height(turn: Turn, block: Block, pen: Pen) -> int:
    """How many strips `render` gives for a block, mostly without drawing them."""
    kind = block.block_id.kind
    if not block.raw and not block.left_out:
        if kind is Kind.CALL and not block.opened:
            return block.space + 1
        if kind is Kind.ANSWER and turn.outcome is Outcome.ANSWERED:
            lines = pen.markdown.height(_answer_text(turn, block), pen.width - _INDENT)
            if lines is not None:
                return block.space + max(1, lines)
    return len(render(turn, block, pen))


def text_columns(block: Block, line: int, pen: Pen) -> tuple[int, int | None]:
    """Which characters of a block's line come from the file's texts, its indent aside.

    Returns:
        The first one, and the one after the last, as in a slice.
    """
    if line != block.space or block.raw or block.block_id.part:
        return 0, None
    match block.block_id.kind:
        case Kind.MESSAGE:
            return 0, 0
        case Kind.THOUGHT:
            return _BODY_INDENT + len(_THOUGHT), None
        case Kind.CALL:
            return _BODY_INDENT, -(_NUMBER_CELLS + pen.has_bars * (BAR_CELLS + 2))
        case _:
            return 0, None


def _no_wider(strip: Strip, width: int) -> Strip:
    return strip if strip.cell_length <= width else strip.crop(0, width)


def _lines(turn: Turn, block: Block, pen: Pen, *, plain: bool) -> list[Line]:
    if block.left_out:
        return [_more(block, pen)]
    match block.block_id.kind:
        case Kind.MESSAGE:
            return _message(turn, block, pen)
        case Kind.WORK:
            return [_work(turn, block, pen)]
        case Kind.THOUGHT:
            return _thought(turn, block, pen)
        case Kind.CALL:
            call = call_of(turn, block.block_id)
            return _call(turn, call, block, pen) if call else []
        case Kind.ANSWER:
            return _answer(turn, block, pen, plain=plain)
        case Kind.RULE:
            return [_rule(turn, pen)]


def _message(turn: Turn, block: Block, pen: Pen) -> list[Line]:
    bar = Segment(f"{pen.glyphs.user} ", pen.palette.user)
    lines: list[Line] = []
    if block.block_id.part == 0:
        lines.append(_header(turn, pen, bar, with_gist=block.is_heading))
    if not block.is_heading and turn.message is not None and turn.message.content:
        text = _shown(turn, block)
        lines += [[bar, Segment(line)] for line in wrap(text, pen.width - _INDENT)]
    return lines


def _header(turn: Turn, pen: Pen, bar: Segment, *, with_gist: bool) -> Line:
    if turn.stray:
        title = "Outside of any turn"
    else:
        title = "You" if turn.message is not None else "No message"
    facts: list[str] = []
    scale = pen.scale(turn)
    if scale.full_ms and pen.has_bars:
        facts.append(f"{'all calls' if pen.waterfall else 'bar'} {_round(scale.full_ms)}")
    if turn.time is not None:
        facts.append(_time_of_day(turn.time, turn.before, pen.zone))
    right = f"  {pen.glyphs.separator}  ".join(facts)
    style = pen.palette.user + Style(bold=True)
    left = [bar, Segment(title, style)]
    if with_gist and turn.message is not None:
        room = pen.width - _INDENT - len(title) - cell_len(right) - 2 * _INDENT
        left.append(Segment(f"  {_gist(turn.message.content, room, pen)}", pen.palette.muted))
    return _spread(left, right, pen)


def _gist(text: str, room: int, pen: Pen) -> str:
    """The beginning of a text on one line."""
    return fit(sanitize(" ".join(text[: 4 * pen.width].split())), room, pen.glyphs.ellipsis)


def _round(ms: int) -> str:
    return duration(ms) if ms < 1_000 else span(ms * 1_000_000)


def _spread(left: Line, right: str, pen: Pen) -> Line:
    room = pen.width - sum(segment.cell_length for segment in left) - cell_len(right)
    if room < 1:
        return left
    return [*left, Segment(" " * room), Segment(right, pen.palette.muted)]


def _time_of_day(time: Timestamp, before: Timestamp | None, zone: tzinfo | None) -> str:
    now = _local(time, zone)
    if before is not None and _local(before, zone).date() == now.date():
        return f"{now:%H:%M}"
    return f"{now:%Y-%m-%d %H:%M}"


def _local(time: Timestamp, zone: tzinfo | None) -> datetime:
    instant = time.to_datetime()
    try:
        return instant.astimezone(zone)
    except (OverflowError, ValueError, OSError):  # the first and the last year there are
        return instant


def _shown(turn: Turn, block: Block) -> str:
    start, end, _ = block.part
    return sanitize_lines(text_of(turn, block.block_id)[start:end]).rstrip("\n")


def _more(block: Block, pen: Pen) -> Line:
    text = f"{pen.glyphs.folded} {plural(block.left_out, 'character')} more"
    return [Segment(" " * _INDENT), Segment(fit(text, pen.width - _INDENT, ""), pen.palette.muted)]


def _work(turn: Turn, block: Block, pen: Pen) -> Line:
    calls = turn.calls
    marks = [mark(call.step) for call in calls]
    counts = [
        (len(turn.entries) - len(calls), "thought", pen.palette.thought),
        (len(calls), "call", pen.palette.muted),
        (marks.count(Mark.FAILED), "failure", pen.palette.failed),
        (marks.count(Mark.SUSPECTED), "suspected failure", pen.palette.suspected),
    ]
    fold = pen.glyphs.unfolded if block.opened else pen.glyphs.folded
    line = [Segment(f"{' ' * _INDENT}{fold} ", pen.palette.muted)]
    for count, noun, style in counts:
        if count:
            comma = ", " if len(line) > 1 else ""
            line += [Segment(comma, pen.palette.muted), Segment(plural(count, noun), style)]
    total_ms = sum(call.step.duration_ms for call in calls)
    return _spread(line, duration(total_ms) if calls else "", pen)


def _thought(turn: Turn, block: Block, pen: Pen) -> list[Line]:
    style, muted = pen.palette.thought, pen.palette.muted
    text = _shown(turn, block)
    lines: list[Line] = []
    if block.block_id.part == 0:
        fold = pen.glyphs.unfolded if block.opened else pen.glyphs.folded
        head = [Segment(f"{' ' * _INDENT}{fold} {_THOUGHT}", muted)]
        if not block.opened:
            room = pen.width - _BODY_INDENT - len(_THOUGHT)
            head.append(Segment(_gist(text_of(turn, block.block_id), room, pen), style))
            return [head]
        lines.append(head)
    return lines + _body(text.strip("\n"), style, pen)


def _body(text: str, style: Style, pen: Pen) -> list[Line]:
    indent = Segment(" " * _BODY_INDENT)
    return [[indent, Segment(line, style)] for line in wrap(text, pen.width - _BODY_INDENT)]


def _call(turn: Turn, call: Call, block: Block, pen: Pen) -> list[Line]:
    step = call.step
    read = arguments(step.tool_args, PART_CHARS)
    lines = [_call_row(turn, call, read, pen)]
    if block.opened:
        muted = pen.palette.muted
        found = sanitize_lines(arguments_text(read, PART_CHARS)[:PART_CHARS]).rstrip("\n")
        lines += _body(found, pen.palette.string, pen) if found else []
        if read.cut:
            lines += _body("(Oxios cut these arguments off)", muted, pen)
        if mark(step) is Mark.SUSPECTED:
            note = "suspected failure: the output reads like one"
            lines += _body(note, pen.palette.suspected, pen)
        output = step.output_summary
        shown = sanitize_lines(output[:PART_CHARS]).strip("\n")
        lines += _output(shown, pen) if shown else _body("(no output)", muted, pen)
        if _OUTPUT_KEPT <= len(output) <= _OUTPUT_KEPT + 3:
            lines += _body("(Oxios keeps the beginning of an output)", muted, pen)
        left_out = len(output) - PART_CHARS
        if left_out > 0:
            lines += _body(f"({plural(left_out, 'character')} more; copy has all)", muted, pen)
    return lines


def _output(text: str, pen: Pen) -> list[Line]:
    indent = [Segment(" " * _BODY_INDENT), Segment(f"{pen.glyphs.user} ", pen.palette.muted)]
    room = pen.width - _BODY_INDENT - 2
    return [[*indent, Segment(line, pen.palette.muted)] for line in wrap(text, room)]


def _call_row(turn: Turn, call: Call, read: Arguments, pen: Pen) -> Line:
    """Mark, tool, telling argument, changed lines, bar and number, from left to right."""
    step, colours = call.step, pen.palette
    sign, sign_style = {
        Mark.OK: (pen.glyphs.ok, colours.ok),
        Mark.FAILED: (pen.glyphs.failed, colours.failed),
        Mark.SUSPECTED: (pen.glyphs.suspected, colours.suspected),
    }[mark(step)]
    scale = pen.scale(turn)
    tool_cells = min(scale.tool_cells, _TOOL_CELLS, max(4, pen.width // 4))
    tool = fit(sanitize(step.tool_name[:PART_CHARS]), tool_cells, pen.glyphs.ellipsis)
    left = [
        Segment(" " * _INDENT),
        Segment(f"{sign} ", sign_style),
        Segment(tool + " " * (tool_cells - cell_len(tool) + 2), colours.tool),
    ]
    right = _measures(call, scale, pen)
    changed = _changes(step.tool_name, read, pen)
    used = sum(segment.cell_length for segment in (*left, *changed, *right))
    room = max(0, pen.width - used)
    what = telling(read)
    text = what.text[-PART_CHARS:] if what.is_path else what.text[:PART_CHARS]
    text = " ".join(sanitize(text).split())
    cut_mark = pen.glyphs.left_out if what.is_path else pen.glyphs.ellipsis
    argument = fit(text, room, cut_mark, keep_end=what.is_path)
    space = Segment(" " * (room - cell_len(argument)))
    return [*left, Segment(argument), *changed, space, *right]


def _changes(tool_name: str, read: Arguments, pen: Pen) -> Line:
    changed = lines_changed(tool_name, read)
    if changed is None or not pen.has_bars:
        return []
    added, removed = changed
    minus = "-" if pen.glyphs.rule.isascii() else "\N{MINUS SIGN}"
    line = [Segment(f"  +{added}", pen.palette.added)]
    return [*line, Segment(f" {minus}{removed}", pen.palette.removed)] if removed else line


def _measures(call: Call, scale: Scale, pen: Pen) -> Line:
    number = duration(call.step.duration_ms).rjust(_NUMBER_CELLS)
    if not pen.has_bars:
        return [Segment(number, pen.palette.muted)]
    before, bar = scale.bar(call, pen.glyphs.bar)
    drawn = f"  {' ' * before}{bar}".ljust(BAR_CELLS + 2)
    return [Segment(drawn, pen.palette.bar), Segment(number, pen.palette.muted)]


def _answer(turn: Turn, block: Block, pen: Pen, *, plain: bool) -> list[Line]:
    notes = {
        Outcome.OPEN: ("No answer yet" if turn.gap_ns is None else "No answer", pen.palette.muted),
        Outcome.CANCELLED: ("Cancelled", pen.palette.suspected),
    }
    indent = Segment(" " * _INDENT)
    if turn.outcome in notes:
        text, style = notes[turn.outcome]
        return [[indent, Segment(text, style)]]
    width = pen.width - _INDENT
    failed = turn.outcome is Outcome.FAILED
    lines: list[Line] | None = None
    if not plain and not failed:
        lines = pen.markdown.lines(_answer_text(turn, block), width)
    if lines is None:
        style = pen.palette.failed if failed else _NONE
        lines = [[Segment(line, style)] for line in wrap(_shown(turn, block), width)]
    return [[indent, *line] for line in lines]


def _answer_text(turn: Turn, block: Block) -> str:
    fence, text = block.part.fence, _shown(turn, block)
    return f"{sanitize(fence)}\n{text}" if fence else text


def _rule(turn: Turn, pen: Pen) -> Line:
    dots = pen.glyphs.rule * 3
    gap_ns = turn.gap_ns or 0
    # What was saved within a second of each other says nothing about how long anybody waited.
    text = f"{dots} {span(gap_ns)} {dots}" if gap_ns >= _SECOND_NS else dots
    return [Segment(" " * _INDENT), Segment(text, pen.palette.muted)]


def _raw(turn: Turn, block: Block, pen: Pen) -> list[Line]:
    text = raw_of(turn, block.block_id)
    indent = Segment(" " * _INDENT)
    shown = sanitize_lines(text[:RAW_CHARS])
    lines = [[indent, Segment(line, pen.palette.string)] for line in wrap(shown, pen.width - 2)]
    if len(text) > RAW_CHARS:
        note = f"({plural(len(text) - RAW_CHARS, 'character')} more; copy has all)"
        lines.append([indent, Segment(note, pen.palette.muted)])
    return lines
