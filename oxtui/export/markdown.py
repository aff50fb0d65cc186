"""A session as Markdown: what was said stays as it was written, and does nothing."""

from collections.abc import Iterator
from typing import Final

from oxtui.export.inert import code, inert, inert_line
from oxtui.export.reading import ReadSession
from oxtui.export.text import call_line, facts, written
from oxtui.glyphs import UNICODE
from oxtui.replay.turns import Call, Outcome, Thought, Turn, turns
from oxtui.store.timestamps import Timestamp, local_time
from oxtui.units import span

_NO_ANSWER: Final = {Outcome.OPEN: "*No answer.*", Outcome.CANCELLED: "*Cancelled.*"}


def to_markdown(read: ReadSession) -> str:
    """The whole session, without control characters, ending with a line break."""
    head = "\n".join(f"- {name}: {inert_line(text)}" for name, text in facts(read))
    parts = [f"# {inert_line(read.title)}", head]
    for turn in turns(read.transcript):
        parts += _turn(turn)
    return "\n\n".join(parts) + "\n"


def _turn(turn: Turn) -> Iterator[str]:
    if turn.message is not None:
        yield _heading("You", turn.message.timestamp)
        yield inert(written(turn.message.content))
    elif turn.stray:
        yield "## Of no turn"
    yield from _entries(turn)
    if turn.answer is not None and turn.answer.content:
        yield _heading("Agent", turn.answer.timestamp)
        yield inert(written(turn.answer.content))
    elif not turn.stray:
        yield _NO_ANSWER[turn.outcome]
    if turn.gap_ns is not None:
        yield f"---\n\n*{span(turn.gap_ns)} later*"


def _heading(who: str, when: Timestamp) -> str:
    return f"## {who}, {inert_line(local_time(when))}"


def _entries(turn: Turn) -> Iterator[str]:
    calls: list[str] = []
    for entry in turn.entries:
        if isinstance(entry, Call):
            calls.append(_call(entry))
            continue
        if calls:
            yield "\n".join(calls)
            calls = []
        yield _quoted(entry)
    if calls:
        yield "\n".join(calls)


def _quoted(thought: Thought) -> str:
    lines = inert(written(thought.text)).split("\n")
    return "\n".join(["> *Thought*", ">", *(f"> {line}" if line else ">" for line in lines)])


def _call(call: Call) -> str:
    return f"- {code(call_line(call, UNICODE))}"
