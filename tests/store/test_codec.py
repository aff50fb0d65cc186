"""Sessions to bytes and back: strict to read, and a change leaves every other byte alone."""

import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.errors import UnreadableError
from oxtui.store.codec import decode, encode
from oxtui.store.models import (
    PIN_KEY,
    U64_MAX,
    AgentResponse,
    Session,
    SessionId,
    TrajectoryStepRecord,
)
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.summarize import summarize
from oxtui.store.timestamps import Timestamp
from oxtui.store.transcript import transcript
from tests.conftest import session_named
from tests.store.samples import FORMATS, WHEN, Plain, plain_session, pretty, response, step

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**65)
    | st.text('ab\\"é\n', max_size=3)
    | st.just(WHEN),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2)
    ),
    max_leaves=4,
)
WHENS = st.one_of(
    st.just(WHEN),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(
            ["2026-08-22", "2026-02-30", "0000-01-01", "0001-01-01", "9999-12-31", "26-1-1"]
        ),
        st.sampled_from("Tt _"),
        st.sampled_from(
            ["14:34:52", "24:00:00", "23:59:60", "14:34", "00:00:00.1", "01:02:03.1234567891"]
        ),
        st.sampled_from(
            ["Z", "z", "+00:00", "-09:30", "+0900", "+24:00", "+23:60", "", "+09", "-00:00"]
        ),
    ),
)


