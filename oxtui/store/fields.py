"""Edits of a session that set few of its fields: a move, a title, a pin.

They are made on the bytes of the file. It is checked as strictly as for a list, but no models are
built, and what is not set keeps its bytes.
"""

from collections.abc import Callable
from typing import cast

from msgspec import UNSET
from pydantic import JsonValue

from oxtui.errors import ChangedError
from oxtui.store.changes import FieldsEdit
from oxtui.store.edits import Members, revise_members, same
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import LEGACY_PROJECT_KEYS, PIN_KEY, project_of
from oxtui.store.wire import WireSession, decode_session

FieldsChange = Callable[[WireSession], Members]
"""The fields that an edit sets in a session, with their new values; none if it already is so."""


def with_fields(data: bytes, change: FieldsChange) -> bytes:
    """The bytes of a session file with some fields set.

    Raises:
        UnreadableError: It is not a session that Oxios reads; the message says why.
    """
    return revise_members(data, change(decode_session(data)))


class Recorded:
    """A change that notes what it sets.

    Attributes:
        fields: What it set when it was called last.
    """

    def __init__(self, change: FieldsChange) -> None:
        self._change = change
        self.fields = FieldsEdit()

    def __call__(self, wire: WireSession) -> Members:
        """What is to be set in a session."""
        members = self._change(wire)
        self.fields = _edited(wire, members)
        return members


def _edited(wire: WireSession, members: Members) -> FieldsEdit:
    project_id = metadata = None
    if "project_id" in members:
        project_id = (wire.project_id or None, cast("str", members["project_id"]) or None)
    if "metadata" in members:
        before = wire.metadata or {}
        after = cast("dict[str, JsonValue]", members["metadata"])
        pairs = {key: (before.get(key), after.get(key)) for key in before.keys() | after.keys()}
        metadata = {key: pair for key, pair in pairs.items() if not same(*pair)}
    return FieldsEdit(project_id, metadata or {})


def set_back(fields: FieldsEdit) -> FieldsChange:
    """Gives fields the values that they had before an edit; nothing where they have them already.

    The change raises a `ChangedError` if one has neither that value nor the one of the edit.
    """

    def change(wire: WireSession) -> Members:
        members: Members = {}
        if fields.project_id and _is_due(wire.project_id or None, *fields.project_id):
            before = fields.project_id[0]
            members["project_id"] = UNSET if before is None else before
        metadata = wire.metadata or {}
        due = {
            key: before
            for key, (before, after) in fields.metadata.items()
            if _is_due(metadata.get(key), before, after)
        }
        return {**members, **_with_metadata(wire, due)}

    return change


def _is_due(now: JsonValue, before: JsonValue, after: JsonValue) -> bool:
    if not (same(now, before) or same(now, after)):
        raise ChangedError("Another program set it to something else since.")
    return not same(now, before)


def moved(project_id: str | None) -> FieldsChange:
    """Files a session under a project, or under none (`state_store.rs: move_session_to_project`).

    Under none it must not go on belonging to one by a legacy key of its metadata.
    """

    def change(wire: WireSession) -> Members:
        legacy = LEGACY_PROJECT_KEYS if project_id is None else ()
        null = project_id is None and wire.project_id is None
        project: Members = (
            {} if null else {"project_id": UNSET if project_id is None else project_id}
        )
        metadata = _with_metadata(wire, dict.fromkeys(legacy))
        return {**project, **metadata, "updated_at": Timestamp.now().text}

    return change


def moved_if_elsewhere(project_id: str | None) -> FieldsChange:
    """As `moved`, but a session that already is there stays as it is."""
    move = moved(project_id)

    def change(wire: WireSession) -> Members:
        there = project_of(wire.project_id, wire.metadata or {}) == project_id
        return {} if there else move(wire)

    return change


def titled(title: str) -> FieldsChange:
    """Gives a session a title; an empty one gives it back that of its first message."""
    return lambda wire: _with_metadata(wire, {"title": title or None})


def pinned(*, keep: bool) -> FieldsChange:
    """Keeps a session from oxtui's prune, or no longer."""
    return lambda wire: _with_metadata(wire, {PIN_KEY: keep or None})


def _with_metadata(wire: WireSession, values: dict[str, JsonValue]) -> Members:
    """Sets values of the metadata; None takes one out."""
    before: dict[str, JsonValue] = wire.metadata or {}
    kept = {key: value for key, value in before.items() if key not in values}
    after = kept | {key: value for key, value in values.items() if value is not None}
    return {} if same(after, before) else {"metadata": after}
