"""Entries of sessions packed into bytes, thousands of them quickly in and out of memory.

They lie in columns, since entries of equal texts then share them, and since a column is unpacked,
and entries are made of columns, without a step of Python for each.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Final, TypeVar, cast

import msgspec

from oxtui.store.names import is_utf8
from oxtui.store.summaries.entries import (
    UNSETTLED,
    Entry,
    FileIdentity,
    SessionEntry,
    UnreadableEntry,
)
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import SessionId, SessionSummary

_E = TypeVar("_E")

_LARGEST: Final = 2**63 - 1


class _Columns(msgspec.Struct, array_like=True, gc=False):
    """Some entries, as columns; of sessions that can be read first, then of the others.

    `texts` are the texts that many have in common, and the columns of such hold places in it. An
    id inside a file is None if it is the file's, and a time's text if it follows from the time.
    """

    names: list[str]
    inodes: list[int]
    sizes: list[int]
    modified: list[int]
    changed: list[int]
    reasons: list[str]
    texts: list[str | None]
    ids: list[str | None]
    users: list[int]
    counts: list[int]
    titles: list[str | None]
    seeds: list[int]
    projects: list[int]
    created: list[int]
    created_texts: list[str | None]
    updated: list[int]
    updated_texts: list[str | None]
    parents: list[str | None]
    pinned: list[bool]
    failed: list[bool]


class _Names(msgspec.Struct, array_like=True, gc=False):
    """The first of the columns."""

    names: list[str]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Columns)
_NAMES: Final = msgspec.msgpack.Decoder(_Names)


def lasting(entries: Iterable[Entry]) -> list[Entry]:
    """Those of some entries that stay right while their files do, and can be packed."""
    return [entry for entry in entries if entry.changed_ns != UNSETTLED and can_be_packed(entry)]


def can_be_packed(entry: Entry) -> bool:
    """Whether a block can hold an entry: not one of the year 1, or of a name that is not UTF-8."""
    if isinstance(entry, UnreadableEntry):
        return is_utf8(entry.session_id) and is_utf8(entry.reason)
    summary = entry.summary
    return abs(summary.created_at.ns) <= _LARGEST and abs(summary.updated_at.ns) <= _LARGEST


def pack(entries: Iterable[Entry]) -> bytes:
    """A block of entries."""
    return _ENCODER.encode(_columns(entries))


def names_in(content: bytes) -> Sequence[str]:
    """The sessions that a block holds.

    Raises:
        msgspec.MsgspecError: It is none.
    """
    return _NAMES.decode(content).names


def rest_of(content: bytes, gone: Container[str]) -> list[Entry]:
    """The entries of a block without those of some sessions.

    Raises:
        msgspec.MsgspecError: It is none.
    """
    block = Unpacked()
    block.take(content)
    return [entry for entry in block.entries.values() if entry.session_id not in gone]


class Unpacked:
    """What some blocks hold, one after the other.

    Attributes:
        sessions: Those that can be read.
        unreadable: The others.
    """

    def __init__(self) -> None:
        self.sessions: dict[SessionId, SessionEntry] = {}
        self.unreadable: dict[SessionId, UnreadableEntry] = {}
        self._texts: dict[str | None, str | None] = {}

    def __len__(self) -> int:
        return len(self.sessions) + len(self.unreadable)

    def get(self, session_id: SessionId) -> Entry | None:
        """The last of a session; None if there is none."""
        return self.sessions.get(session_id) or self.unreadable.get(session_id)

    @property
    def entries(self) -> dict[SessionId, Entry]:
        """All of them."""
        return {**self.sessions, **self.unreadable}

    def take(self, content: bytes) -> None:
        """Takes what the next block holds.

        Raises:
            msgspec.MsgspecError: It is none.
        """
        block = _DECODER.decode(content)
        readable = len(block.ids)
        names = cast("list[SessionId]", block.names)
        identities = list(map(FileIdentity, block.inodes, block.sizes, block.modified))
        if self.unreadable:
            self._forget(self.unreadable, names[:readable])
        self.sessions.update(_sessions(block, names, identities, self._texts))
        self._forget(self.sessions, names[readable:])
        self.unreadable.update(_unreadable(block, names, identities))

    @staticmethod
    def _forget(entries: dict[SessionId, _E], names: Iterable[SessionId]) -> None:
        for name in names:
            entries.pop(name, None)


def _columns(entries: Iterable[Entry]) -> _Columns:
    sessions: list[SessionEntry] = []
    others: list[UnreadableEntry] = []
    for entry in entries:
        if isinstance(entry, SessionEntry):
            sessions.append(entry)
        else:
            others.append(entry)
    ordered = (*sessions, *others)
    identities = [entry.identity for entry in ordered]
    summaries = [entry.summary for entry in sessions]
    texts: dict[str | None, int] = {}

    def place(text: str | None) -> int:
        return texts.setdefault(text, len(texts))

    return _Columns(
        names=[entry.session_id for entry in ordered],
        inodes=[identity.inode for identity in identities],
        sizes=[identity.size for identity in identities],
        modified=[identity.mtime_ns for identity in identities],
        changed=[entry.changed_ns for entry in ordered],
        reasons=[entry.reason for entry in others],
        users=[place(summary.user_id) for summary in summaries],
        seeds=[place(summary.active_seed_id) for summary in summaries],
        projects=[place(summary.project_id) for summary in summaries],
        texts=list(texts),
        ids=[_unless(e.summary.id, e.summary.id == e.session_id) for e in sessions],
        counts=[summary.message_count for summary in summaries],
        titles=[summary.title for summary in summaries],
        created=[summary.created_at.ns for summary in summaries],
        created_texts=[_own_text(summary.created_at) for summary in summaries],
        updated=[summary.updated_at.ns for summary in summaries],
        updated_texts=[_own_text(summary.updated_at) for summary in summaries],
        parents=[summary.parent_session_id for summary in summaries],
        pinned=[summary.pinned for summary in summaries],
        failed=[summary.last_turn_failed for summary in summaries],
    )


def _unless(text: str, known: bool) -> str | None:
    return None if known else text


def _own_text(time: Timestamp) -> str | None:
    return None if time.is_canonical else time.written


def _sessions(
    block: _Columns,
    names: Sequence[SessionId],
    identities: Sequence[FileIdentity],
    texts: dict[str | None, str | None],
) -> Iterator[tuple[SessionId, SessionEntry]]:
    text = [texts.setdefault(text, text) for text in block.texts].__getitem__
    ids: Sequence[str] = names
    if block.ids.count(None) < len(block.ids):
        ids = [name if own is None else own for own, name in zip(block.ids, names, strict=False)]
    summaries = map(
        SessionSummary,
        ids,
        map(text, block.users),
        block.counts,
        block.titles,
        map(text, block.seeds),
        map(text, block.projects),
        map(Timestamp, block.created, block.created_texts),
        map(Timestamp, block.updated, block.updated_texts),
        block.parents,
        block.pinned,
        block.failed,
    )
    entries = map(SessionEntry, names, identities, summaries, block.changed)
    return zip(names[: len(block.ids)], entries, strict=True)


def _unreadable(
    block: _Columns, names: Sequence[SessionId], identities: Sequence[FileIdentity]
) -> Iterator[tuple[SessionId, UnreadableEntry]]:
    others = slice(len(block.ids), None)
    entries = map(
        UnreadableEntry, names[others], identities[others], block.reasons, block.changed[others]
    )
    return zip(names[others], entries, strict=True)
