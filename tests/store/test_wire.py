"""The strict reading: a field that stands twice is found however the file is formatted."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from oxtui.errors import UnreadableError
from oxtui.store.codec import decode
from oxtui.store.summaries.summarize import summarize
from oxtui.store.transcript import transcript
from oxtui.store.wire import decode_session
from tests.store.samples import FORMATS, Plain, compact, plain_session, pretty, response, step

# Each place of a file as the object that holds its fields.
PLACES: dict[str, Callable[[Plain], Plain]] = {
    "session": lambda s: s,
    "message": lambda s: s["user_messages"][0],
    "response": lambda s: s["agent_responses"][0],
    "range": lambda s: s["agent_responses"][0]["trajectory_range"],
    "step": lambda s: s["trajectory_steps"][1],
}
FIELDS = [(place, field) for place, of in PLACES.items() for field in of(plain_session())]


class Twice(dict[str, Any]):
    """An object that is written with one of its fields twice."""

    def __init__(self, values: Plain, field: str, last: Any) -> None:
        super().__init__(values)
        self.field, self.last = field, last

    def items(self) -> Any:
        return [*super().items(), (self.field, self.last)]


def with_twice(session: Plain, place: str, field: str) -> Plain:
    item = PLACES[place](session)
    twice = Twice(item, field, item[field])
    if place == "session":
        return twice
    if place == "range":
        session["agent_responses"][0]["trajectory_range"] = twice
    else:
        holder = {"message": "user_messages", "response": "agent_responses"}.get(
            place, "trajectory_steps"
        )
        session[holder][-1] = twice
    return session


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("place", "field"), FIELDS)
def test_a_known_field_that_stands_twice_is_refused(place: str, field: str, form: str) -> None:
    data = FORMATS[form](with_twice(plain_session(), place, field))
    assert len(data) > len(FORMATS[form](plain_session()))
    with pytest.raises(UnreadableError, match=f"{field}` stands twice"):
        decode_session(data)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("absent", ["user_messages", "metadata", "project_id", "active_persona_id"])
def test_a_field_that_is_absent_hides_no_other(absent: str, form: str) -> None:
    session = with_twice(plain_session(), "session", "user_id")
    del session[absent]
    with pytest.raises(UnreadableError, match="user_id` stands twice"):
        decode_session(FORMATS[form](session))


@pytest.mark.parametrize("form", FORMATS)
def test_unknown_fields_hide_no_known_one(form: str) -> None:
    unknown: Plain = {"new": [1, {"a": "b"}], "reasoning_records": "x", "parent_session_id": 3}
    decode_session(FORMATS[form](plain_session(**unknown)))
    session = with_twice(plain_session(**unknown), "session", "id")
    with pytest.raises(UnreadableError, match="`id` stands twice"):
        decode_session(FORMATS[form](session))
    session = plain_session(**unknown, user_messages=[{"content": "", "timestamp": "x"}])
    session["user_messages"] = [Twice(plain_session()["user_messages"][0], "content", "new")]
    with pytest.raises(UnreadableError, match="content` stands twice"):
        decode_session(FORMATS[form](session))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"user_id": "default",', b'"user_id": "default", "user_id": "default",'),
        (b'"user_id": "default",', b'"user_id": "default", "user\\u005fid": "default",'),
        (b'{\n  "id": "s",', b'{"id": "s", "id":\n"s",'),
        (b'"tool_name": "bash"', b'"tool_name": "bash", "tool_name": "bash"'),
        (b'"start": 0,\n', b'"start": 0, "start": 0,'),
    ],
)
def test_a_field_twice_on_one_line_is_found_in_a_pretty_file(old: bytes, new: bytes) -> None:
    data = pretty(plain_session())
    assert old in data
    with pytest.raises(UnreadableError, match="stands twice"):
        decode_session(data.replace(old, new, 1))


@pytest.mark.parametrize("form", FORMATS)
def test_what_the_reference_does_not_look_into_may_stand_twice(form: str) -> None:
    session = plain_session(
        metadata=Twice({"k": "v", "title": "a"}, "title", "b"),
        reasoning_records=[Twice({"content": "x"}, "content", "y")],
        new=1,
    )
    session["trajectory_steps"] = [step(tool_args=Twice({"a": "b"}, "a", "c"))]
    data = FORMATS[form](Twice(session, "reasoning_records", []))
    assert summarize(data).title == "b"
    assert decode(data).metadata["title"] == "b"
    assert not transcript(data).reasoning_records


@pytest.mark.parametrize(
    "text",
    ['a "quoted" word', "back\\slash", "ends in one\\", '\\"', '"\\\\"', "\\u0022", "\n\t\0"],
)
@pytest.mark.parametrize("form", FORMATS)
def test_quotes_and_backslashes_in_text_make_no_field(text: str, form: str) -> None:
    session = plain_session(
        text,
        user_messages=[{"content": text, "timestamp": "2026-08-22T14:34:52Z"}] * 2,
        agent_responses=[response(text)],
        trajectory_steps=[step(tool_args=text), step(tool_args={text: text, "x": [text]})],
        metadata={text: text},
        reasoning_records=[{text: text}],
        parent_session_id=text,
    )
    data = FORMATS[form](session)
    wire = decode_session(data)
    assert wire.id == text
    assert summarize(data).parent_session_id == text
    twice = FORMATS[form](Twice(session, "id", text))
    with pytest.raises(UnreadableError, match="`id` stands twice"):
        decode_session(twice)


def test_optional_fields_may_be_absent_or_null() -> None:
    least: Plain = {k: plain_session()[k] for k in ("id", "user_id", "created_at", "updated_at")}
    for data in (pretty(least), compact(least)):
        assert decode_session(data).id == "s"
    for field in ("active_seed_id", "active_persona_id", "project_id"):
        assert decode_session(pretty({**least, field: None})).id == "s"
    answer = response(session_id=None, phase_reached=None, evaluation_passed=None)
    assert decode_session(pretty({**least, "agent_responses": [answer]})).id == "s"
    bare = {"content": "", "timestamp": answer["timestamp"], "trajectory_range": None}
    assert decode_session(pretty({**least, "agent_responses": [bare]})).id == "s"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b" \n\t ", "empty file"),
        (b"{", "cut off after 1 bytes"),
        (pretty(plain_session())[:-40], "cut off after"),
        (b"not json", "not JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"id": 1}', "Expected `str`, got `int` at `id`"),
        (b'{"user_id": ""}', "missing required field"),
        (pretty(plain_session(x=1)).replace(b'"x": 1', b'"x": "\xff"'), "not UTF-8 at byte"),
        (pretty(plain_session(id="\xff")).replace("ÿ".encode(), b"\xff"), "not UTF-8"),
        (
            pretty(plain_session(reasoning_records="?")).replace(b'"?"', b'"\xff"'),
            "not UTF-8 at byte",
        ),
        (pretty(plain_session(created_at="soon")), "created_at: not an RFC 3339 timestamp"),
        (pretty(plain_session(trajectory_steps=[step(duration_ms=2**64)])), "beyond 64 bits"),
        (pretty(plain_session(trajectory_steps=[step(duration_ms=-1)])), "trajectory_steps"),
        (
            pretty(
                plain_session(
                    agent_responses=[response(trajectory_range={"start": 0, "end": 2**64})]
                )
            ),
            "beyond 64 bits",
        ),
    ],
)
def test_the_reason_says_what_is_wrong(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        summarize(data)
    assert reason in caught.value.message
    with pytest.raises(UnreadableError):
        decode(data)


COUNTS: dict[str, Plain] = {
    "duration": {"trajectory_steps": [step(duration_ms="?"), step(duration_ms=1)]},
    "start": {"agent_responses": [response(trajectory_range={"start": "?", "end": 1})]},
    "end": {"agent_responses": [response(trajectory_range={"start": 0, "end": "?"})]},
}
VALUES: dict[str, Plain] = {
    "metadata": {"metadata": {"x": "?"}},
    "arguments": {"trajectory_steps": [step(tool_args="?")]},
    "list": {"trajectory_steps": [step(tool_args={"x": [1, "?"]})]},
    "skipped": {"unknown": "?", "reasoning_records": ["?"]},
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("place", COUNTS)
def test_a_count_is_not_minus_zero(place: str, form: str) -> None:
    data = FORMATS[form](plain_session(**COUNTS[place]))
    assert summarize(data.replace(b'"?"', b"0")) == summarize(data.replace(b'"?"', b"7"))
    for read in (decode_session, decode, summarize):
        with pytest.raises(UnreadableError, match="-0"):
            read(data.replace(b'"?"', b"-0"))


@pytest.mark.parametrize("place", VALUES)
def test_any_other_number_may_be_minus_zero(place: str) -> None:
    data = compact(plain_session(**VALUES[place])).replace(b'"?"', b"-0")
    assert decode_session(data).id == decode(data).id == summarize(data).id


@pytest.mark.parametrize("place", VALUES)
def test_integers_are_read_as_far_as_a_double_goes(place: str) -> None:
    data = compact(plain_session(**VALUES[place]))
    for fits in (b"1" + b"0" * 308, b"-1" + b"0" * 308, b"9" * 308):
        assert decode_session(data.replace(b'"?"', fits)).id == "s"
    for number in (b"9" * 309, b"-" + b"9" * 309, b"1" + b"0" * 309, b"9" * 400):
        large = data.replace(b'"?"', number)
        if place == "skipped":
            assert summarize(large).id == "s"
            continue
        for read in (decode_session, decode, summarize):
            with pytest.raises(UnreadableError, match="double"):
                read(large)


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def test_nesting_is_read_to_the_depth_of_serde_and_no_deeper() -> None:
    assert decode_session(pretty(plain_session(metadata={"x": nested(125)})))
    args = [step(tool_args=nested(124))]
    assert decode_session(compact(plain_session(trajectory_steps=args)))
    for deep in (
        plain_session(metadata={"x": nested(126)}),
        plain_session(trajectory_steps=[step(tool_args=nested(125))]),
        plain_session(metadata={"x": nested(900)}),
    ):
        with pytest.raises(UnreadableError, match="nested more than 127 deep"):
            decode_session(compact(deep))
    very_deep = compact(plain_session(metadata={"x": "?"})).replace(
        b'"?"', b"[" * 100_000 + b"]" * 100_000
    )
    with pytest.raises(UnreadableError, match="nested"):
        decode_session(very_deep)


def test_what_the_reference_skips_may_be_as_deep_as_it_likes() -> None:
    assert decode(compact(plain_session(reasoning_records=nested(150), more=nested(150)))).id == "s"


def test_many_keys_that_stand_twice_are_counted_quickly() -> None:
    keys = ",".join(f'"k{number}":{number}' for number in range(50_000))
    data = compact(plain_session(metadata={"?": 0})).replace(b'"?":0', f"{keys},{keys}".encode())
    assert json.loads(data)["metadata"]["k7"] == 7
    assert decode_session(data).id == "s"


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
@pytest.mark.parametrize("read", [decode_session, decode, summarize, transcript])
def test_a_session_without_its_times_is_none(field: str, read: Callable[[bytes], object]) -> None:
    with pytest.raises(UnreadableError, match=f"^{field}: not an RFC 3339 timestamp$"):
        read(pretty(plain_session(**{field: "yesterday"})))
