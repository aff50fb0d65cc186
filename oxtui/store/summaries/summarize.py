"""Bytes of a session file to what a list shows of it.

The file is checked as strictly as the reference's serde does, without building models: this is what
a list of thousands costs.
"""

from contextlib import suppress
from typing import Final

import msgspec

from oxtui.store.values import PIN_KEY, SessionSummary, project_of
from oxtui.store.wire import WireSession, decode_wire, instant

_TITLE_BYTES: Final = 60
_FAILED_TURN: Final = "⚠️"


def summarize(data: bytes) -> SessionSummary:
    """What a list shows of the session in the bytes of a file (`state_store.rs: list_sessions`).

    Raises:
        UnreadableError: The reference would not read it; the message says why.
    """
    wire = decode_wire(data)
    responses = wire.agent_responses or ()
    return SessionSummary(
        id=wire.id,
        user_id=wire.user_id,
        message_count=len(wire.user_messages or ()),
        title=_title(wire),
        active_seed_id=_text(wire.active_seed_id),
        project_id=project_of(wire.project_id, wire.metadata or {}),
        created_at=instant(wire.created_at, "created_at"),
        updated_at=instant(wire.updated_at, "updated_at"),
        parent_session_id=_parent(wire),
        pinned=_metadata(wire, PIN_KEY) is True,
        last_turn_failed=bool(responses) and responses[-1].content.startswith(_FAILED_TURN),
    )


def _metadata(wire: WireSession, key: str) -> object:
    return wire.metadata.get(key) if wire.metadata else None


def _title(wire: WireSession) -> str | None:
    title = _metadata(wire, "title")
    if isinstance(title, str):
        return title
    if not wire.user_messages:
        return None
    # Rust's `lines` ends one at \n or \r\n, and nowhere else.
    line = wire.user_messages[0].content.partition("\n")
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


def _parent(wire: WireSession) -> str | None:
    """The session that started this one; the reference skips it, so it may be anything."""
    if isinstance(wire.parent_session_id, msgspec.Raw):
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(wire.parent_session_id, type=str)
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
