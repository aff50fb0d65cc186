import asyncio
import json
import os
import re
import sqlite3
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from oxtui.demo import DemoWriter, keep_writing, write_demo
from oxtui.demo.script import prose
from oxtui.errors import InvalidValueError, OxtuiError
from oxtui.store.models import Session
from oxtui.store.transcript import transcript

NOW = datetime(2026, 11, 14, 15, 30, tzinfo=timezone(timedelta(hours=9)))
NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.json")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_demo(tmp_path / "home", now=NOW)
    return tmp_path / "home"


def contents(home: Path) -> dict[str, bytes]:
    files = (path for path in home.rglob("*") if path.is_file())
    return {str(path.relative_to(home)): path.read_bytes() for path in files}


def read(path: Path) -> Session | None:
    try:
        return Session.model_validate_json(path.read_bytes())
    except ValidationError:
        return None


def sessions(home: Path) -> list[Session]:
    found = map(read, sorted((home / "sessions").iterdir()))
    return [session for session in found if session is not None]


def raw(home: Path) -> list[dict[str, Any]]:
    return [
        json.loads(path.read_bytes())
        for path in sorted((home / "sessions").iterdir())
        if read(path) is not None
    ]


def projects(home: Path) -> dict[str, str]:
    db = sqlite3.connect(home / "kernel.db")
    try:
        return dict(db.execute("SELECT id, name FROM projects").fetchall())
    finally:
        db.close()


def project_of(session: Session) -> str | None:
    legacy = session.metadata.get("project_id") or session.metadata.get("project_ids")
    assert legacy is None or isinstance(legacy, str)
    return session.project_id or legacy


def newest(home: Path) -> Path:
    return max((home / "sessions").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)


def messages(path: Path) -> int:
    session = read(path)
    assert session is not None
    return len(session.user_messages)


@pytest.mark.parametrize("count", [1, 3, 40, 130])
def test_as_many_readable_sessions_as_asked_for_and_two_that_are_not(
    tmp_path: Path, count: int
) -> None:
    write_demo(tmp_path, sessions=count, now=NOW)
    assert len(sessions(tmp_path)) == count
    assert len(list((tmp_path / "sessions").iterdir())) == count + 2


def test_the_same_seed_and_moment_give_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_demo(tmp_path / name, sessions=60, seed=seed, now=NOW)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert contents(tmp_path / "a") != contents(tmp_path / "c")


def test_a_folder_that_holds_sessions_is_refused_and_left_alone(home: Path) -> None:
    before = contents(home)
    with pytest.raises(OxtuiError, match="holds a store already"):
        write_demo(home, now=NOW)
    assert contents(home) == before


def test_a_path_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InvalidValueError, match="not a folder"):
        write_demo(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_fewer_than_one_session_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="at least 1"):
        write_demo(tmp_path, sessions=0)


def test_the_two_unreadable_files_are_cut_and_of_a_wrong_type(home: Path) -> None:
    reasons: list[str] = []
    for path in sorted((home / "sessions").iterdir()):
        try:
            Session.model_validate_json(path.read_bytes())
        except ValidationError as error:
            reasons.append(error.errors()[0]["type"])
    assert sorted(reasons) == ["json_invalid", "string_type"]


def test_projects_as_oxios_keeps_them(home: Path) -> None:
    db = sqlite3.connect(home / "kernel.db")
    rows = db.execute("SELECT id, name, emoji, paths, tags, created_at FROM projects").fetchall()
    db.close()
    assert [row[1] for row in rows] == [
        "api",
        "website",
        "infrastructure",
        "mobile app",
        "research notes",
        "한국어 문서",
    ]
    for project_id, _, icon, paths, tags, created in rows:
        assert NAMED.fullmatch(f"{project_id}.json")
        assert icon
        assert isinstance(json.loads(paths), list)
        assert isinstance(json.loads(tags), list)
        assert created.endswith("+00:00")


