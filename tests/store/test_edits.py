"""Edits of JSON: what is equal keeps its bytes, whatever the file looks like."""

import json
import random
import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from oxtui.store.edits import merge, revise, same

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
SPACE = st.text(" \t\r\n", max_size=3)


def oddly(value: JsonValue, chance: random.Random) -> str:
    """JSON with white space wherever it may be, and with escapes that nobody needs."""

    def space() -> str:
        return "".join(chance.choices(" \t\r\n", k=chance.choice((0, 0, 1, 3))))

    def text(raw: str) -> str:
        if chance.random() < 0.7:
            return json.dumps(raw, ensure_ascii=chance.random() < 0.5)
        units = raw.encode("utf-16-be")
        return (
            '"'
            + "".join(f"\\u{units[i]:02x}{units[i + 1]:02X}" for i in range(0, len(units), 2))
            + '"'
        )

    if isinstance(value, dict):
        members = (
            f"{space()}{text(k)}{space()}:{space()}{oddly(v, chance)}{space()}"
            for k, v in value.items()
        )
        return "{" + (",".join(members) or space()) + "}"
    if isinstance(value, list):
        return (
            "["
            + (",".join(f"{space()}{oddly(v, chance)}{space()}" for v in value) or space())
            + "]"
        )
    return text(value) if isinstance(value, str) else json.dumps(value)


FORMATS = st.one_of(
    st.sampled_from(["compact", "default", "crlf"]),
    st.integers(0, 5),
    st.randoms(use_true_random=False),
)


def written(value: JsonValue, form: str | int | random.Random) -> bytes:
    if form == "compact":
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    if form == "default":
        return json.dumps(value).encode()
    if form == "crlf":
        return json.dumps(value, indent=2).replace("\n", "\r\n").encode()
    if isinstance(form, int):
        return json.dumps(value, indent=form, ensure_ascii=False).encode()
    assert isinstance(form, random.Random)
    return f" \n{oddly(value, form)}\r\n".encode()


