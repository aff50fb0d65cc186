"""What was read of the sessions of a store, kept from one run to the next.

It is a cache, and whatever is wrong with it costs only reading files anew. It may be behind: each
entry is tied to the state of its file, and whoever uses one looks at the file's status first.

Entries lie in blocks, which are added and never changed; a later one is right about a session that
is in two. A block holds columns, since entries of equal strings then share them in memory.
"""

import gc
import sqlite3
import threading
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from oxtui.locations import cache_folder
from oxtui.store.names import is_utf8
from oxtui.store.summaries import (
    UNSETTLED,
    Entry,
    FileIdentity,
    SessionEntry,
    UnreadableEntry,
    scan,
)
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import SessionId, SessionSummary

_T = TypeVar("_T")

# To be raised whenever a block has another form, or a file's summary says something else.
_VERSION: Final = 1
_WAIT_S: Final = 0.1
_BLOCK: Final = 1_000
_SMALL_BLOCKS: Final = 64
_WORTH_WRITING: Final = 32
_LARGEST: Final = 2**63 - 1
_SCHEMA: Final = (
    "CREATE TABLE blocks (number INTEGER PRIMARY KEY, entries INTEGER NOT NULL,"
    " checksum INTEGER NOT NULL, content BLOB NOT NULL)"
)
_UNAVAILABLE: Final = frozenset(
    {
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)


class _Block(msgspec.Struct, array_like=True, gc=False):
    """Some entries, as columns; of sessions that can be read first, then of the others.

    `gone` are sessions that earlier blocks hold and that are no more.
    `texts` are the texts that many have in common, and the columns of such hold places in it. An
    id inside a file is None if it is the file's, and a time's text if it follows from the time.
    """

    gone: list[str]
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


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Block)


class SummaryIndex:
    """The entries of a store that are kept in a cache folder.

    Nothing is raised: an index that is damaged is made anew, and one that can't be read or written
    is done without. The methods read and write files, and can be called from any thread; other
    processes may use the same index.
    """

    def __init__(self, cache: Path) -> None:
        self._path = cache / "summaries.sqlite"
        self._stored = 0
        self._blocks = 0
        self._lock = threading.Lock()

    def load(self) -> dict[SessionId, Entry]:
        """All that is kept."""
        return self._attempt(self._load) or {}

    def add(self, entries: Iterable[Entry], gone: Iterable[SessionId] = ()) -> None:
        """Keeps these entries too, and no more those of sessions that are gone."""
        lasting, names = _lasting(entries), list(filter(is_utf8, gone))
        if lasting or names:
            self._write(lasting, names)

    def update(
        self, entries: Mapping[SessionId, Entry], new: Iterable[Entry], gone: Iterable[SessionId]
    ) -> None:
        """Keeps what a scan found.

        Args:
            entries: All that there is. The index is made anew of it when it has grown too much.
            new: What of it was read, and is not in the index.
            gone: Sessions that are not there any more.
        """
        lasting, names = _lasting(new), list(filter(is_utf8, gone))
        if not (lasting or names):
            return
        stored = self._stored + len(lasting)
        small = self._blocks - self._stored // _BLOCK
        if stored > 2 * len(entries) + _BLOCK or small > _SMALL_BLOCKS:
            self._write(_lasting(entries.values()), (), anew=True)
        else:
            self._write(lasting, names)

    def _load(self) -> dict[SessionId, Entry]:
        with closing(self._connect("rw")) as connection:
            if _version_of(connection) != _VERSION:
                raise _DamagedError
            rows: list[tuple[int, int, bytes]] = connection.execute(
                "SELECT entries, checksum, content FROM blocks ORDER BY number"
            ).fetchall()
        self._stored, self._blocks = sum(row[0] for row in rows), len(rows)
        found: dict[SessionId, Entry] = {}
        shared: dict[str | None, str | None] = {}
        with _without_collections():
            for _, checksum, content in rows:
                if zlib.crc32(content) != checksum:
                    raise _DamagedError
                block = _DECODER.decode(content)
                found.update(_entries(block, shared))
                for session_id in block.gone:
                    found.pop(SessionId(session_id), None)
        return found

    def _write(
        self, entries: Sequence[Entry], gone: Sequence[SessionId], *, anew: bool = False
    ) -> None:
        parts = [entries[at : at + _BLOCK] for at in range(0, len(entries), _BLOCK)]
        contents = [(len(part), _ENCODER.encode(_block(part))) for part in parts]
        if gone:
            contents.append((len(gone), _ENCODER.encode(_block((), gone))))
        self._attempt(lambda: self._put(contents, anew=anew))

    def _put(self, contents: Sequence[tuple[int, bytes]], *, anew: bool) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(self._connect("rwc")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            version = _version_of(connection)
            if version == 0:
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise _DamagedError
            if anew:
                connection.execute("DELETE FROM blocks")
                self._stored = self._blocks = 0
            connection.executemany(
                "INSERT INTO blocks (entries, checksum, content) VALUES (?, ?, ?)",
                [(count, zlib.crc32(content), content) for count, content in contents],
            )
            connection.execute("COMMIT")
        self._stored += sum(count for count, _ in contents)
        self._blocks += len(contents)

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_WAIT_S,
            isolation_level=None,
        )
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def _attempt(self, act: Callable[[], _T]) -> _T | None:
        """What `act` returns; None if there is no index to be had."""
        with self._lock:
            return self._attempt_locked(act)

    def _attempt_locked(self, act: Callable[[], _T]) -> _T | None:
        for _ in range(2):
            try:
                return act()
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in _UNAVAILABLE:
                    return None
            except (_DamagedError, msgspec.MsgspecError, TypeError, ValueError):
                pass
            except OSError:
                return None
            self._remove()
        return None

    def _remove(self) -> None:
        self._stored = self._blocks = 0
        with suppress(OSError):
            self._path.unlink()


