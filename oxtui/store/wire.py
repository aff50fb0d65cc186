"""The strict reading of a session file: what serde accepts, and nothing more.

msgspec does most of it at the speed of the disk. What serde refuses and msgspec does not is checked
here: a field that stands twice, numbers beyond 64 bits, nesting beyond 127, and text that is not
UTF-8 in fields that nobody reads.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, cast

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from oxtui.errors import UnreadableError
from oxtui.store.models import U64_MAX
from oxtui.store.timestamps import Timestamp

_DEEPEST: Final = 127
_CONTAINER: Final = (dict, list)

_Instant = Annotated[datetime, Meta(tz=True)]
_Count = Annotated[int, Meta(ge=0)]
_MaybeText = str | UnsetType | None


class WireMessage(Struct, gc=False):
    """A message of the user."""

    content: str
    timestamp: _Instant


class WireRange(Struct, gc=False):
    """The calls of a response."""

    start: _Count
    end: _Count


class WireResponse(Struct, gc=False):
    """An answer of the agent."""

    content: str
    timestamp: _Instant
    session_id: _MaybeText = UNSET
    seed_id: _MaybeText = UNSET
    phase_reached: _MaybeText = UNSET
    evaluation_passed: bool | UnsetType | None = UNSET
    trajectory_range: WireRange | UnsetType | None = UNSET


class WireStep(Struct):
    """A call of a tool."""

    tool_name: str
    tool_args: Any
    output_summary: str
    duration_ms: _Count
    is_error: bool
    tool_call_id: str
    timestamp: _Instant


class WireSession(Struct):
    """A session file; `parent_session_id` is unknown to the reference and so may be anything."""

    id: str
    user_id: str
    created_at: str
    updated_at: str
    user_messages: list[WireMessage] | UnsetType = UNSET
    agent_responses: list[WireResponse] | UnsetType = UNSET
    trajectory_steps: list[WireStep] | UnsetType = UNSET
    active_seed_id: _MaybeText = UNSET
    active_persona_id: _MaybeText = UNSET
    project_id: _MaybeText = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    reasoning_records: Any = UNSET
    parent_session_id: Any = UNSET


_DECODER: Final = msgspec.json.Decoder(WireSession)


def decode_wire(data: bytes) -> WireSession:
    """The session in `data`, if the reference reads it.

    Raises:
        UnreadableError: It does not; the message says why in a few words.
    """
    try:
        if not data.isascii():
            data.decode()
        wire = _DECODER.decode(data)
        _check_numbers(wire)
        if _lines_of(wire) != data.count(b"\n"):
            _check_repeated_fields(data)
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise UnreadableError(_reason(data, error)) from error
    except RecursionError:
        raise UnreadableError(f"nested more than {_DEEPEST} deep") from None
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


def _reason(data: bytes, error: Exception) -> str:
    if not data.strip(b" \t\r\n"):
        return "empty file"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    text = str(error)
    if text == "Input data was truncated":
        return f"cut off after {len(data)} bytes"
    return text.replace("JSON is malformed: ", "not JSON: ").replace(" - at `$.", " at `")


def _check_numbers(wire: WireSession) -> None:
    for response in wire.agent_responses or ():
        extent = response.trajectory_range
        if isinstance(extent, WireRange) and max(extent.start, extent.end) > U64_MAX:
            raise UnreadableError("agent_responses: a number beyond 64 bits in trajectory_range")
    for step in wire.trajectory_steps or ():
        if step.duration_ms > U64_MAX:
            raise UnreadableError("trajectory_steps: duration_ms beyond 64 bits")


# A field that stands twice is an error to serde and the last one wins in msgspec. Looking for it
# costs more than all the rest, so the file is first held against the number of lines that serde
# would give what was decoded: one more field is one more line.


def _lines_of(wire: WireSession) -> int:
    """How many line breaks serde's pretty printing has for this session."""
    return (
        _present(wire)
        + 1
        + _elements(wire.user_messages, 3, ())
        + sum(map(_lines_of_response, wire.agent_responses or ()))
        + _elements(wire.agent_responses, 0, ())
        + _elements(wire.trajectory_steps, 8, (s.tool_args for s in wire.trajectory_steps or ()))
        + _lines(wire.metadata, 2)
        + _lines(wire.reasoning_records, 2)
        + _lines(wire.parent_session_id, 2)
    )


def _present(wire: WireSession) -> int:
    return 4 + sum(
        value is not UNSET
        for value in (
            wire.user_messages,
            wire.agent_responses,
            wire.trajectory_steps,
            wire.active_seed_id,
            wire.active_persona_id,
            wire.project_id,
            wire.metadata,
            wire.reasoning_records,
            wire.parent_session_id,
        )
    )


def _elements(items: Sequence[object] | UnsetType, each: int, values: Iterable[object]) -> int:
    if not items:
        return 0
    return (each + 1) * len(items) + 1 + sum(_lines(v, 4) for v in values if type(v) in _CONTAINER)


def _lines_of_response(response: WireResponse) -> int:
    extent = response.trajectory_range
    return (
        3
        + (response.session_id is not UNSET)
        + (response.seed_id is not UNSET)
        + (response.phase_reached is not UNSET)
        + (response.evaluation_passed is not UNSET)
        + (extent is not UNSET)
        + (3 if isinstance(extent, WireRange) else 0)
    )


def _lines(value: object, depth: int) -> int:
    """The line breaks inside `value`, which stands in the `depth`-th container of the file."""
    if type(value) not in _CONTAINER:
        return 0
    if depth > _DEEPEST:
        raise UnreadableError(f"nested more than {_DEEPEST} deep")
    container = cast("dict[str, object] | list[object]", value)
    if not container:
        return 0
    inner = container.values() if isinstance(container, dict) else container
    return len(container) + 1 + sum(_lines(v, depth + 1) for v in inner if type(v) in _CONTAINER)


class _Object(dict[str, object]):
    """A JSON object that remembers which of its fields stood more than once."""

    repeated: frozenset[str]


def _object(pairs: list[tuple[str, object]]) -> _Object:
    made = _Object(pairs)
    names = [name for name, _ in pairs]
    made.repeated = (
        frozenset(n for n in names if names.count(n) > 1) if len(made) < len(names) else frozenset()
    )
    return made


def _check_repeated_fields(data: bytes) -> None:
    document = cast("_Object", json.loads(data, object_pairs_hook=_object))
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


_UNKNOWN_TO_THE_REFERENCE: Final = frozenset({"reasoning_records", "parent_session_id"})


def _refuse_repeated(item: _Object, kind: type[Struct], place: str) -> None:
    known = set(kind.__struct_fields__) - _UNKNOWN_TO_THE_REFERENCE
    if twice := sorted(item.repeated & known):
        raise UnreadableError(f"`{place}{twice[0]}` stands twice")
