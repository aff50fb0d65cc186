import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.errors import UnreadableError
from oxtui.store.models import SessionId
from oxtui.store.search.text import Kind, Passage, hit_in, matches, passages

AT = "2026-08-22T14:34:52.123456789Z"
# Letters that fold to others, to several, or that look as if they did.
TRICKY = "sSßẞ\u017fİi\u0131IKkÅåΣ\u03c3ςǰŉΐﬃfﬄ세션プ🚀é\u0301 "


def file(**fields: Any) -> bytes:
    plain = {"id": "a", "user_id": "u", "created_at": AT, "updated_at": AT}
    empty: dict[str, Any] = {"user_messages": [], "agent_responses": [], "metadata": {}}
    return json.dumps({**plain, **empty, **fields}).encode()


def step(**fields: Any) -> dict[str, Any]:
    return {
        "tool_name": "bash",
        "tool_args": None,
        "output_summary": "",
        "duration_ms": 1,
        "is_error": False,
        "tool_call_id": "c",
        "timestamp": AT,
        **fields,
    }


def texts(data: bytes) -> list[tuple[Kind, int, str]]:
    return [(each.kind, each.index, each.text) for each in passages(data) if each.text]


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("The Cron job", "cron", ["Cron"]),
        ("CRON cron", "Cron", ["CRON", "cron"]),
        ("세션 저장소", "션 저", ["션 저"]),
        ("aaaa", "aa", ["aa", "aa"]),
        ("Straße", "STRASSE", ["Straße"]),
        ("Straße", "s", ["S", "ß"]),
        ("ßx", "sx", ["ßx"]),
        ("ßßß x", "x", ["x"]),
        ("İstanbul", "i\u0307st", ["İst"]),
        ("xİx", "ix", []),
        ("ΣΑΣ", "σας", ["ΣΑΣ"]),
        ("oﬃce", "ffi", ["ﬃ"]),
        ("anything", "", []),
        ("a.b", ".", ["."]),
    ],
)
def test_matches_are_places_in_the_text_as_it_was_written(
    text: str, query: str, found: list[str]
) -> None:
    assert [text[start:end] for start, end in matches(text, query)] == found


@given(st.text(TRICKY, max_size=30), st.text(TRICKY, min_size=1, max_size=4))
def test_there_is_a_match_exactly_where_the_folded_text_has_the_folded_query(
    text: str, query: str
) -> None:
    found = matches(text, query)
    assert bool(found) == (query.casefold() in text.casefold())
    for start, end in found:
        assert query.casefold() in text[start:end].casefold()
        assert query.casefold() not in text[start + 1 : end].casefold()
    assert found == sorted(set(found))
    assert matches(text, query, 2) == found[:2]


def test_everything_said_thought_called_and_answered_is_searched() -> None:
    data = file(
        metadata={"title": "T", "other": "not this"},
        user_messages=[{"content": "said", "timestamp": AT}],
        agent_responses=[{"content": "answered", "timestamp": AT, "seed_id": "not this"}],
        reasoning_records=[
            {"content": "thought", "segments": [{"before_step": 0, "text": "a piece"}]},
            {"content": 5},
            {"content": "again"},
        ],
        trajectory_steps=[
            step(tool_name="edit", tool_args={"path": "x.rs", "deep": [{"k": "v"}, 1, None]}),
            step(tool_name="bash", tool_args='{"command": "ls', output_summary="out"),
        ],
    )
    assert texts(data) == [
        (Kind.TITLE, 0, "T"),
        (Kind.SAID, 0, "said"),
        (Kind.ANSWERED, 0, "answered"),
        (Kind.THOUGHT, 0, "a piece"),
        (Kind.THOUGHT, 0, "thought"),
        (Kind.THOUGHT, 1, "again"),
        *((Kind.CALLED, 0, text) for text in ("edit", "path", "x.rs", "deep", "k", "v")),
        *((Kind.CALLED, 1, text) for text in ("bash", '{"command": "ls', "out")),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        json.dumps({"command": 'say "hi"\nthen leave'}),
        json.dumps({"command": 'say "hi"\nthen leave', "rest": "of it"})[:-9],
        json.dumps({"say": ['say "hi"\nthen leave']}),
    ],
)
def test_json_in_a_string_is_found_as_it_stands_and_as_it_reads(arguments: str) -> None:
    data = file(trajectory_steps=[step(tool_args=arguments)])
    for query in ('SAY "hi"\nthen', r"say \"hi\"\nthen"):
        assert hit_in(SessionId("a"), passages(data), query, 3).count == 1


@pytest.mark.parametrize(
    "records", ["text", {}, [[1]], None, [{"content": None}], [{"segments": [{"text": 1}]}]]
)
def test_reasoning_of_another_shape_is_left_out(records: object) -> None:
    assert texts(file(reasoning_records=records)) == []


@pytest.mark.parametrize("data", [b"", b"{}", file()[:-1], file(created_at="yesterday")])
def test_what_oxios_cannot_read_has_no_texts(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        list(passages(data))


def test_a_hit_counts_all_places_and_shows_the_first_in_their_own_letters() -> None:
    long = "x" * 200
    found = [
        Passage(Kind.SAID, 3, f"{long} before CRON after {long}"),
        Passage(Kind.CALLED, 7, "cron cron cron"),
        Passage(Kind.CALLED, 7, "cron in another form", again=True),
    ]
    hit = hit_in(SessionId("a"), found, "Cron", most=2)
    assert hit.count == 4
    first, second = hit.snippets
    assert (first.kind, first.index, first.match) == (Kind.SAID, 3, "CRON")
    assert first.before.endswith("x before ")
    assert first.after.startswith(" after x")
    assert max(len(first.before), len(first.after)) < 100
    assert (second.kind, second.before, second.match, second.after) == (
        Kind.CALLED,
        "",
        "cron",
        " cron cron",
    )


def test_a_thought_in_pieces_counts_once_and_is_found_by_either_form() -> None:
    segments = [{"text": "one piece", "before_step": 0}, {"text": "two", "before_step": 1}]
    data = file(reasoning_records=[{"content": "one piece\n\ntwo", "segments": segments}])
    assert hit_in(SessionId("a"), passages(data), "piece", 3).count == 1
    assert hit_in(SessionId("a"), passages(data), "piece\n\ntwo", 3).count == 1
