"""Bytes of a session file to what a list shows of it.

The file is checked as strictly as the reference's serde does, without building models: this is what
a list of thousands costs.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import msgspec
from msgspec import Raw, UnsetType

from oxtui.store.summaries.glance import PlainSession, glance
from oxtui.store.values import PIN_KEY, SessionSummary, project_of
from oxtui.store.wire import WireSession, decode_session, instant

_TITLE_BYTES: Final = 60
_FAILED_TURN: Final = "⚠️"
_TEXT: Final = msgspec.json.Decoder(str)


def summarize(data: bytes) -> SessionSummary:
    """What a list shows of the session in the bytes of a file (`state_store.rs: list_sessions`).

    Raises:
        UnreadableError: The reference would not read it; the message says why.
    """
    seen = glance(data)
    return summarize_at_length(data) if seen is None else _summary(seen.session, seen.metadata)


def summarize_at_length(data: bytes) -> SessionSummary:
    """As `summarize`, without the short way that it goes through plain files."""
    wire = decode_session(data)
    return _summary(wire, wire.metadata or {})


def _summary(session: PlainSession | WireSession, metadata: Mapping[str, object]) -> SessionSummary:
    messages, responses = session.user_messages or (), session.agent_responses or ()
    title = metadata.get("title")
    if not isinstance(title, str):
        title = _opening(messages[0].content) if messages else None
    return SessionSummary(
        id=session.id,
        user_id=session.user_id,
        message_count=len(messages),
        title=title,
        active_seed_id=_text(session.active_seed_id),
        project_id=project_of(session.project_id, metadata),
        created_at=instant(session.created_at, "created_at"),
        updated_at=instant(session.updated_at, "updated_at"),
        parent_session_id=_parent(session.parent_session_id),
        pinned=metadata.get(PIN_KEY) is True,
        last_turn_failed=bool(responses) and _read(responses[-1].content).startswith(_FAILED_TURN),
    )


def _read(text: str | Raw) -> str:
    return text if isinstance(text, str) else _TEXT.decode(text)


def _opening(message: str | Raw) -> str:
    """The first line of a message, if need be cut."""
    # Rust's `lines` ends one at \n or \r\n, and nowhere else.
    line = _read(message).partition("\n")
    first = line[0].removesuffix("\r") if line[1] else line[0]
    encoded = first.encode()
    if len(encoded) <= _TITLE_BYTES:
        return first
    end = _TITLE_BYTES - 1
    while encoded[end] & 0xC0 == 0x80:  # in the middle of a character: its end is the boundary
        end += 1
        if end == len(encoded):
            break
    return encoded[:end].decode() + "…"


def _parent(value: Raw | UnsetType) -> str | None:
    """The session that started this one; the reference skips it, so it may be anything."""
    if isinstance(value, Raw):
        with suppress(msgspec.DecodeError):
            return _TEXT.decode(value)
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