def either(kind: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(kind, kind, kind, ANYTHING)


def some_of(base: Plain, fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Plain]:
    """`base` with any of these fields instead of its own."""

    def over(changes: Plain) -> Plain:
        return base | changes

    return st.fixed_dictionaries({}, optional=fields).map(over)


MESSAGE = some_of(
    {"content": "", "timestamp": WHEN},
    {"content": either(st.text(max_size=3)), "timestamp": either(WHENS)},
)
RESPONSE = some_of(
    response(),
    {
        "session_id": ANYTHING,
        "evaluation_passed": ANYTHING,
        "timestamp": either(WHENS),
        "trajectory_range": either(some_of({}, {"start": ANYTHING, "end": ANYTHING})),
    },
)
STEP = some_of(
    step(),
    {
        "tool_args": ANYTHING,
        "duration_ms": ANYTHING,
        "is_error": ANYTHING,
        "timestamp": either(WHENS),
    },
)
SESSIONS = some_of(
    plain_session(),
    {
        "id": either(st.text(max_size=3)),
        "created_at": either(WHENS),
        "updated_at": either(WHENS),
        "user_messages": either(st.lists(MESSAGE, max_size=2)),
        "agent_responses": either(st.lists(RESPONSE, max_size=2)),
        "trajectory_steps": either(st.lists(STEP, max_size=2)),
        "project_id": ANYTHING,
        "metadata": either(st.dictionaries(st.text("ab", max_size=2), ANYTHING, max_size=2)),
        "parent_session_id": ANYTHING,
        "reasoning_records": ANYTHING,
        "more": ANYTHING,
    },
)


def accepted(read: Callable[[bytes], object], data: bytes) -> bool:
    try:
        read(data)
    except UnreadableError:
        return False
    return True


@given(SESSIONS, st.sampled_from(sorted(FORMATS)))
def test_lists_and_loads_accept_the_same(session: Plain, form: str) -> None:
    data = FORMATS[form](session)
    assert accepted(summarize, data) == accepted(decode, data)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_rubbish_is_unreadable_and_nothing_worse(data: bytes) -> None:
    assert not accepted(summarize, data)
    assert not accepted(decode, data)


@given(st.integers(0, 900))
def test_a_file_that_is_cut_off_is_unreadable(length: int) -> None:
    data = pretty(plain_session())
    assert not accepted(summarize, data[:length])
    assert not accepted(decode, data[:length])


@given(SESSIONS, st.sampled_from(sorted(FORMATS)))
def test_a_load_and_a_save_give_the_same_bytes(session: Plain, form: str) -> None:
    data = FORMATS[form](session)
    if accepted(decode, data):
        assert encode(decode(data)) == data


def test_a_session_made_in_memory_is_written_as_serde_does() -> None:
    session = session_named("s", active_persona_id=None)
    session.add_agent_response(AgentResponse(content="세션", timestamp=Timestamp.parse(WHEN)))
    session.updated_at = Timestamp.parse(WHEN)
    assert (
        encode(session).decode()
        == f"""{{
  "id": "s",
  "user_id": "default",
  "user_messages": [],
  "agent_responses": [
    {{
      "content": "세션",
      "session_id": null,
      "seed_id": null,
      "phase_reached": null,
      "evaluation_passed": null,
      "timestamp": "{WHEN}"
    }}
  ],
  "created_at": "{WHEN}",
  "updated_at": "{WHEN}",
  "metadata": {{}}
}}"""
    )


UNKNOWN: Plain = {
    "seed_id": None,
    "reasoning_records": [{"content": "think", "source": "model", "timestamp": WHEN}],
    "parent_session_id": "parent",
    "from_the_future": {"a": [1.0, 1e3, "\u00e9"]},
    "user_messages": [{"content": "hi", "timestamp": WHEN, "attachments": ["x"]}],
    "trajectory_steps": [step(cost=1.50)],
}


@pytest.mark.parametrize("form", FORMATS)
def test_unknown_fields_are_kept_through_every_change(form: str) -> None:
    session = decode(FORMATS[form](plain_session(**UNKNOWN)))
    session.project_id = "p2"
    session.add_user_message("more")
    session.user_messages[0].content = "changed"
    saved = json.loads(encode(session))
    for field in ("seed_id", "reasoning_records", "parent_session_id", "from_the_future"):
        assert saved[field] == UNKNOWN[field]
    assert saved["trajectory_steps"] == UNKNOWN["trajectory_steps"]
    assert saved["user_messages"][0] == {**UNKNOWN["user_messages"][0], "content": "changed"}
    assert saved["user_messages"][1]["content"] == "more"
    assert saved["project_id"] == "p2"


@pytest.mark.parametrize(
    "records",
    [None, "x", 5, [], {}, [None], [1, "x"], [{"segments": 3}], [{"content": None}], [[]]],
)
def test_thoughts_of_any_shape_make_no_file_unreadable(records: Any) -> None:
    data = pretty(plain_session(reasoning_records=records, parent_session_id=records))
    summary = summarize(data)
    session = decode(data)
    assert transcript(data).reasoning_records == []
    expected = records if isinstance(records, str) else None
    assert summary.parent_session_id == session.parent_session_id == expected


def lines_changed(before: bytes, after: bytes) -> list[str]:
    """The lines of `before` that are gone and of `after` that are new, trimmed."""
    differ = difflib.ndiff(before.decode().splitlines(), after.decode().splitlines())
    return [line[:1] + line[2:].strip() for line in differ if line[0] in "+-"]


AWKWARD = (
    pretty(plain_session())
    .replace(b'"cost": 0.1', b'"cost": 0.10')
    .replace(b'"duration_ms": 41', b'"duration_ms": 18446744073709551615')
    .replace(b'"title": "', b'"n": 1E2, "caf\\u00e9": "\\/",\n    "title": "')
)


def test_what_is_set_touches_its_own_lines_only() -> None:
    session = decode(AWKWARD)
    session.project_id = "p2"
    session.metadata["title"] = "new"
    assert set(lines_changed(AWKWARD, encode(session))) == {
        '-"project_id": "p1",',
        '+"project_id": "p2",',
        '-"title": "한국어 — title",',
        '+"title": "new",',
    }


@pytest.mark.parametrize("form", FORMATS)
def test_a_change_and_the_way_back_give_the_same_bytes(form: str) -> None:
    data = FORMATS[form](plain_session(updated_at="2026-08-22T14:34:52+00:00"))
    session = decode(data)
    session.set_active_seed("seed")
    changed = decode(encode(session))
    assert encode(changed) != data
    changed.active_seed_id = None
    changed.updated_at = Timestamp.parse("2026-08-22T14:34:52+00:00")
    assert encode(changed) == data


def test_a_turn_that_failed_and_a_pin_are_seen_in_the_summary() -> None:
    assert summarize(pretty(plain_session(agent_responses=[response("⚠️ no")]))).last_turn_failed
    fine = [response("⚠️ no"), response("yes")]
    assert not summarize(pretty(plain_session(agent_responses=fine))).last_turn_failed
    assert not summarize(pretty(plain_session(agent_responses=[]))).last_turn_failed
    assert not summarize(pretty(plain_session(metadata={PIN_KEY: "yes"}))).pinned


def file_with(tmp_path: Path, data: bytes) -> tuple[StateStore, Path]:
    store = StateStore(tmp_path / "store")
    store.sessions_path.mkdir(parents=True)
    path = store.session_path(SessionId("s"))
    path.write_bytes(data)
    return store, path


async def loaded(store: StateStore) -> Session:
    session = await store.load_session(SessionId("s"))
    assert session is not None
    return session


async def test_a_session_can_be_saved_again_and_again(tmp_path: Path) -> None:
    store, path = file_with(tmp_path, AWKWARD)
    session = await loaded(store)
    other = await loaded(store)
    for text in ("one", "two", "three"):
        session.add_user_message(text)
        await store.save_session(session)
        other.set_metadata(text, text)
        other.add_user_message(f"other {text}")
        await store.save_session(other)
    saved = json.loads(path.read_bytes())
    said = [message["content"] for message in saved["user_messages"]][1:]
    assert said == ["one", "other one", "two", "other two", "three", "other three"]
    assert saved["metadata"] | {"one": "one", "three": "three"} == saved["metadata"]


async def test_a_new_session_can_be_saved_again_beside_others(tmp_path: Path) -> None:
    store = StateStore(tmp_path / "store")
    session = session_named("s")
    await store.save_session(session)
    other = await loaded(store)
    other.add_user_message("other")
    await store.save_session(other)
    session.add_user_message("mine")
    await store.save_session(session)
    assert [m.content for m in (await loaded(store)).user_messages] == ["other", "mine"]


async def test_what_we_take_out_of_a_list_loses_no_turn_of_others(tmp_path: Path) -> None:
    store, _ = file_with(tmp_path, pretty(plain_session()))
    session, other = await loaded(store), await loaded(store)
    other.add_user_message("theirs")
    await store.save_session(other)
    session.user_messages.clear()
    await store.save_session(session)
    assert [m.content for m in (await loaded(store)).user_messages] == ["theirs"]


@pytest.mark.parametrize("known", [0, 1])
async def test_answers_keep_their_calls_when_two_append_a_turn(tmp_path: Path, known: int) -> None:
    calls = [step(tool_name="known")][:known]
    data = pretty(plain_session(trajectory_steps=calls, agent_responses=[]))
    store, path = file_with(tmp_path, data)
    oxios, ours = await loaded(store), await loaded(store)
    for session, names in ((oxios, ["theirs", "theirs"]), (ours, ["ours"]), (ours, ["ours too"])):
        start = len(session.trajectory_steps)
        made = [TrajectoryStepRecord.model_validate(step(tool_name=name)) for name in names]
        session.extend_trajectory(made)
        extent = {"start": start, "end": start + len(names)}
        answer = response(names[0], trajectory_range=extent)
        session.add_agent_response(AgentResponse.model_validate(answer))
        await store.save_session(session)
    saved = json.loads(path.read_bytes())
    names = [call["tool_name"] for call in saved["trajectory_steps"]]
    extents = [(r["content"], r["trajectory_range"]) for r in saved["agent_responses"]]
    assert names[known:] == ["theirs", "theirs", "ours", "ours too"]
    assert [(said, names[at["start"] : at["end"]]) for said, at in extents] == [
        ("theirs", ["theirs", "theirs"]),
        ("ours", ["ours"]),
        ("ours too", ["ours too"]),
    ]


def test_a_range_that_leads_out_of_the_calls_is_left_as_it_is() -> None:
    data = pretty(plain_session(trajectory_steps=[step()], agent_responses=[]))
    session, oxios = decode(data), decode(data)
    oxios.extend_trajectory([TrajectoryStepRecord.model_validate(step())])
    for extent in ({"start": 0, "end": 1}, {"start": U64_MAX, "end": U64_MAX}, None):
        answer = response(trajectory_range=extent)
        session.add_agent_response(AgentResponse.model_validate(answer))
    merged = decode(encode(session, onto=encode(oxios)))
    assert merged.agent_responses == session.agent_responses


def test_a_session_of_five_megabytes_changes_in_its_own_lines() -> None:
    steps = [step(tool_args={"n": number, "text": '세션 "x" ' * 20}) for number in range(8_000)]
    answers = [response("code\n" * 100) for _ in range(2_000)]
    data = pretty(plain_session(trajectory_steps=steps, agent_responses=answers))
    assert len(data) > 5_000_000
    assert summarize(data).message_count == 1
    session = decode(data)
    session.project_id = "p2"
    session.set_active_persona(session.active_persona_id)
    changed = encode(session)
    assert len(lines_changed(data[-600:], changed[-600:])) == 4
