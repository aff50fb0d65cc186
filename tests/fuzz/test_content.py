"""What anybody may have written, made up piece by piece: read, shown and written back."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from oxtui.errors import UnreadableError
from oxtui.replay.calls import arguments, as_text, lines_changed, telling
from oxtui.replay.turns import turns
from oxtui.sanitize import sanitize, sanitize_lines
from oxtui.store.codec import decode, encode
from oxtui.store.summaries.summarize import summarize
from oxtui.store.transcript import transcript
from oxtui.ui.text import cut, plain
from oxtui.ui.timeline.markdown import MarkdownPen
from oxtui.ui.timeline.palette import Palette
from oxtui.ui.wrap import fit, parts, wrap
from tests.hostile import COMMANDS, MARKDOWN, MARKUP, SHORT, UNSEEN, encoded, harm

PIECES = [
    *(text for kind in (COMMANDS, MARKUP) for text in kind.values()),
    *(text[:40] for kind in (UNSEEN, MARKDOWN) for text in kind.values()),
    *("\n", "\n\n", "\t", "> ", "- ", "1. ", "| a |", "|-|-|\n", "```", "~~~", "&#x9b;", "\ud800"),
]
TEXT = st.lists(st.text(max_size=8) | st.sampled_from(PIECES), max_size=12).map("".join)
WELL_FORMED = TEXT.map(lambda text: text.encode("utf-8", "replace").decode())
PEN = MarkdownPen(Palette())
STAMP = st.sampled_from(
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789Z", "9999-12-31T23:59:59Z",
     "0001-01-01T00:00:00+23:59", "2026-01-01T00:00:01Z"]
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WELL_FORMED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WELL_FORMED, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def records(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    known = {"content": WELL_FORMED, "timestamp": STAMP}
    return st.lists(st.fixed_dictionaries(known, optional={**fields, "unknown": JSON}), max_size=3)


STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "tool_name": WELL_FORMED,
            "tool_args": JSON,
            "output_summary": WELL_FORMED,
            "duration_ms": st.integers(0, 2**64 - 1),
            "is_error": st.booleans(),
            "tool_call_id": WELL_FORMED,
            "timestamp": STAMP,
        }
    ),
    max_size=4,
)
RANGE = st.fixed_dictionaries({"start": st.integers(0, 9), "end": st.integers(0, 9)})
SEGMENTS = st.lists(
    st.fixed_dictionaries({"before_step": st.integers(-2, 9), "text": WELL_FORMED}), max_size=3
)
SESSIONS = st.fixed_dictionaries(
    {
        "id": WELL_FORMED,
        "user_id": WELL_FORMED,
        "created_at": STAMP,
        "updated_at": STAMP,
    },
    optional={
        "user_messages": records(trajectory_range=JSON),
        "agent_responses": records(trajectory_range=RANGE),
        "trajectory_steps": STEPS,
        "reasoning_records": records(segments=SEGMENTS) | JSON,
        "metadata": st.dictionaries(st.sampled_from(["title", "project_id", "x"]), JSON),
        "project_id": WELL_FORMED,
        "parent_session_id": JSON,
        "unknown": JSON,
    },
)


@settings(max_examples=60)
@given(SESSIONS, st.sampled_from([None, 2]), WELL_FORMED)
def test_a_session_is_read_alike_everywhere_and_written_back(
    value: dict[str, Any], indent: int | None, title: str
) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=False).encode()
    session, summary = decode(data), summarize(data)
    assert encode(session) == data
    made = turns(transcript(data))
    numbers = [call.number for turn in made for call in turn.calls]
    assert sorted(numbers) == list(range(len(session.trajectory_steps)))
    assert summary.message_count == len(session.user_messages)
    session.metadata["title"] = title
    again = encode(session)
    assert summarize(again).title == title
    assert {**json.loads(again), "metadata": None} == {**value, "metadata": None}


def accepts(read: Callable[[bytes], object], content: bytes) -> bool:
    try:
        read(content)
    except UnreadableError as error:
        return not error.message
    return True


@settings(max_examples=60)
@given(SESSIONS, st.data())
def test_a_broken_session_is_refused_or_read_by_all(
    value: dict[str, Any], data: st.DataObject
) -> None:
    content = bytearray(encoded(value))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=3)
            | st.sampled_from([b'"', b"}", b"\\u", b"1e400", b"9" * 5_000, b"["])
        )
    accepted = [accepts(read, bytes(content)) for read in (summarize, transcript)]
    assert len(set(accepted)) == 1
    if not accepted[0]:
        assert not accepts(decode, bytes(content))


@given(TEXT, st.integers(2, 60))
def test_lines_are_harmless_and_fit(text: str, width: int) -> None:
    line, lines = sanitize(text), sanitize_lines(text)
    assert not harm(line, "")
    assert not harm(lines)
    assert not harm(plain(text), "")
    assert cell_len(cut(plain(text), width, "…")) <= width
    assert "".join(lines[part.start : part.end] for part in parts(lines)) == lines
    for piece in wrap(lines, width):
        assert cell_len(piece) <= width
    for keep_end in (False, True):
        assert cell_len(fit(line, width, "…", keep_end=keep_end)) <= width


@settings(max_examples=60)
@example("\n\n".join(SHORT.values()), 60)
@given(TEXT, st.integers(1, 60))
def test_markdown_is_drawn_or_given_up_harmlessly(text: str, width: int) -> None:
    for line in PEN.lines(sanitize_lines(text), width) or ():
        assert sum(segment.cell_length for segment in line) <= width
        for segment in line:
            assert not segment.control
            assert not harm(segment.text, "")
            assert segment.style is None or not (segment.style.link or segment.style.meta)


@given(JSON | TEXT, TEXT)
def test_arguments_of_a_call_are_told(value: object, name: str) -> None:
    read = arguments(value)
    assert not harm(sanitize(telling(read).text), "")
    lines_changed(name, read)
    assert as_text(value, 10).startswith(as_text(value)[:1])