def test_every_project_has_sessions_and_some_belong_nowhere(home: Path) -> None:
    names = projects(home)
    counts = Counter(
        "unfiled" if (project := project_of(s)) is None else names.get(project, "unknown")
        for s in sessions(home)
    )
    assert sum(counts.values()) == 40
    assert all(counts[name] >= 3 for name in names.values())
    assert counts["unknown"] == 2
    assert counts["unfiled"] >= 4


def test_files_look_as_oxios_writes_them(home: Path) -> None:
    order = [
        *("id", "user_id", "user_messages", "agent_responses", "trajectory_steps"),
        *("reasoning_records", "active_persona_id", "project_id", "parent_session_id"),
        *("created_at", "updated_at", "metadata"),
    ]
    for path in (home / "sessions").iterdir():
        assert NAMED.fullmatch(path.name)
        session = read(path)
        if session is None:
            continue
        data = path.read_bytes()
        values = json.loads(data)
        assert session.id == path.stem
        assert data == json.dumps(values, indent=2, ensure_ascii=False).encode()
        assert list(values) == [key for key in order if key in values]
        assert path.stat().st_mtime_ns == session.updated_at.ns


def test_calls_keep_to_the_limits_of_oxios(home: Path) -> None:
    calls = [(s, call) for s in raw(home) for call in s.get("trajectory_steps", [])]
    assert all(len(call["output_summary"]) <= 200 for _, call in calls)
    texts = [call["tool_args"] for _, call in calls if isinstance(call["tool_args"], str)]
    assert all(len(text) <= 500 for text in texts)
    assert any(len(text) == 500 for text in texts), "one is cut"
    assert len(texts) > 0.9 * len(calls)
    assert {call["tool_name"] for _, call in calls} >= {"read", "edit", "bash", "grep", "browse"}
    durations = [call["duration_ms"] for _, call in calls]
    assert min(durations) < 15
    assert max(durations) > 120_000


def test_a_failure_is_marked_in_early_files_only(home: Path) -> None:
    marked = [s for s in raw(home) if any(c["is_error"] for c in s.get("trajectory_steps", []))]
    assert len(marked) == 2
    for session in marked:
        assert all("trajectory_range" not in r for r in session["agent_responses"])
        assert "reasoning_records" not in session


def test_ranges_follow_on_each_other_and_call_ids_start_again(home: Path) -> None:
    for session in raw(home):
        end = 0
        for response in session["agent_responses"]:
            if (span := response.get("trajectory_range")) is None:
                continue
            assert span["start"] == end < span["end"]
            end = span["end"]
            steps = session["trajectory_steps"][span["start"] : end]
            assert [s["tool_call_id"] for s in steps] == [f"legacy-{i}" for i in range(len(steps))]


def test_the_times_of_a_turn_are_the_moment_it_was_saved(home: Path) -> None:
    for session in sessions(home):
        turns = zip(session.user_messages, session.agent_responses, strict=False)
        for asked, answered in turns:
            assert 0 < answered.timestamp.ns - asked.timestamp.ns < 1_000_000
        for before, after in pairwise(session.agent_responses):
            span = after.trajectory_range
            calls = session.trajectory_steps[span.start : span.end] if span else []
            took_ns = sum(call.duration_ms for call in calls) * 1_000_000
            assert after.timestamp.ns - before.timestamp.ns > took_ns
        assert session.created_at.ns <= session.updated_at.ns
        assert session.updated_at.to_datetime() <= NOW.astimezone(UTC)


def test_thoughts_belong_to_the_answer_that_follows_them(home: Path) -> None:
    with_segments = 0
    for path in (home / "sessions").iterdir():
        if read(path) is None:
            continue
        session = transcript(path.read_bytes())
        moments = [response.timestamp.text for response in session.agent_responses]
        for record in session.reasoning_records:
            assert record.timestamp is not None
            assert record.content
            index = next(i for i, moment in enumerate(moments) if moment >= record.timestamp)
            span = session.agent_responses[index].trajectory_range
            for segment in record.segments or ():
                assert 0 <= segment.before_step <= (span.end - span.start if span else 0)
            with_segments += record.segments is not None
    assert with_segments > 40


