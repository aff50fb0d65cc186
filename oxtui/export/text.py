"""A session as plain text."""

from collections.abc import Iterator

from oxtui.export.reading import ReadSession
from oxtui.glyphs import Glyphs
from oxtui.replay.calls import Mark, arguments, lines_changed, mark, telling
from oxtui.replay.turns import Call, Outcome, Thought, Turn, turns
from oxtui.sanitize import sanitize, sanitize_lines
from oxtui.store.timestamps import Timestamp, local_time
from oxtui.units import duration, size, span

_INDENT = "  "
_LONGEST_ARGUMENT = 300
_NO_ANSWER = {Outcome.OPEN: "(no answer)", Outcome.CANCELLED: "(cancelled)"}


def to_text(read: ReadSession, glyphs: Glyphs) -> str:
    """The whole session as lines, none of which a terminal would obey."""
    parts = [_head(read, glyphs)]
    for turn in turns(read.transcript):
        parts += _turn(turn, glyphs)
    return "\n\n".join(parts)


def facts(read: ReadSession) -> list[tuple[str, str]]:
    """What is known of a session beside what was said in it, as safe text."""
    summary = read.summary
    found = [
        ("Session", read.session_id),
        ("Project", read.project or ""),
        ("Begun", local_time(summary.created_at)),
        ("Updated", local_time(summary.updated_at)),
        ("Turns", f"{summary.message_count:,}"),
        ("Calls", f"{len(read.transcript.trajectory_steps):,}"),
        ("Size", size(len(read.content))),
        ("Started by", summary.parent_session_id or ""),
    ]
    return [(name, sanitize(text)) for name, text in found if text]


def _head(read: ReadSession, glyphs: Glyphs) -> str:
    return "\n".join(
        [sanitize(read.title), *(f"{_INDENT}{name:<10}  {text}" for name, text in facts(read))]
    )


def _turn(turn: Turn, glyphs: Glyphs) -> Iterator[str]:
    if turn.message is not None:
        yield _said("You", turn.message.timestamp, turn.message.content)
    elif turn.stray:
        yield "Of no turn"
    if turn.entries:
        yield "\n".join(_entry(entry, glyphs) for entry in turn.entries)
    if turn.answer is not None and turn.answer.content:
        yield _said("Agent", turn.answer.timestamp, turn.answer.content)
    elif not turn.stray:
        yield _NO_ANSWER[turn.outcome]
    if turn.gap_ns is not None:
        rule = glyphs.rule * 3
        yield f"{rule} {span(turn.gap_ns)} {rule}"


def _said(who: str, when: Timestamp, text: str) -> str:
    return f"{who}  {local_time(when)}\n{_indented(text)}"


def _entry(entry: Thought | Call, glyphs: Glyphs) -> str:
    if isinstance(entry, Call):
        return _INDENT + call_line(entry, glyphs)
    return f"{_INDENT}thought  {_indented(entry.text.strip(), 11).lstrip()}"


def call_line(call: Call, glyphs: Glyphs) -> str:
    """A call on one line: mark, tool, the telling argument, what it changed, how long it took."""
    step = call.step
    read = arguments(step.tool_args, _LONGEST_ARGUMENT + 1)
    argument = telling(read).text
    if len(argument) > _LONGEST_ARGUMENT:
        argument = argument[:_LONGEST_ARGUMENT] + glyphs.ellipsis
    changed = lines_changed(step.tool_name, read)
    sign = {Mark.OK: glyphs.ok, Mark.FAILED: glyphs.failed, Mark.SUSPECTED: "?"}[mark(step)]
    parts = [sign, sanitize(step.tool_name), sanitize(argument)]
    if changed is not None:
        parts.append(f"+{changed[0]} -{changed[1]}")
    return "  ".join([*filter(None, parts), duration(step.duration_ms)])


def _indented(text: str, by: int = 2) -> str:
    space = " " * by
    return "\n".join(f"{space}{line}".rstrip() for line in sanitize_lines(text).split("\n"))


def written(text: str) -> str:
    """A text of several lines as it was written, tabs too, without other control characters."""
    return "\t".join(map(sanitize_lines, text.split("\t")))
