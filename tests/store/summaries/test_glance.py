"""The short way through a file says what the long way says, of every file."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.errors import UnreadableError
from oxtui.store.summaries import summarize as summarizing
from oxtui.store.summaries.glance import glance
from oxtui.store.summaries.summarize import summarize, summarize_at_length
from oxtui.store.values import PIN_KEY, SessionSummary
from tests.conftest import PARITY
from tests.hostile import FILES, TEXTS
from tests.store.samples import FORMATS, WHEN, Plain, compact, plain_session, pretty, response, step

Answer = tuple[SessionSummary, str, str] | str


def answer(read: Callable[[bytes], SessionSummary], data: bytes) -> Answer:
    """Everything that a way says of a file."""
    try:
        summary = read(data)
    except UnreadableError as error:
        return error.message
    return summary, summary.created_at.text, summary.updated_at.text


def assert_alike(data: bytes) -> None:
    assert answer(summarize, data) == answer(summarize_at_length, data)


@pytest.fixture
def no_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: bytes) -> SessionSummary:
        raise AssertionError("the long way was taken")

    monkeypatch.setattr(summarizing, "summarize_at_length", refuse)


RICH: Plain = {
    "user_messages": [{"content": text, "timestamp": WHEN} for text in ("Ça\r\nva", "", "세션")],
    "agent_responses": [
        response('"quoted" \\ \\\\ "'),
        response("", seed_id="x", phase_reached=None, evaluation_passed=None),
        {"content": "⚠️ no", "timestamp": WHEN, "trajectory_range": None},
        response(trajectory_range={"start": 0, "end": 2**63 - 1}),
    ],
    "trajectory_steps": [
        step(),
        step(tool_args='{"a": "\\"b\\\\"}', output_summary='🚢 "\x1b[0m'),
        step(tool_args={"path": ['a"b', {"n": 1.5e300}], "x": None}),
        step(tool_args=None),
        step(tool_args=7),
    ],
    "active_seed_id": None,
    "active_persona_id": "dev",
    "metadata": {"title": 'a "title"', PIN_KEY: True, "compression": {"summary": "“é” \\", "n": 1}},
    "reasoning_records": [{"content": 'a "thought"', "segments": [{"text": "\\"}]}],
    "parent_session_id": 'a "parent"',
}


@pytest.mark.usefixtures("no_long_way")
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("fields", [{}, RICH], ids=["all", "rich"])
def test_what_oxios_writes_goes_the_short_way(fields: Plain, form: str) -> None:
    data = FORMATS[form](plain_session(**fields))
    assert answer(summarize, data) == answer(summarize_at_length, data)


@pytest.mark.usefixtures("no_long_way")
def test_a_file_of_the_least_goes_the_short_way() -> None:
    least: Plain = {k: plain_session()[k] for k in ("id", "user_id", "created_at", "updated_at")}
    empty: Plain = {**least, "user_messages": [], "metadata": {}}
    for fields in (least, empty):
        assert summarize(pretty(fields)).title is None
        assert summarize(compact(fields)).message_count == 0


def test_long_texts_are_utf8_to_the_last_byte() -> None:
    for ahead in (0, 1, 16_380, 16_381, 16_382, 16_383, 32_767, 40_000):
        for text in ("x" * ahead + "🚢세é" * 3, "🚢" * ahead, "é" * ahead):
            data = compact(plain_session(agent_responses=[response(text)]))
            assert glance(data)
            assert_alike(data)
            at = data.index(b'"agent_responses"') + 30 + ahead
            for bad in (b"\xff", b"\xe4\xb8", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"):
                broken = data[:at] + bad + data[at:]
                assert not glance(broken)
                assert_alike(broken)


@pytest.mark.parametrize("depth", [*range(120, 131), 200, 1_100])
def test_nesting_ends_where_it_does_the_long_way(depth: int) -> None:
    fields: list[Plain] = [
        {"metadata": {"x": "?"}},
        {"trajectory_steps": [step(tool_args="?")]},
        {"reasoning_records": "?"},
        {"unknown": "?"},
    ]
    for each in fields:
        assert_alike(compact(plain_session(**each)).replace(b'"?"', nested(depth)))


@pytest.mark.parametrize("value", ["null", "1", "[]", '["x"]', "{}", '{"x": "y"}', "true", "1e999"])
def test_a_text_is_a_string(value: str) -> None:
    said: Plain = {"content": "?", "timestamp": WHEN}
    fields: list[Plain] = [
        {"user_messages": [said]},
        {"agent_responses": [response("?")]},
        {"trajectory_steps": [step(output_summary="?")]},
    ]
    for each in fields:
        broken = pretty(plain_session(**each)).replace(b'"?"', value.encode())
        assert not glance(broken)
        assert_alike(broken)


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 2**64 - 1, 2**64, -1])
def test_numbers_end_where_they_do_the_long_way(number: int) -> None:
    extent = {"start": 0, "end": number}
    assert_alike(pretty(plain_session(agent_responses=[response(trajectory_range=extent)])))
    assert_alike(pretty(plain_session(trajectory_steps=[step(duration_ms=number)])))
    assert_alike(pretty(plain_session(trajectory_steps=[step(tool_args=number)])))


def test_what_others_wrote() -> None:
    for path in sorted(PARITY.glob("*/store/sessions/*.json")):
        if path.is_file():
            assert_alike(path.read_bytes())
    for data in FILES.values():
        assert_alike(data)
    for text in TEXTS.values():
        messages = [{"content": text, "timestamp": WHEN}]
        for form in FORMATS.values():
            assert_alike(form(plain_session(user_messages=messages, metadata={"x": text})))


def nested(depth: int) -> bytes:
    return b"[" * depth + b'"x"' + b"]" * depth


TOKENS = st.sampled_from(
    [
        *(bytes([byte]) for byte in b'"\\{}[]:,0-.eE \t\r\n\f\0\x1f\x7f\x80\xbf\xc3\xe4\xf0\xff'),
        *(b"\\u0041", b"\\ud83d\\ude00", b"\\ud83d", b"\\ude00", b"\\ud83dx", b"\\x", b"\\u12"),
        *(b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", "é세🚢".encode(), b"\\\\", b'\\"'),
        *(b'"id": "s",', b', "x": [1]', b'"content":null,', b"null", b'""', b"//", b"nul", b"1e9"),
    ]
)
VALUES = st.sampled_from(
    [
        *(b"null", b"true", b"[]", b"{}", b"0", b"-0", b"-1", b"1.0", b"1e3", b"NaN", b"1e999"),
        *(b"-1e999", b"18446744073709551615", b"18446744073709551616", b"9" * 400, b"0" * 9),
        *(b'""', b'"\\u00e9"', b'"a\\"b"', b'["x"]', b'{"x":"x"}', b'{"x":1,"x":"\xff"}'),
        *(b'"2026-02-30T00:00:00Z"', b'"2024-02-29T23:59:60Z"', b'"2026-08-22T14:34:52+09:00"'),
        *(nested(depth) for depth in (1, 122, 123, 124, 125, 126, 127, 128, 200, 1_100)),
    ]
)
PLACES = st.floats(0, 1, exclude_max=True)
_VALUE = re.compile(rb'(?<=[:\[,])\s*("(?:[^"\\]|\\.)*"|-?[0-9.]+|null|true|false|\{\}|\[\])')
_MEMBER = re.compile(rb'"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[^\s,\[\]{}]+)(?!\s*:)')


Change = Callable[[bytes], bytes]


def insertion(place: float, token: bytes) -> Change:
    def change(data: bytes) -> bytes:
        at = int(place * (len(data) + 1))
        return data[:at] + token + data[at:]

    return change


def at_the_ends(before: bytes, after: bytes) -> Change:
    return lambda data: before + data + after


def cut(place: float, length: int) -> Change:
    def change(data: bytes) -> bytes:
        at = int(place * len(data))
        return data[:at] + data[at + length :]

    return change


def other_value(place: float, value: bytes) -> Change:
    def change(data: bytes) -> bytes:
        found = list(_VALUE.finditer(data))
        if not found:
            return data
        start, end = found[int(place * len(found))].span(1)
        return data[:start] + value + data[end:]

    return change


def member_again(place: float, after: float | None, value: bytes | None) -> Change:
    """A member once more: after itself, or after any other."""

    def change(data: bytes) -> bytes:
        found = list(_MEMBER.finditer(data))
        if not found:
            return data
        member = found[int(place * len(found))].group()
        if value is not None:
            member = member.partition(b":")[0] + b":" + value
        end = found[int((place if after is None else after) * len(found))].end()
        return data[:end] + b"," + member + data[end:]

    return change


CHANGES = st.one_of(
    st.builds(insertion, PLACES, TOKENS),
    st.builds(at_the_ends, st.just(b"") | TOKENS, st.just(b"") | TOKENS),
    st.builds(cut, PLACES, st.integers(1, 12)),
    st.builds(other_value, PLACES, VALUES),
    st.builds(member_again, PLACES, st.none() | PLACES, st.none() | VALUES),
)


@given(
    st.sampled_from([{}, RICH]),
    st.sampled_from(sorted(FORMATS)),
    st.lists(CHANGES, min_size=1, max_size=3),
)
def test_both_ways_say_the_same_of_changed_files(
    fields: Plain, form: str, changes: list[Change]
) -> None:
    data = FORMATS[form](plain_session(**fields))
    for change in changes:
        data = change(data)
    assert_alike(data)