def read_all(base: Path) -> list[Entry]:
    """Every session file of a store, read only where the index does not know it, in any order.

    Raises:
        OSError: The sessions folder is there and can't be listed.
    """
    index = SummaryIndex(cache_folder(base))
    known = index.load()
    entries = {entry.session_id: entry for entry in scan(base / "sessions", known)}
    new = [entry for entry in entries.values() if known.get(entry.session_id) is not entry]
    gone = known.keys() - entries.keys()
    if len(new) + len(gone) >= _WORTH_WRITING:
        index.update(entries, new, gone)
    return list(entries.values())


class _DamagedError(Exception):
    """The index is not what this version of oxtui wrote."""


def _version_of(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


@contextmanager
def _without_collections() -> Generator[None]:
    """Lets thousands of objects come into being without looking for garbage among them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _lasting(entries: Iterable[Entry]) -> list[Entry]:
    return [e for e in entries if e.changed_ns != UNSETTLED and _can_be_kept(e)]


def _can_be_kept(entry: Entry) -> bool:
    if isinstance(entry, UnreadableEntry):
        return is_utf8(entry.session_id) and is_utf8(entry.reason)
    summary = entry.summary
    return abs(summary.created_at.ns) <= _LARGEST and abs(summary.updated_at.ns) <= _LARGEST


def _block(entries: Iterable[Entry], gone: Iterable[SessionId] = ()) -> _Block:
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

    return _Block(
        gone=list(gone),
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


def _entries(
    block: _Block, shared: dict[str | None, str | None]
) -> Iterator[tuple[SessionId, Entry]]:
    """The entries of a block; `shared` holds the texts that those of other blocks have."""
    text = [shared.setdefault(text, text) for text in block.texts].__getitem__
    names = [SessionId(name) for name in block.names]
    identities = list(map(FileIdentity, block.inodes, block.sizes, block.modified))
    summaries = map(
        SessionSummary,
        [name if own is None else own for own, name in zip(block.ids, names, strict=False)],
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
    readable = len(block.ids)
    entries: Iterator[Entry] = chain(
        map(SessionEntry, names, identities, summaries, block.changed),
        map(
            UnreadableEntry,
            names[readable:],
            identities[readable:],
            block.reasons,
            block.changed[readable:],
        ),
    )
    return zip(names, entries, strict=True)
