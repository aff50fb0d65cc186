import json
import os
import sys
from pathlib import Path
from threading import Event

import msgspec
import pytest

from oxtui.errors import UnreadableError
from oxtui.store.codec import decode
from oxtui.store.summaries.entries import FileIdentity
from oxtui.store.transcript import LoadStopped, load_transcript, transcript
from oxtui.store.values import ThoughtSegment
from tests.store.samples import WHEN, plain_session, pretty

PARITY = Path(__file__).parents[1] / "parity"
FILES = sorted(path for path in PARITY.glob("*/store/sessions/*.json") if path.is_file())


def content(text: str) -> bytes:
    message = {"content": text, "timestamp": "2026-06-20T10:00:00.123456789Z", "new": [1.0]}
    times = dict.fromkeys(("created_at", "updated_at"), "2026-06-20T10:00:00Z")
    return json.dumps(
        {"id": "s", "user_id": "u", "user_messages": [message], **times}, ensure_ascii=False
    ).encode()


def said(path: Path, checked: FileIdentity | None = None) -> list[str]:
    read = load_transcript(path, checked)
    assert read is not None
    return [message.content for message in read.user_messages]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reads_what_the_models_read_and_nothing_else(path: Path) -> None:
    data = path.read_bytes()
    try:
        session = decode(data)
    except UnreadableError:
        with pytest.raises(UnreadableError):
            transcript(data)
        return
    read = transcript(data)
    assert [(m.content, m.timestamp.text) for m in read.user_messages] == [
        (m.content, m.timestamp.text) for m in session.user_messages
    ]
    assert [
        (a.content, a.timestamp, a.trajectory_range and a.trajectory_range.end)
        for a in read.agent_responses
    ] == [
        (a.content, a.timestamp, a.trajectory_range and a.trajectory_range.end)
        for a in session.agent_responses
    ]
    assert [
        (s.tool_name, s.tool_args, s.output_summary, s.duration_ms, s.is_error)
        for s in read.trajectory_steps
    ] == [
        (s.tool_name, s.tool_args, s.output_summary, s.duration_ms, s.is_error)
        for s in session.trajectory_steps
    ]


def test_thoughts_are_read() -> None:
    records = [
        {
            "content": "all",
            "source": "m",
            "timestamp": WHEN,
            "new": 1,
            "segments": [{"before_step": 2, "text": "a"}],
        },
        {"content": 3},
        {"content": "next"},
    ]
    first, second = transcript(pretty(plain_session(reasoning_records=records))).reasoning_records
    assert first.segments == (ThoughtSegment("a", 2),)
    assert (first.content, first.source, first.timestamp) == ("all", "m", WHEN)
    assert (second.content, second.segments) == ("next", None)


def test_a_record_knows_its_own_bytes() -> None:
    message = transcript(content("a")).user_messages[0]
    assert msgspec.json.decode(message.source) == {
        "content": "a",
        "timestamp": "2026-06-20T10:00:00.123456789Z",
        "new": [1.0],
    }


def test_no_record_keeps_the_file_that_it_came_from() -> None:
    session = plain_session()
    data = pretty(session)
    before = sys.getrefcount(data)
    read = transcript(data)
    assert read.user_messages
    assert read.agent_responses
    assert read.trajectory_steps
    assert sys.getrefcount(data) == before


def test_no_file_is_no_transcript(tmp_path: Path) -> None:
    assert load_transcript(tmp_path / "gone.json") is None


def test_a_file_in_another_state_than_the_checked_one_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(content("a"))
    checked = FileIdentity.of(path.stat())
    assert said(path, checked) == ["a"]
    twice = content("b").replace(b'"user_id"', b'"id": "s", "user_id"')
    path.write_bytes(twice)
    with pytest.raises(UnreadableError, match="stands twice"):
        load_transcript(path, checked)


def test_what_breaks_off_says_so_even_where_it_was_checked(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(content("a")[:-20])
    with pytest.raises(UnreadableError, match="cut off"):
        load_transcript(path, FileIdentity.of(path.stat()))


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    os.mkfifo(path)
    with pytest.raises(UnreadableError):
        load_transcript(path)


def test_ends_when_nobody_waits_any_more(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(content("hello"))
    stopped = Event()
    assert load_transcript(path, stopped=stopped) is not None
    stopped.set()
    with pytest.raises(LoadStopped):
        load_transcript(path, stopped=stopped)