def test_what_a_store_may_hold_is_there(home: Path) -> None:
    found = sessions(home)
    answers = [response.content for session in found for response in session.agent_responses]
    first_words = [session.user_messages[0].content for session in found if not session.is_empty()]
    ids = {session.id for session in found}
    parents = [session.parent_session_id for session in found if session.parent_session_id]
    assert any(answer.startswith("⚠️") for answer in answers), "a turn that failed"
    assert "" in answers, "a turn that was cancelled"
    assert len(parents) >= 2
    assert set(parents) <= ids
    assert sum(session.is_empty() for session in found) == 1
    assert any(len(session.user_messages) == 1 for session in found)
    assert max(len(session.user_messages) for session in found) >= 60
    assert any(words.startswith("[bold]") for words in first_words)
    assert any(words.startswith("🚀") for words in first_words)
    assert any("ください" in words for words in first_words)
    assert any("번역" in words for words in first_words)
    assert {"project_id", "project_ids"} <= {key for s in found for key in s.metadata}
    assert any(session.metadata.get("title") for session in found)
    assert "|---" in "".join(answers).replace(" ", "")
    fences = set(re.findall(r"```(\w+)", "".join(answers)))
    assert fences >= {"rust", "css", "sql", "python", "kotlin", "swift", "c", "yaml", "bash"}


def test_no_two_sessions_are_copies(home: Path) -> None:
    spoken = [tuple(m.content for m in s.user_messages) for s in sessions(home)]
    assert len(set(spoken)) == len(spoken)
    openings = [words[0] for words in spoken if words]
    assert len(set(openings)) == len(openings)


def test_nothing_of_how_it_was_composed_is_left(tmp_path: Path) -> None:
    write_demo(tmp_path, sessions=200, now=NOW)
    for path in (tmp_path / "sessions").iterdir():
        assert not re.search(r"@[a-z]+@", path.read_text(encoding="utf-8"))


def test_the_next_prune_takes_a_few(home: Path) -> None:
    limits = tomllib.loads((home / "config.toml").read_text(encoding="utf-8"))["session"]
    oldest = NOW.astimezone(UTC) - timedelta(hours=limits["ttl_hours"])
    kept = [s for s in sessions(home) if s.updated_at.to_datetime() >= oldest]
    assert limits["auto_prune"] is True
    assert len(kept) == 38
    assert 38 > limits["max_sessions"] > 30


def test_the_config_has_comments_and_a_kernel(home: Path) -> None:
    text = (home / "config.toml").read_text(encoding="utf-8")
    assert "# " in text
    assert "kernel" in tomllib.loads(text)


def test_other_categories_are_valid_json(home: Path) -> None:
    for name in ("personas/index.json", "cron/jobs.json", "audit/trail.json"):
        assert json.loads((home / name).read_bytes())
    agents = [json.loads(path.read_bytes()) for path in (home / "agents").iterdir()]
    assert agents
    assert all(agent["created_at"].endswith("Z") for agent in agents)


def test_a_text_is_wrapped_in_the_source_only() -> None:
    text = """
    One line
    goes on.

    - an item
      goes on
    - another

    | a |
    | - |
    after

    ```
    a
      b
    ```
    日本語は
    つなぐ

    > a quote
    > goes on
    >
    > and ends
    > — someone
    """
    assert prose(text) == (
        "One line goes on.\n\n- an item goes on\n- another\n\n| a |\n| - |\nafter\n\n"
        "```\na\n  b\n```\n日本語はつなぐ\n\n> a quote goes on\n>\n> and ends\n> — someone"
    )