def changed(value: JsonValue, other: JsonValue, chance: random.Random) -> JsonValue:
    """`value` with something put in, taken out or replaced, anywhere."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        result = dict(value)
        key = chance.choice(list(result))
        match chance.randrange(3):
            case 0:
                del result[key]
            case 1:
                result[key] = changed(result[key], other, chance)
            case _:
                result["added"] = other
        return result
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        match chance.randrange(3):
            case 0:
                return [*value[:at], *value[at + 1 :]]
            case 1:
                return [*value[:at], changed(value[at], other, chance), *value[at + 1 :]]
            case _:
                return [*value[:at], other, *value[at:]]
    return other


def decoded(data: bytes) -> JsonValue:
    return json.loads(data.decode())


@given(JSON, FORMATS)
def test_revising_to_what_is_there_changes_no_byte(
    value: JsonValue, form: str | int | random.Random
) -> None:
    data = written(value, form)
    assert revise(data, decoded(data)) == data


@given(JSON, JSON, FORMATS)
def test_a_revised_document_holds_the_new_value(
    old: JsonValue, new: JsonValue, form: str | int | random.Random
) -> None:
    revised = revise(written(old, form), new)
    assert same(decoded(revised), new)
    assert same(msgspec.json.decode(revised), new)


@given(JSON, JSON, FORMATS, st.randoms(use_true_random=False))
def test_a_small_change_is_what_is_there_afterwards(
    old: JsonValue, other: JsonValue, form: str | int | random.Random, chance: random.Random
) -> None:
    data = written(old, form)
    new = changed(old, other, chance)
    assert same(decoded(revise(data, new)), new)


@given(st.dictionaries(TEXT, JSON, min_size=1, max_size=6), JSON, FORMATS, st.data())
def test_members_that_did_not_change_keep_their_bytes_and_their_order(
    old: dict[str, JsonValue],
    other: JsonValue,
    form: str | int | random.Random,
    data: st.DataObject,
) -> None:
    before = written(old, form)
    key = data.draw(st.sampled_from(sorted(old)))
    new = {**old, key: other}
    if data.draw(st.booleans()):
        del new[key]
    raw_before = msgspec.json.decode(before, type=dict[str, msgspec.Raw])
    raw_after = msgspec.json.decode(revise(before, new), type=dict[str, msgspec.Raw])
    assert list(raw_after) == [k for k in raw_before if k in new]
    for kept in raw_after:
        if kept != key:
            assert bytes(raw_after[kept]) == bytes(raw_before[kept])


@given(st.lists(JSON, max_size=6), JSON, FORMATS, st.data())
def test_elements_around_an_insertion_or_a_deletion_keep_their_bytes(
    old: list[JsonValue], other: JsonValue, form: str | int | random.Random, data: st.DataObject
) -> None:
    before = written(old, form)
    at = data.draw(st.integers(0, len(old)))
    raw = [bytes(each) for each in msgspec.json.decode(before, type=list[msgspec.Raw])]
    inserted = revise(before, [*old[:at], other, *old[at:]])
    after = [bytes(each) for each in msgspec.json.decode(inserted, type=list[msgspec.Raw])]
    assert len(after) == len(raw) + 1
    assert sum(1 for each in raw if each in after) == len(raw)
    if at < len(old):
        removed = revise(before, [*old[:at], *old[at + 1 :]])
        left = [bytes(each) for each in msgspec.json.decode(removed, type=list[msgspec.Raw])]
        same_as_removed = [b for v, b in zip(old, raw, strict=True) if same(v, old[at])]
        for each in left:
            assert each in raw
        assert len(left) == len(raw) - 1
        assert same_as_removed


PRETTY = b'{\n  "a": 1.50,\n  "b": "\\u00e9",\n  "c": [\n    1e2,\n    2\n  ]\n}'


CASES: list[tuple[JsonValue, bytes]] = [
    ({"b": "é", "c": [100.0, 2]}, b'{\n  "b": "\\u00e9",\n  "c": [\n    1e2,\n    2\n  ]\n}'),
    ({"a": 1.5, "c": [100.0, 2]}, b'{\n  "a": 1.50,\n  "c": [\n    1e2,\n    2\n  ]\n}'),
    ({"a": 1.5, "b": "é"}, b'{\n  "a": 1.50,\n  "b": "\\u00e9"\n}'),
    ({"a": 1.5, "b": "é", "c": [100.0, 2], "d": {}}, PRETTY[:-2] + b',\n  "d": {}\n}'),
    (
        {"a": 1.5, "b": "é", "c": [100.0, 2, {"x": []}]},
        PRETTY.replace(b"2\n  ]", b'2,\n    {\n      "x": []\n    }\n  ]'),
    ),
    ({"a": 1.5, "b": "é", "c": [2]}, PRETTY.replace(b"    1e2,\n", b"")),
    ({"a": 1.5, "b": "é", "c": [100.0]}, PRETTY.replace(b",\n    2", b"")),
    ({"a": 1.5, "b": "é", "c": []}, PRETTY[: PRETTY.index(b"[")] + b"[]\n}"),
    ({}, b"{}"),
]


@pytest.mark.parametrize(("new", "expected"), CASES)
def test_what_is_added_and_removed_in_a_pretty_file(new: JsonValue, expected: bytes) -> None:
    assert revise(PRETTY, new) == expected


@pytest.mark.parametrize(
    ("data", "new", "expected"),
    [
        (b'{"a":1}', {"a": 1, "b": [2]}, b'{"a":1,"b":[2]}'),
        (b'{"a": 1, "c": 2}', {"a": 1, "b": 3, "c": 2}, b'{"a": 1, "c": 2, "b": 3}'),
        (b"{}", {"a": 1}, b'{\n  "a": 1\n}'),
        (b'{"m":{}}', {"m": {"a": 1}}, b'{"m":{"a": 1}}'),
        (b'{\n\t"m": {}\n}', {"m": {"a": 1}}, b'{\n\t"m": {\n\t  "a": 1\n\t}\n}'),
        (b'{\r\n  "a": 1\r\n}', {"a": 2, "b": 3}, b'{\r\n  "a": 2,\r\n  "b": 3\r\n}'),
        (b"[ 1 , 2 , 3 ]", [1, 3], b"[ 1 , 3 ]"),
        (b"1", [1], b"[\n  1\n]"),
    ],
)
def test_what_is_added_looks_like_its_neighbours(
    data: bytes, new: JsonValue, expected: bytes
) -> None:
    assert revise(data, new) == expected


def test_one_and_one_point_nought_and_true_are_three() -> None:
    values: list[JsonValue] = [1, 1.0, True]
    for one in values:
        for other in values:
            assert same(one, other) == (one is other)
            assert same([{"a": one}], [{"a": other}]) == (one is other)
    assert revise(b'{"a": 1}', {"a": 1.0}) == b'{"a": 1.0}'
    assert revise(b'{"a": 1}', {"a": True}) == b'{"a": true}'


def test_a_key_that_stands_twice_counts_as_it_is_read() -> None:
    data = b'{"a": [1], "b": 0, "a": [1, 2]}'
    assert revise(data, {"a": [1, 2], "b": 0}) == data
    assert revise(data, {"a": [1, 2], "b": 1}) == b'{"a": [1], "b": 1, "a": [1, 2]}'
    assert revise(data, {"a": [1, 3], "b": 0}) == b'{"a": [1], "b": 0, "a": [1, 3]}'
    assert revise(data, {"b": 0}) == b'{"b": 0}'
    strings = b'{"a": "x\\"]}", "a": "xy", "b": {"]": "}"}, "b": 1}'
    assert revise(strings, {"a": "z", "b": 1}) == strings.replace(b'"xy"', b'"z"')


def test_escapes_in_keys_are_kept_and_understood() -> None:
    data = b'{"\\u0061\\"\\\\": 1, "b\\u003a": 2}'
    assert decoded(data) == {'a"\\': 1, "b:": 2}
    assert revise(data, {'a"\\': 1, "b:": 3}) == b'{"\\u0061\\"\\\\": 1, "b\\u003a": 3}'
    assert revise(data, {"b:": 2}) == b'{"b\\u003a": 2}'


def test_numbers_beyond_64_bits_are_kept() -> None:
    data = b'{"n": 123456789012345678901234567890, "x": 0}'
    assert revise(data, {**json.loads(data), "x": 1}) == data.replace(b'"x": 0', b'"x": 1')


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ({"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 3}),
        ({"a": 1}, {"a": 2}, {"a": 3}, {"a": 2}),
        ({"a": 1}, {}, {"a": 1, "b": 2}, {"b": 2}),
        ({"a": 1}, {}, {"a": None}, {"a": None}),
        ({"a": 1}, {"a": 1}, {}, {}),
        ({"a": 1}, {"a": 2}, {}, {"a": 2}),
        ({}, {"a": 1}, {"a": 2}, {"a": 1}),
        ({}, {"l": [1]}, {"l": [2, 3]}, {"l": [2, 3, 1]}),
        ({}, {"l": []}, {"l": [2]}, {"l": [2]}),
        ({}, {"m": {"t": 1}}, {"m": {"t": 2, "u": 3}}, {"m": {"t": 1, "u": 3}}),
        ({}, {"a": [1]}, {"a": 2}, {"a": [1]}),
        ({"l": [1]}, {"l": [1, 2]}, {"l": [1, 3]}, {"l": [1, 3, 2]}),
        ({"l": [1, 2]}, {"l": [9, 2]}, {"l": [1, 2, 3]}, {"l": [9, 2, 3]}),
        ({"l": [1, 2]}, {"l": [2]}, {"l": [1, 2, 3]}, {"l": [2, 3]}),
        ({"l": [1, 2]}, {"l": [1, 2, 3]}, {"l": []}, {"l": [3]}),
        (
            {"l": [{"x": 1, "y": 1}]},
            {"l": [{"x": 2, "y": 1}]},
            {"l": [{"x": 1, "y": 3}]},
            {"l": [{"x": 2, "y": 3}]},
        ),
        (
            {"m": {"t": "a"}},
            {"m": {"t": "b"}},
            {"m": {"t": "a", "u": 1}},
            {"m": {"t": "b", "u": 1}},
        ),
        (1, 2, [3], 2),
        ({"a": 1}, {"a": 1.0}, {"a": 1}, {"a": 1.0}),
    ],
)
def test_merge(base: JsonValue, ours: JsonValue, theirs: JsonValue, expected: JsonValue) -> None:
    assert same(merge(base, ours, theirs), expected)


@given(JSON, JSON)
def test_who_did_not_change_anything_does_not_matter(one: JsonValue, other: JsonValue) -> None:
    assert same(merge(one, one, other), other)
    assert merge(one, other, one) is not None or other is None or isinstance(other, dict | list)


@given(st.lists(TEXT), st.lists(TEXT), st.lists(TEXT))
def test_nothing_that_either_appended_is_lost(
    base: list[JsonValue], ours: list[JsonValue], theirs: list[JsonValue]
) -> None:
    assert merge(base, base + ours, base + theirs) == base + (theirs + ours if ours else theirs)


def test_a_long_string_and_a_deep_list_take_no_square_of_their_length() -> None:
    # which would run into the timeout that every test has
    text = 'say \\"so\\" ' * 500_000
    data = f'{{"text": "{text}", "text": "{text}!", "n": [{"[1]," * 100_000}1]}}'.encode()
    revised = revise(data, {**json.loads(data), "new": string.digits})
    assert revised == data[:-1] + b', "new": "0123456789"}'
