"""The strict reading of a session file: what serde accepts, and nothing more.

msgspec does most of it at the speed of the disk. What serde refuses and msgspec does not is checked
here: a field that stands twice, numbers beyond 64 bits, a count of -0, integers beyond a double in
fields of any shape, nesting beyond 127, and text that is not UTF-8 in fields that nobody reads.

One thing serde accepts and this does not: a field that it skips, nested deeper than Python's stack.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Final, cast

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from oxtui.errors import UnreadableError
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import U64_MAX, ReasoningRecord

MINUS_ZERO: Final = re.compile(rb"-0[ \t\r\n,}\]]")
"""What a -0 looks like, among other things; serde has a float there and msgspec an integer."""

_DEEPEST: Final = 127
_BEYOND_DOUBLE: Final = 2**1024 - 2**970  # the first integer that rounds to no finite double
_LONE_SURROGATE: Final = re.compile(
    rb"(?:[^\\]++|\\[^u]|\\u[dD][89abAB]..\\u[dD][c-fC-F]|\\u(?![dD][89a-fA-F]))*+(\\u[dD]..)(?=.)",
    re.DOTALL,
)
_OPEN_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+\\?\Z', re.DOTALL)
_CONTAINER: Final = (dict, list)

Instant = Annotated[datetime, Meta(tz=True)]
_Count = Annotated[int, Meta(ge=0)]
MaybeText = str | UnsetType | None


class WireMessage(Struct, gc=False):
    """A message of the user."""

    content: str
    timestamp: Instant


class WireRange(Struct, gc=False):
    """The calls of a response."""

    start: _Count
    end: _Count


class WireResponse(Struct, gc=False):
    """An answer of the agent."""

    content: str
    timestamp: Instant
    session_id: MaybeText = UNSET
    seed_id: MaybeText = UNSET
    phase_reached: MaybeText = UNSET
    evaluation_passed: bool | UnsetType | None = UNSET
    trajectory_range: WireRange | UnsetType | None = UNSET


class WireStep(Struct, gc=False):
    """A call of a tool."""

    tool_name: str
    tool_args: Any
    output_summary: str
    duration_ms: _Count
    is_error: bool
    tool_call_id: str
    timestamp: Instant


class WireSession(Struct, gc=False):
    """A session file.

    `reasoning_records` and `parent_session_id` are unknown to the reference and may be anything.
    """

    id: str
    user_id: str
    created_at: str
    updated_at: str
    user_messages: list[WireMessage] | UnsetType = UNSET
    agent_responses: list[WireResponse] | UnsetType = UNSET
    trajectory_steps: list[WireStep] | UnsetType = UNSET
    active_seed_id: MaybeText = UNSET
    active_persona_id: MaybeText = UNSET
    project_id: MaybeText = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    reasoning_records: Raw | UnsetType = UNSET
    parent_session_id: Raw | UnsetType = UNSET


class _RangeAsWritten(Struct, gc=False):
    start: Raw
    end: Raw


class _ResponseAsWritten(Struct, gc=False):
    trajectory_range: _RangeAsWritten | UnsetType | None = UNSET


class _StepAsWritten(Struct, gc=False):
    duration_ms: Raw


class _CountsAsWritten(Struct, gc=False):
    """The counts of a session file, with their signs."""

    agent_responses: list[_ResponseAsWritten] | UnsetType = UNSET
    trajectory_steps: list[_StepAsWritten] | UnsetType = UNSET


_UNKNOWN_TO_THE_REFERENCE: Final = frozenset({"reasoning_records", "parent_session_id"})
_DECODER: Final = msgspec.json.Decoder(WireSession)
_COUNTS: Final = msgspec.json.Decoder(_CountsAsWritten)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_ITEMS: Final = msgspec.json.Decoder(list[Raw])
_REASONING: Final = msgspec.json.Decoder(ReasoningRecord)


def decode_session(data: bytes) -> WireSession:
    """The session in `data`, if the reference reads it.

    Raises:
        UnreadableError: It does not; the message says why in a few words.
    """
    try:
        wire = _DECODER.decode(data)
        if MINUS_ZERO.search(data):
            _check_signs(data)
        surplus = _strings_in(data) - _strings_of(wire)
        if surplus and surplus != _strings_in_unknown_fields(data):
            _check_repeated_fields(data)
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise UnreadableError(_reason(data, error)) from error
    except RecursionError:
        raise UnreadableError(f"nested more than {_DEEPEST} deep") from None
    instant(wire.created_at, "created_at")
    instant(wire.updated_at, "updated_at")
    return wire


def instant(text: str, field: str) -> Timestamp:
    """The timestamp of a field of the session.

    Raises:
        UnreadableError: It is none.
    """
    try:
        return Timestamp.parse(text)
    except ValueError as error:
        raise UnreadableError(f"{field}: {error}") from error


def reasoning_of(records: Raw | UnsetType) -> Iterator[ReasoningRecord]:
    """The `reasoning_records` of a session that have a known shape; the reference reads none."""
    if not isinstance(records, Raw):
        return
    with suppress(msgspec.DecodeError):
        for each in _ITEMS.decode(records):
            with suppress(msgspec.DecodeError):
                yield _REASONING.decode(each)


def _check_signs(data: bytes) -> None:
    counts = _COUNTS.decode(data)
    for response in counts.agent_responses or ():
        extent = response.trajectory_range
        if isinstance(extent, _RangeAsWritten):
            _check_sign(extent.start, "agent_responses")
            _check_sign(extent.end, "agent_responses")
    for step in counts.trajectory_steps or ():
        _check_sign(step.duration_ms, "trajectory_steps")


def _check_sign(count: Raw, field: str) -> None:
    if bytes(count).startswith(b"-"):
        raise UnreadableError(f"-0 instead of 0 at `{field}`")


def _reason(data: bytes, error: Exception) -> str:
    if not data.strip(b" \t\r\n"):
        return "empty file"
    try:
        text = data.decode()
    except UnicodeDecodeError as not_utf8:
        return f"not UTF-8 at byte {not_utf8.start}"
    if lone := _LONE_SURROGATE.match(data):
        return f"half of a character (a lone surrogate) at byte {lone.start(1)}"
    try:
        json.loads(text)
    except json.JSONDecodeError as malformed:
        if malformed.pos >= len(text.rstrip()) or _OPEN_STRING.match(text, malformed.pos):
            return f"cut off after {len(data)} bytes"
        return f"not JSON at line {malformed.lineno}, column {malformed.colno}"
    except (RecursionError, ValueError):
        return f"nested more than {_DEEPEST} deep, or a number of thousands of digits in it"
    return str(error).replace(" - at `$.", " at `")


# A field that stands twice is an error to serde, and the last one wins in msgspec. Looking for one
# costs more than all the rest, so first the strings of the file are counted, keys included: however
# it is formatted, it has as many as the fields that were read take, or else a field too many.


def _strings_in(data: bytes) -> int:
    escaped = data.replace(rb"\\", b"").count(rb"\"")  # a backslash that is escaped escapes none
    return (data.count(b'"') - escaped) // 2


def _strings_of(wire: WireSession) -> int:
    """How many strings the fields of a session take; refuses values that serde would."""
    lists = (wire.user_messages, wire.agent_responses, wire.trajectory_steps)
    return (
        8
        + sum(map(_strings_of_maybe, (wire.active_seed_id, wire.active_persona_id)))
        + _strings_of_maybe(wire.project_id)
        + sum(each is not UNSET for each in lists)
        + 4 * len(wire.user_messages or ())
        + sum(map(_strings_of_response, wire.agent_responses or ()))
        + _strings_of_steps(wire.trajectory_steps or ())
        + (0 if wire.metadata is UNSET else 1 + strings_of_value(wire.metadata, 2))
        + _strings_of_unknown(wire.reasoning_records)
        + _strings_of_unknown(wire.parent_session_id)
    )


def _strings_of_maybe(text: MaybeText) -> int:
    return 0 if text is UNSET else 1 if text is None else 2


def _strings_of_response(response: WireResponse) -> int:
    strings = 4 + (response.evaluation_passed is not UNSET)
    for text in (response.session_id, response.seed_id, response.phase_reached):
        if text is not UNSET:
            strings += 1 if text is None else 2
    extent = response.trajectory_range
    if isinstance(extent, WireRange):
        if max(extent.start, extent.end) > U64_MAX:
            raise UnreadableError("a number beyond 64 bits at `agent_responses`")
        return strings + 3
    return strings + (extent is None)


def _strings_of_steps(steps: Sequence[WireStep]) -> int:
    # Nearly all have arguments of one string; thousands of others cost a little more.
    other = [s for s in steps if type(s.tool_args) is not str or s.duration_ms > U64_MAX]
    return 12 * len(steps) + sum(strings_of_value(_arguments(s), 4) - 1 for s in other)


def _arguments(step: WireStep) -> object:
    if step.duration_ms > U64_MAX:
        raise UnreadableError("a number beyond 64 bits at `trajectory_steps`")
    return step.tool_args


def strings_of_value(value: object, depth: int) -> int:
    """The strings in `value`, which stands in the `depth`-th container of the file.

    Raises:
        UnreadableError: The reference would not read it.
    """
    if type(value) not in _CONTAINER:
        if type(value) is int:
            _check_magnitude(value)
        return int(type(value) is str)
    if depth > _DEEPEST:
        raise UnreadableError(f"nested more than {_DEEPEST} deep")
    container = cast("dict[str, object] | list[object]", value)
    strings, inner = 0, container
    if type(container) is dict:
        strings, inner = len(container), container.values()
    for each in inner:
        kind = type(each)
        if kind is str:
            strings += 1
        elif kind in _CONTAINER:
            strings += strings_of_value(each, depth + 1)
        elif kind is int:
            _check_magnitude(cast("int", each))
    return strings


def _check_magnitude(number: int) -> None:
    if abs(number) >= _BEYOND_DOUBLE:
        raise UnreadableError("a number beyond the range of a double")


def _strings_of_unknown(value: Raw | UnsetType) -> int:
    """The strings of a field that the reference skips, which must be UTF-8 all the same."""
    if value is UNSET:
        return 0
    data = bytes(value)
    data.decode()
    return 1 + _strings_in(data)


def _strings_in_unknown_fields(data: bytes) -> int:
    data.decode()
    return sum(
        _strings_of_unknown(value)
        for name, value in _FIELDS.decode(data).items()
        if name not in WireSession.__struct_fields__
    )


class _Object(dict[str, object]):
    """A JSON object that remembers which of its fields stood more than once."""

    repeated: frozenset[str]


def _object(pairs: list[tuple[str, object]]) -> _Object:
    made = _Object(pairs)
    made.repeated = frozenset(_repeated(pairs) if len(made) < len(pairs) else ())
    return made


def _repeated(pairs: list[tuple[str, object]]) -> Iterable[str]:
    return (name for name, times in Counter(name for name, _ in pairs).items() if times > 1)


def _check_repeated_fields(data: bytes) -> None:
    # Numbers stay text: Python refuses to read one of 5,000 digits.
    read = json.loads(data, object_pairs_hook=_object, parse_int=str, parse_float=str)
    document = cast("_Object", read)
    _refuse_repeated(document, WireSession, "")
    for field, kind in (
        ("user_messages", WireMessage),
        ("agent_responses", WireResponse),
        ("trajectory_steps", WireStep),
    ):
        for number, item in enumerate(cast("list[_Object]", document.get(field, []))):
            _refuse_repeated(item, kind, f"{field}[{number}].")
            extent = item.get("trajectory_range")
            if kind is WireResponse and isinstance(extent, _Object):
                _refuse_repeated(extent, WireRange, f"{field}[{number}].trajectory_range.")


def _refuse_repeated(item: _Object, kind: type[Struct], place: str) -> None:
    known = set(kind.__struct_fields__) - _UNKNOWN_TO_THE_REFERENCE
    if twice := sorted(item.repeated & known):
        raise UnreadableError(f"`{place}{twice[0]}` stands twice")
