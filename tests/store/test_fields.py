"""A move, a title, a pin: they set their fields, and every other byte stays."""

import difflib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.errors import UnreadableError
from oxtui.store.codec import decode
from oxtui.store.fields import (
    FieldsChange,
    moved,
    moved_if_elsewhere,
    pinned,
    titled,
    with_fields,
)
from oxtui.store.summaries.summarize import summarize
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import PIN_KEY
from tests.conftest import PARITY
from tests.store.samples import FORMATS, WHEN, Plain, plain_session, pretty

CHANGES: dict[str, FieldsChange] = {
    "move": moved("p2"),
    "unfile": moved(None),
    "title": titled('new "title"\n'),
    "no title": titled(""),
    "pin": pinned(keep=True),
    "unpin": pinned(keep=False),
}

AWKWARD = (
    pretty(plain_session(from_the_future=[1], reasoning_records=[{"n": 5}]))
    .replace(b'"cost": 0.1', b'"cost": 0.10')
    .replace(b'"n": 5', b'"n": 1e999')  # no float holds it, and Oxios skips it
    .replace(b'"duration_ms": 41', b'"duration_ms": 18446744073709551615')
    .replace(b'"title": "', b'"n": 1E2, "caf\\u00e9": "\\/",\n    "title": "')
)


def lines_changed(before: bytes, after: bytes) -> set[str]:
    """The lines of `before` that are gone and of `after` that are new, trimmed."""
    differ = difflib.ndiff(before.decode().splitlines(), after.decode().splitlines())
    return {line[:1] + line[2:].strip() for line in differ if line[0] in "+-"}


def test_a_move_touches_the_project_and_the_time_only() -> None:
    after = with_fields(AWKWARD, moved("p2"))
    now = summarize(after).updated_at
    assert now > Timestamp.parse(WHEN)
    assert lines_changed(AWKWARD, after) == {
        '-"project_id": "p1",',
        '+"project_id": "p2",',
        f'-"updated_at": "{WHEN}",',
        f'+"updated_at": "{now}",',
    }


def test_a_title_and_a_pin_touch_the_metadata_only() -> None:
    after = with_fields(AWKWARD, titled("new"))
    assert lines_changed(AWKWARD, after) == {'-"title": "한국어 — title",', '+"title": "new",'}
    kept = with_fields(AWKWARD, pinned(keep=True))
    assert summarize(kept).pinned
    assert b"".join(kept.split()).replace(b',"oxtui.pinned":true', b"") == b"".join(AWKWARD.split())
    assert with_fields(kept, pinned(keep=False)) == AWKWARD


@pytest.mark.parametrize(
    ("data", "change"),
    [
        (AWKWARD, moved_if_elsewhere("p1")),
        (pretty(plain_session(project_id=None)), moved_if_elsewhere(None)),
        (
            pretty(plain_session(project_id=None, metadata={"project_ids": "q,r"})),
            moved_if_elsewhere("q"),
        ),
        (AWKWARD, titled("한국어 — title")),
        (AWKWARD, pinned(keep=False)),
        (pretty(plain_session(metadata={PIN_KEY: True})), pinned(keep=True)),
    ],
)
def test_what_is_so_already_changes_no_byte(data: bytes, change: FieldsChange) -> None:
    assert with_fields(data, change) is data


def test_a_pin_is_true_and_nothing_like_it() -> None:
    data = pretty(plain_session(metadata={PIN_KEY: 1}))
    assert not summarize(data).pinned
    assert summarize(with_fields(data, pinned(keep=True))).pinned


def test_moving_to_no_project_takes_the_legacy_keys_too() -> None:
    data = pretty(plain_session(metadata={"project_id": "p", "project_ids": "q,r", "title": "t"}))
    after = with_fields(data, moved(None))
    saved = json.loads(after)
    assert "project_id" not in saved
    assert saved["metadata"] == {"title": "t"}
    assert summarize(after).project_id is None


def test_null_is_no_project_and_stays() -> None:
    data = pretty(plain_session(project_id=None))
    saved = json.loads(with_fields(data, moved(None)))
    assert saved["project_id"] is None


STRICT = PARITY / "strict/store/sessions"


@pytest.mark.parametrize("name", sorted(path.name for path in STRICT.iterdir()))
def test_what_oxios_does_not_read_is_not_changed_either(name: str) -> None:
    content = (STRICT / name).read_bytes()
    try:
        decode(content)
    except UnreadableError:
        with pytest.raises(UnreadableError):
            with_fields(content, moved("p2"))
    else:
        assert decode(with_fields(content, moved("p2"))).project_id == "p2"


MAYBE_TEXT = st.none() | st.text(max_size=5)
METADATA = st.dictionaries(
    st.sampled_from(["title", "project_id", "project_ids", PIN_KEY, "compression", "café"]),
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3)),
)


@given(
    st.fixed_dictionaries({}, optional={"project_id": MAYBE_TEXT, "metadata": METADATA}),
    st.sampled_from(sorted(FORMATS)),
    st.sampled_from(sorted(CHANGES)),
)
def test_an_edit_of_fields_says_what_the_edit_of_a_model_says(
    fields: dict[str, Any], form: str, name: str
) -> None:
    plain = plain_session(**fields)
    before = FORMATS[form](plain)
    after = with_fields(before, CHANGES[name])
    decode(after)
    saved = json.loads(after)
    expected = expected_of(plain, name)
    if name in ("move", "unfile"):
        expected["updated_at"] = saved["updated_at"]
    assert saved == expected
    assert list(saved)[: len(plain)] == [key for key in plain if key in saved]
    untouched = msgspec.json.decode(before, type=dict[str, msgspec.Raw])
    for key, raw in msgspec.json.decode(after, type=dict[str, msgspec.Raw]).items():
        if key not in ("project_id", "metadata", "updated_at"):
            assert bytes(raw) == bytes(untouched[key])


def expected_of(plain: Plain, name: str) -> Plain:
    """The same on plain values."""
    after = json.loads(json.dumps(plain))
    metadata = after["metadata"]
    match name:
        case "move":
            after["project_id"] = "p2"
        case "unfile":
            if after["project_id"] is not None:
                del after["project_id"]
            metadata.pop("project_id", None)
            metadata.pop("project_ids", None)
        case "title":
            metadata["title"] = 'new "title"\n'
        case "no title":
            metadata.pop("title", None)
        case "pin":
            metadata[PIN_KEY] = True
        case _:
            metadata.pop(PIN_KEY, None)
    return after
