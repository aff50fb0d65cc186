"""Bytes of a session file to models, and back.

`decode` builds the models of one session, of a file that a list accepts. `encode` changes only the
bytes of what was changed.
"""

import json
from typing import cast

import msgspec
from pydantic import JsonValue, ValidationError

from oxtui.errors import UnreadableError
from oxtui.store.edits import merge, revise
from oxtui.store.models import AgentResponse, Session
from oxtui.store.wire import decode_session


def decode(data: bytes) -> Session:
    """The session in the bytes of a file, which remembers these bytes for a later `encode`.

    Raises:
        UnreadableError: The reference would not read it; the message says why.
    """
    decode_session(data)
    try:
        session = Session.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnreadableError(f"{place}: {first['msg']}" if place else first["msg"]) from error
    return session.loaded_from(data)


def encode(session: Session, onto: bytes | None = None) -> bytes:
    """The bytes of a session.

    One that was loaded is written as an edit of its file: what did not change keeps its bytes. One
    that was made in memory is written as serde does, with two spaces and no newline at the end.

    Args:
        session: What to write.
        onto: What the file holds by now, when that is not what the session was loaded from. What
            others changed in it stays.

    Raises:
        UnreadableError: The file holds a number where Oxios skips it that nobody could keep.
    """
    source = session.source
    if source is None:
        return json.dumps(_plain(session), indent=2, ensure_ascii=False).encode()
    then = Session.model_validate_json(source)
    target = source if onto is None else onto
    try:
        theirs = cast("JsonValue", msgspec.json.decode(target))
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableError(f"can't be changed without loss: {error}") from error
    now = _behind_calls_of(theirs, session, then)
    return revise(target, merge(_plain(then), _plain(now), theirs))


def _behind_calls_of(theirs: JsonValue, session: Session, then: Session) -> Session:
    """A session whose new answers have their calls where a merge puts them: behind those of others.

    Args:
        theirs: What the file holds by now.
        session: The session.
        then: As it was when it was loaded.
    """
    steps = theirs.get("trajectory_steps") if isinstance(theirs, dict) else None
    known, answered = len(then.trajectory_steps), len(then.agent_responses)
    by = len(steps) - known if isinstance(steps, list) else 0
    if not by:
        return session
    new = range(known, len(session.trajectory_steps) + 1)
    old, added = session.agent_responses[:answered], session.agent_responses[answered:]
    moved = [_moved(response, by, new) for response in added]
    return session.model_copy(update={"agent_responses": [*old, *moved]})


def _moved(response: AgentResponse, by: int, within: range) -> AgentResponse:
    calls = response.trajectory_range
    if calls is None or calls.start not in within or calls.end not in within:
        return response
    moved = calls.model_copy(update={"start": calls.start + by, "end": calls.end + by})
    return response.model_copy(update={"trajectory_range": moved})


def _plain(session: Session) -> JsonValue:
    return cast("JsonValue", session.model_dump(mode="json"))
