"""What was read of the sessions of a store, kept from one run to the next.

It is a cache, and whatever is wrong with it costs only reading files anew. It may be behind: each
entry is tied to the state of its file, and whoever uses one looks at the file's status first.

Entries lie in blocks, which are added and never changed; of two that hold the same session the
later one counts.
"""

import gc
import sqlite3
import threading
import zlib
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from oxtui.locations import cache_folder
from oxtui.store.layout import SESSIONS
from oxtui.store.names import is_utf8
from oxtui.store.private import make_private_file, make_private_folder
from oxtui.store.summaries.blocks import Unpacked, lasting, pack
from oxtui.store.summaries.entries import Entry
from oxtui.store.summaries.scan import scan
from oxtui.store.values import SessionId

_T = TypeVar("_T")

# To be raised whenever a block has another form, or a file's summary says something else.
_VERSION: Final = 2
_WAIT_S: Final = 0.1
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
        self._stored = 0
        self._blocks = 0
        self._lock = threading.Lock()

    def load(self) -> Unpacked:
        """All that is kept."""
        return self._attempt(self._load) or Unpacked()

    def add(self, entries: Iterable[Entry], gone: Iterable[SessionId] = ()) -> None:
        """Keeps these entries too, and no more those of sessions that are gone."""
        kept, names = lasting(entries), list(filter(is_utf8, gone))
        if kept or names:
            self._write(kept, names)

    def update(
        self, entries: Collection[Entry], new: Iterable[Entry], gone: Iterable[SessionId]
    ) -> None:
        """Keeps what a scan found.

        Args:
            entries: All that there is. The index is made anew of it when it has grown too much.
            new: What of it was read, and is not in the index.
            gone: Sessions that are not there any more.
        """
        kept, names = lasting(new), list(filter(is_utf8, gone))
        if not (kept or names):
            return
        stored = self._stored + len(kept)
        small = self._blocks - self._stored // _BLOCK
        if stored > 2 * len(entries) + _BLOCK or small > _SMALL_BLOCKS:
            self._write(lasting(entries), (), anew=True)
        else:
            self._write(kept, names)

    def _load(self) -> Unpacked:
        with closing(self._connect("rw")) as connection:
            if _version_of(connection) != _VERSION:
                raise _DamagedError
            rows: list[tuple[int, int, bytes]] = connection.execute(
                "SELECT entries, checksum, content FROM blocks ORDER BY number"
            ).fetchall()
        self._stored, self._blocks = sum(row[0] for row in rows), len(rows)
        found = Unpacked()
        with _without_collections():
            for _, checksum, content in rows:
                if zlib.crc32(content) != checksum:
                    raise _DamagedError
                found.take(content)
        return found

    def _write(
        self, entries: Sequence[Entry], gone: Sequence[SessionId], *, anew: bool = False
    ) -> None:
        parts = [entries[at : at + _BLOCK] for at in range(0, len(entries), _BLOCK)]
        contents = [(len(part), pack(part)) for part in parts]
        if gone:
            contents.append((len(gone), pack((), gone)))
        self._attempt(lambda: self._put(contents, anew=anew))

    def _put(self, contents: Sequence[tuple[int, bytes]], *, anew: bool) -> None:
        make_private_folder(self._path.parent)
        make_private_file(self._path)  # SQLite's own files beside it follow its mode
        with closing(self._connect("rw")) as connection:
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
    known = index.load().entries
    entries = {entry.session_id: entry for entry in scan(base / SESSIONS, known)}
    new = [entry for entry in entries.values() if known.get(entry.session_id) is not entry]
    gone = known.keys() - entries.keys()
    if len(new) + len(gone) >= _WORTH_WRITING:
        index.update(entries.values(), new, gone)
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
