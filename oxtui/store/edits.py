"""Edits of JSON that leave every other byte alone.

`merge` says what a document should hold, `revise` makes its bytes hold that. Neither knows anything
about sessions.
"""

import json
import re
from collections.abc import Mapping
from itertools import takewhile
from typing import Final, NamedTuple, cast

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import JsonValue

_QUOTE: Final = 0x22
_SPACE: Final = re.compile(rb"[ \t\r\n]*")
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_LABEL: Final = re.compile(
    rb'[ \t\r\n]*(("[^"\\]*+(?:\\.[^"\\]*+)*+")[ \t\r\n]*:[ \t\r\n]*)'
)  # a key and its colon, the space before them not counted
_SCALAR: Final = re.compile(rb"[^\s,\]}]+")
_BETWEEN_BRACKETS: Final = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+')

_Object = dict[str, JsonValue]
_Array = list[JsonValue]

Members = Mapping[str, JsonValue | UnsetType]
"""New values of some members of an object; UNSET takes one out."""


def merge(base: JsonValue, ours: JsonValue, theirs: JsonValue) -> JsonValue:
    """What a document should hold after we changed `base` to `ours`, and it became `theirs`.

    Our changes win where both touched the same value; everything else is theirs. Where we only
    appended to a list, that is appended to theirs, also where `base` left it out as empty.
    """
    if same(base, ours):
        return theirs
    if isinstance(base, dict) and isinstance(ours, dict) and isinstance(theirs, dict):
        return _merge_objects(base, ours, theirs)
    if isinstance(base, list) and isinstance(ours, list) and isinstance(theirs, list):
        return _merge_lists(base, ours, theirs)
    return ours


def _merge_lists(base: _Array, ours: _Array, theirs: _Array) -> _Array:
    known = len(base)
    if len(ours) < known:
        return [*ours, *theirs[known:]]
    if len(theirs) < known:
        return [*theirs, *ours[known:]]
    changed = [merge(b, o, t) for b, o, t in zip(base, ours, theirs, strict=False)]
    return [*changed, *theirs[known:], *ours[known:]]


def _merge_objects(base: _Object, ours: _Object, theirs: _Object) -> _Object:
    merged = dict(theirs)
    for key in base.keys() - ours.keys():
        # Absent and null are the same: what we left out may be null already.
        if merged.get(key) is not None:
            del merged[key]
    for key, value in ours.items():
        if key in theirs:
            merged[key] = merge(base.get(key, _empty_like(value)), value, theirs[key])
        elif key not in base or not same(base[key], value):
            merged[key] = value
    return merged


def _empty_like(value: JsonValue) -> JsonValue:
    """What an absent value stands for: a list or an object that is empty may be left out."""
    return [] if isinstance(value, list) else {} if isinstance(value, dict) else None


