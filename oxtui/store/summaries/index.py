"""What was read of the sessions of a store, kept from one run to the next.

It is a cache, and whatever is wrong with it costs only reading files anew. It may be behind: each
entry is tied to the state of its file, and whoever uses one looks at the file's status first.

Entries lie in blocks; of two that hold the same session the later one counts. A block is changed
only when a session in it is gone: then its title is overwritten in the file, so that what was
destroyed in the store is not still here.
"""

import gc
import sqlite3
import stat
import threading
import zlib
from collections.abc import (
    Callable,
    Collection,
    Container,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from oxtui.locations import cache_folder
from oxtui.store.journal_names import sessions_in_journal
from oxtui.store.layout import SESSIONS
from oxtui.store.private import make_private_file, make_private_folder
from oxtui.store.summaries.blocks import Unpacked, lasting, names_in, pack, rest_of
from oxtui.store.summaries.entries import Entry
from oxtui.store.summaries.scan import scan
from oxtui.store.values import SessionId

_T = TypeVar("_T")

# To be raised whenever a block has another form, or a file's summary says something else.
_VERSION: Final = 3
_WAIT_S: Final = 0.1
_PATIENCE_S: Final = 1.0  # of who has something to take out
_BESIDE: Final = ("-journal", "-wal", "-shm")
_BLOCK: Final = 1_000
_SMALL_BLOCKS: Final = 64
_WORTH_WRITING: Final = 32
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


class SummaryIndex:
    """The entries of a store that are kept in a cache folder.

    Nothing is raised: an index that is damaged is made anew, and one that can't be read or written
    is done without. The methods read and write files, and can be called from any thread; other
    processes may use the same index.
    """

    def __init__(self, cache: Path) -> None:
        self._path = cache / "summaries.sqlite"
        # The database last: one without its journal would be taken for whole.
        self._paths = (*(cache / f"{self._path.name}{each}" for each in _BESIDE), self._path)
        self._stored = 0
        self._blocks = 0
        self._lock = threading.Lock()

    def load(self) -> Unpacked:
        """All that is kept."""
        return self._attempt(self._load) or Unpacked()

    def add(self, entries: Iterable[Entry], gone: Iterable[SessionId] = ()) -> None:
        """Keeps these entries too, and no trace of sessions that are gone."""
        kept, names = lasting(entries), frozenset(gone)
        if kept or names:
            self._write(kept, names)

    def keep_only(self, there: Container[str]) -> None:
        """Keeps no trace of sessions that are not there any more."""
        kept = self._attempt(self._names) or ()
        gone = frozenset(SessionId(name) for name in kept if name not in there)
        if gone:
            self._write((), gone)

    def _names(self) -> set[str]:
        with closing(self._connect(_WAIT_S)) as connection:
            if _version_of(connection) != _VERSION:
                raise _DamagedError
            rows: Iterator[tuple[bytes]] = connection.execute("SELECT content FROM blocks")
            return {name for (content,) in rows for name in names_in(content)}

    def update(
        self, entries: Collection[Entry], new: Iterable[Entry], gone: Iterable[SessionId]
    ) -> None:
        """Keeps what a scan found.

        Args:
            entries: All that there is. The index is made anew of it when it has grown too much.
            new: What of it was read, and is not in the index.
            gone: Sessions that are not there any more.
        """
        kept, names = lasting(new), frozenset(gone)
        if not (kept or names):
            return
        stored = self._stored + len(kept)
        small = self._blocks - self._stored // _BLOCK
        if stored > 2 * len(entries) + _BLOCK or small > _SMALL_BLOCKS:
            self._write(lasting(entries), names, anew=True)
        else:
            self._write(kept, names)

    def _load(self) -> Unpacked:
        with closing(self._connect(_WAIT_S)) as connection:
            if _version_of(connection) != _VERSION:
                raise _DamagedError
            rows: list[tuple[int, int, bytes]] = connection.execute(
                "SELECT entries, checksum, content FROM blocks ORDER BY number"
            ).fetchall()
        self._stored, self._blocks = sum(row[0] for row in rows), len(rows)
        found = Unpacked()
        with _without_collections():
            for _, checksum, content in rows:
                _check(content, checksum)
                found.take(content)
        return found

    def _write(
        self, entries: Sequence[Entry], gone: frozenset[SessionId], *, anew: bool = False
    ) -> None:
        parts = [entries[at : at + _BLOCK] for at in range(0, len(entries), _BLOCK)]
        blocks = [_row(part) for part in parts]
        if not self._attempt(lambda: self._put(blocks, gone, anew=anew)) and gone:
            with self._lock:
                self._remove()  # what can't be taken out goes with all the rest

    def _put(
        self, blocks: Sequence[tuple[int, int, bytes]], gone: frozenset[SessionId], *, anew: bool
    ) -> bool:
        if not blocks and not self._path.exists():
            return False
        make_private_folder(self._path.parent)
        make_private_file(self._path)  # SQLite's own files beside it follow its mode
        with closing(self._connect(_PATIENCE_S if gone else _WAIT_S)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            version = _version_of(connection)
            if version == 0:
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise _DamagedError
            if anew:
                connection.execute("DELETE FROM blocks")
            elif gone:
                _take_out(connection, gone)
            connection.executemany(
                "INSERT INTO blocks (entries, checksum, content) VALUES (?, ?, ?)", blocks
            )
            self._blocks, self._stored = connection.execute(
                "SELECT count(*), coalesce(sum(entries), 0) FROM blocks"
            ).fetchone()
            connection.execute("COMMIT")
        return True

    def _connect(self, wait_s: float) -> sqlite3.Connection:
        self._check_kinds()
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=wait_s,
            isolation_level=None,
        )
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def _check_kinds(self) -> None:
        """Takes whatever is no file for damage: SQLite would wait for a FIFO, and follow a link."""
        for path in self._paths:
            with suppress(FileNotFoundError):
                if not stat.S_ISREG(path.lstat().st_mode):
                    raise _DamagedError

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
        for path in self._paths:
            with suppress(OSError):
                path.unlink()


def read_all(base: Path) -> list[Entry]:
    """Every session file of a store, read only where the index does not know it, in any order.

    What is kept of sessions that are gone is forgotten, in the search as well.

    Raises:
        OSError: The sessions folder is there and can't be listed.
    """
    cache = cache_folder(base)
    index = SummaryIndex(cache)
    known = index.load().entries
    entries = {entry.session_id: entry for entry in scan(base / SESSIONS, known)}
    new = [entry for entry in entries.values() if known.get(entry.session_id) is not entry]
    gone = known.keys() - entries.keys()
    if gone or len(new) >= _WORTH_WRITING:
        index.update(entries.values(), new, gone)
    vanished = (gone | sessions_in_journal(base)) - entries.keys()
    if vanished and entries:  # else the folder is away, and may come back
        from oxtui.store.erase import erase_vanished  # mostly nothing is gone

        erase_vanished(base, vanished)
    if (cache / "search").exists():
        from oxtui.store.search.segments import forget_texts  # who never searched needs none of it

        forget_texts(cache, lambda session_id: session_id not in entries)
    return list(entries.values())


class _DamagedError(Exception):
    """The index is not what this version of oxtui wrote."""


def _row(entries: Sequence[Entry]) -> tuple[int, int, bytes]:
    """A block as it lies in the table: how many entries, a checksum, and they."""
    content = pack(entries)
    return len(entries), zlib.crc32(content), content


def _check(content: bytes, checksum: int) -> None:
    if zlib.crc32(content) != checksum:
        raise _DamagedError


def _take_out(connection: sqlite3.Connection, gone: frozenset[SessionId]) -> None:
    """Rewrites the blocks that hold some sessions without them."""
    rows = connection.execute("SELECT number, checksum, content FROM blocks")
    holding = [row for row in rows if not gone.isdisjoint(names_in(row[2]))]
    for number, checksum, content in holding:
        _check(content, checksum)
        if rest := rest_of(content, gone):
            connection.execute(
                "UPDATE blocks SET entries = ?, checksum = ?, content = ? WHERE number = ?",
                (*_row(rest), number),
            )
        else:
            connection.execute("DELETE FROM blocks WHERE number = ?", (number,))


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
