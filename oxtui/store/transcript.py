"""A session as it is read, not written: what was said, thought, called and answered.

Building the models of a session of 50 MB takes a second. This takes little more than finding where
its records are, and none of its steps is long: other threads get their turn in between.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, Struct

from oxtui.errors import UnreadableError
from oxtui.store.regular_files import LARGEST, check_size, open_regular
from oxtui.store.summaries.entries import FileIdentity
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import ReasoningRecord
from oxtui.store.wire import decode_session, reasoning_of

_NO_LIST: Final = Raw(b"[]")
_PART: Final = 200
_Kind = TypeVar("_Kind")


class LoadStopped(Exception):  # noqa: N818 - nothing went wrong
    """Nobody waits for the transcript any more."""


class Record(Struct, frozen=True, gc=False):
    """A record of a file.

    Attributes:
        source: The JSON that it was read from, with the fields that nobody knows.
    """

    source: Raw


class Said(Record, frozen=True, gc=False):
    """A message of the user."""

    content: str
    timestamp: Timestamp


class Extent(Struct, frozen=True, gc=False):
    """Which of a transcript's calls belong to an answer; `end` is exclusive."""

    start: int
    end: int


class Answered(Record, frozen=True, gc=False):
    """What the agent answered."""

    content: str
    timestamp: Timestamp
    trajectory_range: Extent | None


class Called(Record, frozen=True, gc=False):
    """A call of a tool. Its time orders nothing, so microseconds do."""

    tool_name: str
    tool_args: object
    output_summary: str
    duration_ms: int
    is_error: bool
    timestamp: datetime


class Transcript(Struct, frozen=True):
    """What happened in a session, under the names that its file has for it."""

    user_messages: list[Said]
    agent_responses: list[Answered]
    trajectory_steps: list[Called]
    reasoning_records: list[ReasoningRecord]


def load_transcript(
    path: Path, checked: FileIdentity | None = None, stopped: Event | None = None
) -> Transcript | None:
    """The transcript in a session's file; None if there is no such file.

    Args:
        path: The file.
        checked: The state of the file in which it was found to be one that Oxios reads. Another
            state is checked here.
        stopped: Ends it when set; for a thread.

    Raises:
        UnreadableError: It is not one that Oxios reads; the message says why.
        LoadStopped: `stopped` was set.
    """
    try:
        with open(path, "rb", opener=open_regular) as file:
            status = os.fstat(file.fileno())
            check_size(status.st_size)
            data = file.read(LARGEST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableError(f"{path} can't be read: {error.strerror}.") from error
    is_checked = FileIdentity.of(status) == checked and len(data) == status.st_size
    return transcript(data, is_checked=is_checked, stopped=stopped)


def transcript(
    data: bytes, *, is_checked: bool = False, stopped: Event | None = None
) -> Transcript:
    """The transcript in the bytes of a session's file.

    Args:
        data: The bytes, which no record keeps.
        is_checked: Whether they are known to be of a session that Oxios reads.
        stopped: Ends it when set; for a thread.

    Raises:
        UnreadableError: Oxios would not read them; the message says why.
        LoadStopped: `stopped` was set.
    """
    if not is_checked:
        decode_session(data)
    try:
        return _read(data, stopped or Event())
    except (ValueError, RecursionError) as error:
        decode_session(data)
        raise UnreadableError(str(error)) from error


class _Message(Struct, gc=False):
    content: str
    timestamp: str


class _Response(_Message, gc=False):
    trajectory_range: Extent | None = None


class _Step(Struct, gc=False):
    tool_name: str
    tool_args: Any
    output_summary: str
    duration_ms: int
    is_error: bool
    timestamp: Annotated[datetime, Meta(tz=True)]


_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_ITEMS: Final = msgspec.json.Decoder(list[Raw])
_MESSAGE: Final = msgspec.json.Decoder(_Message)
_RESPONSE: Final = msgspec.json.Decoder(_Response)
_STEP: Final = msgspec.json.Decoder(_Step)


# One record after the other, since a thread that is inside of msgspec stops all others. Each is
# made of a copy of its source: a view would keep its whole file, and what is shown of a session
# that grows comes from as many states of its file as it has turns.


def _read(data: bytes, stopped: Event) -> Transcript:
    fields = _FIELDS.decode(data)

    def records(name: str, read: Callable[[Raw], _Kind]) -> list[_Kind]:
        made: list[_Kind] = []
        for part in _parts(_ITEMS.decode(fields.get(name, _NO_LIST))):
            if stopped.is_set():
                raise LoadStopped
            made += (read(source.copy()) for source in part)
        return made

    return Transcript(
        records("user_messages", _said),
        records("agent_responses", _answered),
        records("trajectory_steps", _called),
        list(reasoning_of(fields.get("reasoning_records", UNSET))),
    )


def _parts(sources: Sequence[Raw]) -> Iterable[Sequence[Raw]]:
    return (sources[at : at + _PART] for at in range(0, len(sources), _PART))


def _said(source: Raw) -> Said:
    message = _MESSAGE.decode(source)
    return Said(source, message.content, Timestamp.parse(message.timestamp))


def _answered(source: Raw) -> Answered:
    response = _RESPONSE.decode(source)
    time = Timestamp.parse(response.timestamp)
    return Answered(source, response.content, time, response.trajectory_range)


def _called(source: Raw) -> Called:
    step = _STEP.decode(source)
    return Called(
        source,
        step.tool_name,
        step.tool_args,
        step.output_summary,
        step.duration_ms,
        step.is_error,
        step.timestamp,
    )