def same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are the same JSON; 1, 1.0 and true are three."""
    if one != other or type(one) is not type(other):
        return False
    if isinstance(one, dict):
        peer = cast("_Object", other)
        return all(same(value, peer[key]) for key, value in one.items())
    if isinstance(one, list):
        return all(map(same, one, cast("list[JsonValue]", other)))
    return True


def revise(data: bytes, new: JsonValue) -> bytes:
    """The smallest edit of the JSON document `data` that makes it hold `new`.

    What is equal in both keeps its bytes: its order, its white space, how its numbers and strings
    are written. What is added looks like its neighbours.
    """
    start, end = _extent(data)
    return data[:start] + _revise(data[start:end], new, b"\n") + data[end:]


def revise_members(data: bytes, members: Members) -> bytes:
    """As `revise`, for some members of the object `data`; the others are not even looked into."""
    if not members:
        return data
    start, end = _extent(data)
    content = _revised_members(_members(data[start:end]), members, b"\n")
    return data[:start] + b"{" + _joined(content) + b"}" + data[end:]


def _extent(data: bytes) -> tuple[int, int]:
    return _skip(data, 0), len(data.rstrip(b" \t\r\n"))


class _Item(NamedTuple):
    """A member of an object or an element of an array, as its bytes lie in the file.

    Attributes:
        lead: White space before it.
        label: The key and the colon, with the space around it; empty in an array.
        value: The value.
        trail: White space between it and the comma.
    """

    lead: bytes
    label: bytes
    value: bytes
    trail: bytes = b""

    def key(self) -> str:
        return _key(self.label[: self.label.rindex(b'"') + 1])


def _key(written: bytes) -> str:
    """The key that is written so, between its quotes."""
    return msgspec.json.decode(written, type=str)


class _Container(NamedTuple):
    """What lies between two brackets; `tail` is the white space before the closing one."""

    items: list[_Item]
    tail: bytes


def _revise(raw: bytes, new: JsonValue, lead: bytes) -> bytes:
    old = cast("JsonValue", msgspec.json.decode(raw))
    if same(old, new):
        return raw
    if isinstance(old, dict) and isinstance(new, dict):
        return b"{" + _joined(_revised_members(_members(raw), _difference(old, new), lead)) + b"}"
    if isinstance(old, list) and isinstance(new, list):
        return b"[" + _joined(_revised_elements(_elements(raw), old, new, lead)) + b"]"
    return _written(new, lead)


def _difference(old: _Object, new: _Object) -> Members:
    changed: dict[str, JsonValue | UnsetType] = {
        key: value for key, value in new.items() if key not in old or not same(old[key], value)
    }
    return changed | dict.fromkeys(old.keys() - new.keys(), UNSET)


def _revised_members(before: _Container, members: Members, lead: bytes) -> _Container:
    keys = [item.key() for item in before.items]
    in_force = dict(zip(keys, before.items, strict=True))  # the last one, if a key stands twice
    kept: list[_Item] = []
    for key, item in zip(keys, before.items, strict=True):
        if key not in members:
            kept.append(item)
            continue
        new = members[key]
        if new is not UNSET:
            changed = item is in_force[key]
            value = _revise(item.value, new, item.lead) if changed else item.value
            kept.append(item._replace(value=value))
    inner = _lead_of_added(before.items, lead)
    colon = b": " if b"\n" in inner or not kept else b":" + kept[-1].label.rpartition(b":")[2]
    added = [
        _Item(inner, json.dumps(key, ensure_ascii=False).encode() + colon, _written(value, inner))
        for key, value in members.items()
        if key not in in_force and value is not UNSET
    ]
    return _Container(_led(kept + added, before), _tail(before, lead))


def _revised_elements(before: _Container, old: _Array, new: _Array, lead: bytes) -> _Container:
    """Elements that are the same at the start and at the end are kept, those between revised."""
    start = _same_at_start(old, new)
    ending = _same_at_start(old[start:][::-1], new[start:][::-1])
    inner = _lead_of_added(before.items, lead)
    items, last = before.items, len(old) - ending
    between = new[start : len(new) - ending]
    revised = [
        item._replace(value=_revise(item.value, value, item.lead))
        for item, value in zip(items[start:last], between, strict=False)
    ]
    added = [_Item(inner, b"", _written(value, inner)) for value in between[len(revised) :]]
    after = [*items[:start], *revised, *added, *items[last:]]
    return _Container(_led(after, before), _tail(before, lead))


def _lead_of_added(items: list[_Item], lead: bytes) -> bytes:
    """The white space before what is added: as before the others, which may not be as the first."""
    if not items:
        return _deeper(lead)
    if len(items) > 1 or b"\n" in items[0].lead:
        return items[-1].lead
    return b" " if items[0].label.endswith(b" ") else b""


def _led(items: list[_Item], before: _Container) -> list[_Item]:
    """Items with the white space before the first one where it was, whichever is the first now."""
    if not items or not before.items:
        return items
    return [items[0]._replace(lead=before.items[0].lead), *items[1:]]


def _same_at_start(one: _Array, other: _Array) -> int:
    return sum(1 for _ in takewhile(lambda pair: same(*pair), zip(one, other, strict=False)))


def _joined(content: _Container) -> bytes:
    if not content.items:
        return b""
    return b",".join(b"".join(item) for item in content.items) + content.tail


def _tail(before: _Container, lead: bytes) -> bytes:
    if before.items:
        return before.tail
    return lead if b"\n" in lead else b""


def _deeper(lead: bytes) -> bytes:
    return lead + b"  " if b"\n" in lead else lead


def _written(value: JsonValue, lead: bytes) -> bytes:
    """A value that is new in the file, indented as deep as `lead` is."""
    if b"\n" not in lead:
        return json.dumps(value, ensure_ascii=False).encode()
    lines = json.dumps(value, indent=2, ensure_ascii=False).encode().split(b"\n")
    return (b"\n" + lead.rpartition(b"\n")[2]).join(lines)


def _members(raw: bytes) -> _Container:
    values = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    items: list[_Item] = []
    position, end = 1, len(raw) - 1
    while label := _LABEL.match(raw, position, end):
        start, value_start = label.start(1), label.end()
        likely = bytes(values[_key(label[2])])
        value = _value_at(raw, value_start, likely)
        comma = _skip(raw, value_start + len(value))
        trail = raw[value_start + len(value) : comma]
        items.append(_Item(raw[position:start], raw[start:value_start], value, trail))
        position = comma + 1
    return _contained(items)


def _elements(raw: bytes) -> _Container:
    items: list[_Item] = []
    position = 1
    for each in msgspec.json.decode(raw, type=list[msgspec.Raw]):
        value = bytes(each)
        start = _skip(raw, position)
        comma = _skip(raw, start + len(value))
        items.append(_Item(raw[position:start], b"", value, raw[start + len(value) : comma]))
        position = comma + 1
    return _contained(items)


def _contained(items: list[_Item]) -> _Container:
    """The white space before a closing bracket stays there, whichever item is the last one then."""
    if not items:
        return _Container(items, b"")
    *others, last = items
    return _Container([*others, last._replace(trail=b"")], last.trail)


def _value_at(raw: bytes, start: int, likely: bytes) -> bytes:
    """The value that starts at `start`: `likely`, unless its key stands more than once."""
    if raw[start] not in b'"[{':
        return cast("re.Match[bytes]", _SCALAR.match(raw, start))[0]
    if raw.startswith(likely, start):
        return likely
    if raw[start] == _QUOTE:
        return cast("re.Match[bytes]", _STRING.match(raw, start))[0]
    depth, position = 0, start
    while True:
        position = cast("re.Match[bytes]", _BETWEEN_BRACKETS.match(raw, position)).end()
        depth += 1 if raw[position] in b"[{" else -1
        position += 1
        if depth == 0:
            return raw[start:position]


def _skip(raw: bytes, position: int) -> int:
    return cast("re.Match[bytes]", _SPACE.match(raw, position)).end()