def test_a_turn_is_added_to_the_session_written_last(home: Path) -> None:
    live = newest(home)
    before = contents(home)
    live_ns = live.stat().st_mtime_ns
    written = DemoWriter(home).write_turn()
    assert written == live.stem
    changed = {name for name, data in contents(home).items() if before.get(name) != data}
    assert changed == {f"sessions/{live.name}"}
    old, new = json.loads(before[f"sessions/{live.name}"]), json.loads(live.read_bytes())
    for key in ("user_messages", "agent_responses", "trajectory_steps", "reasoning_records"):
        assert new[key][: len(old[key])] == old[key]
    assert len(new["user_messages"]) == len(new["agent_responses"]) == 4
    assert Session.model_validate_json(live.read_bytes()).updated_at.ns > live_ns


def test_a_long_watch_keeps_to_the_format_and_does_not_repeat_itself_at_once(home: Path) -> None:
    live = newest(home)
    writer = DemoWriter(home)
    for _ in range(40):
        assert writer.write_turn() == live.stem
    session = read(live)
    assert session is not None
    assert len(session.user_messages) == 43
    assert all(a.content != b.content for a, b in pairwise(session.user_messages))
    last = session.agent_responses[-1].trajectory_range
    assert last is not None
    assert last.end == len(session.trajectory_steps)


def test_it_stays_with_its_session_when_another_one_is_written(home: Path) -> None:
    live = newest(home)
    writer = DemoWriter(home)
    writer.write_turn()
    other = next(path for path in sorted((home / "sessions").iterdir()) if path != live)
    later_ns = live.stat().st_mtime_ns + 1_000_000_000
    os.utime(other, ns=(later_ns, later_ns))
    assert writer.write_turn() == live.stem


def test_what_others_changed_is_kept(home: Path) -> None:
    live = newest(home)
    writer = DemoWriter(home)
    writer.write_turn()
    values = json.loads(live.read_bytes())
    values["project_id"] = "elsewhere"
    values["metadata"]["oxtui.pinned"] = True
    values["later"] = [1.5]
    live.write_text(json.dumps(values), encoding="utf-8")
    writer.write_turn()
    after = json.loads(live.read_bytes())
    assert after["project_id"] == "elsewhere"
    assert after["metadata"]["oxtui.pinned"] is True
    assert after["later"] == [1.5]


@pytest.mark.parametrize("broken", [None, b"", b'{"id": "cut', b"[]"])
def test_a_session_that_is_gone_or_broken_is_left_for_another(
    home: Path, broken: bytes | None
) -> None:
    live = newest(home)
    writer = DemoWriter(home)
    writer.write_turn()
    live.unlink()
    if broken is not None:
        live.write_bytes(broken)
    written = writer.write_turn()
    assert written is not None
    assert written != live.stem
    assert live.exists() is (broken is not None)
    assert messages(home / "sessions" / f"{written}.json") > 0


def test_an_empty_store_and_one_that_vanished_are_no_error(tmp_path: Path) -> None:
    assert DemoWriter(tmp_path).write_turn() is None
    (tmp_path / "sessions").mkdir()
    assert DemoWriter(tmp_path).write_turn() is None


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - a file has no event to wait for
        await asyncio.sleep(0.001)


async def test_it_goes_on_while_sessions_are_moved_away_and_stops_when_cancelled(
    home: Path,
) -> None:
    live = newest(home)
    before = contents(home)
    task = asyncio.create_task(keep_writing(home, every_s=0.001))
    async with asyncio.timeout(20):
        await until(lambda: messages(live) > 5)
        live.rename(home / "away.json")
        await until(lambda: any_other_changed(home, before, live))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not live.exists()
    assert len(sessions(home)) == 39
    assert not [name for name in contents(home) if name.endswith(".tmp")]


def any_other_changed(home: Path, before: dict[str, bytes], live: Path) -> bool:
    return any(
        path.suffix == ".json" and path.read_bytes() != before.get(f"sessions/{path.name}")
        for path in (home / "sessions").iterdir()
        if path != live
    )
