"""The short way through a session file, for its summary.

`oxtui.store.wire` makes a string of every text, which is most of what reading costs. Here the long
ones stay bytes that are checked all together. Only a plain file gets through: whatever surprises is
left to `wire`, which also says what is wrong. So this need not accept all that the reference does,
and must not accept what it does not.
"""

from codecs import utf_8_decode
from operator import attrgetter, itemgetter
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from oxtui.errors import UnreadableError
from oxtui.store.wire import MINUS_ZERO, Instant, MaybeText, strings_of_value

_Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_QUOTE: Final = ord('"')
_QUOTES: Final = frozenset({_QUOTE})
_FIRST: Final = itemgetter(0)
_CONTENT: Final = attrgetter("content")
_OUTPUT: Final = attrgetter("output_summary")
_ARGUMENTS: Final = attrgetter("tool_args")
_DURATION: Final = attrgetter("duration_ms")
_CHUNK: Final = 16_384
"""Bytes of text that are decoded at once: as much as stays in the cache, in UCS-4."""


class _Message(Struct, gc=False):
    content: Raw
    timestamp: Instant


class _Range(Struct, gc=False):
    start: _Count
    end: _Count


class _Response(Struct, gc=False):
    content: Raw
    timestamp: Instant
    session_id: MaybeText = UNSET
    seed_id: MaybeText = UNSET
    phase_reached: MaybeText = UNSET
    evaluation_passed: bool | UnsetType | None = UNSET
    trajectory_range: Raw | UnsetType = UNSET


class _Step(Struct, gc=False):
    tool_name: str
    tool_args: Raw
    output_summary: Raw
    duration_ms: _Count
    is_error: bool
    tool_call_id: str
    timestamp: Instant


class PlainSession(Struct, gc=False):
    """The fields of a `WireSession`, those with long texts in them as they stand in the file."""

    id: str
    user_id: str
    created_at: str
    updated_at: str
    user_messages: list[_Message] | UnsetType = UNSET
    agent_responses: list[_Response] | UnsetType = UNSET
    trajectory_steps: list[_Step] | UnsetType = UNSET
    active_seed_id: MaybeText = UNSET
    active_persona_id: MaybeText = UNSET
    project_id: MaybeText = UNSET
    metadata: Raw | UnsetType = UNSET
    reasoning_records: Raw | UnsetType = UNSET
    parent_session_id: Raw | UnsetType = UNSET


class Glance(NamedTuple):
    """What a look at a plain file shows: its session, and the metadata of that."""

    session: PlainSession
    metadata: dict[str, Any]


_DECODER: Final = msgspec.json.Decoder(PlainSession)
_METADATA: Final = msgspec.json.Decoder(dict[str, Any])
_RANGES: Final = msgspec.json.Decoder(list[_Range | None])
_VALUE: Final = msgspec.json.Decoder()


def glance(data: bytes) -> Glance | None:
    """The session in `data`, if that is plain and the reference reads it.

    The times at which it was created and updated are not looked at.
    """
    try:
        session = _DECODER.decode(data)
        metadata = {} if session.metadata is UNSET else _METADATA.decode(session.metadata)
        strings_of_value(metadata, 2)
        return Glance(session, metadata) if _is_sound(data, session) else None
    except (msgspec.DecodeError, UnicodeDecodeError, UnreadableError, RecursionError):
        return None


# What stays bytes has the syntax of JSON, and that is all that msgspec says of it. Of a field that
# stands twice it takes the last. But each quotation mark of a file belongs to a key or a string
# that was read, and these are counted, or it is within what stayed bytes. If there are more, they
# belong to a field too many; or to an escape in one of the strings, which is surprise enough.


def _is_sound(data: bytes, session: PlainSession) -> bool:
    responses, steps = session.agent_responses or (), session.trajectory_steps or ()
    extents = [r.trajectory_range for r in responses if r.trajectory_range is not UNSET]
    ranges = b",".join(extents)
    if b"-" in ranges or (0 in map(_DURATION, steps) and MINUS_ZERO.search(data)):
        return False  # msgspec has a -0 as 0
    _RANGES.decode(b"[" + ranges + b"]")
    parts = _texts(session)
    if not _QUOTES.issuperset(map(_FIRST, parts)):
        return False
    arguments = list(map(bytes, map(_ARGUMENTS, steps)))
    if not _QUOTES.issuperset(map(_FIRST, arguments)):
        for argument in arguments:
            if argument[0] != _QUOTE:
                strings_of_value(_VALUE.decode(argument), 4)
    parts += arguments
    for value in (session.metadata, session.reasoning_records, session.parent_session_id):
        if value is not UNSET:
            parts.append(value)
    unread = b"".join(parts)
    quotes = data.count(b'"') - unread.count(b'"')
    strings = _strings_of(session) + 3 * len(extents) - 2 * ranges.count(b"null")
    return quotes == 2 * strings and _is_utf8(unread)


def _texts(session: PlainSession) -> list[bytes]:
    """What must be strings; each begins with its first byte, since nothing stands before it."""
    texts: list[Raw] = [*map(_CONTENT, session.user_messages or ())]
    texts += map(_CONTENT, session.agent_responses or ())
    texts += map(_OUTPUT, session.trajectory_steps or ())
    return list(map(bytes, texts))


def _strings_of(session: PlainSession) -> int:
    """The keys of a session but for its ranges, and the strings that were read of it."""
    strings = 8
    for text in (session.active_seed_id, session.active_persona_id, session.project_id):
        if text is not UNSET:
            strings += 1 if text is None else 2
    for value in (
        session.user_messages,
        session.agent_responses,
        session.trajectory_steps,
        session.metadata,
        session.reasoning_records,
        session.parent_session_id,
    ):
        strings += value is not UNSET
    strings += 3 * len(session.user_messages or ()) + 10 * len(session.trajectory_steps or ())
    for response in session.agent_responses or ():
        strings += 3 + (response.evaluation_passed is not UNSET)
        for text in (response.session_id, response.seed_id, response.phase_reached):
            if text is not UNSET:
                strings += 1 if text is None else 2
    return strings


def _is_utf8(text: bytes) -> bool:
    """True.

    Raises:
        UnicodeDecodeError: It is not.
    """
    at = 0
    while at < len(text):
        part = text[at : at + _CHUNK]
        ends = at + len(part) == len(text)
        at += len(part) if part.isascii() else utf_8_decode(part, "strict", ends)[1]
    return True
