"""SQLite files of another program: read without a trace, written in one transaction.

Reading makes no file and holds up nobody, though SQLite itself, asked only to read a database in
WAL mode, leaves a `-wal` and a `-shm` beside it. Writing keeps the file's own journal mode.
"""

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from oxtui.errors import OxtuiError, ReadOnlyError, UnreadableError, WriteFailedError
from oxtui.store.refusals import explained, reason
from oxtui.store.regular_files import open_regular
from oxtui.store.summaries.entries import FileIdentity

_T = TypeVar("_T")

_READ_WAIT_S: Final = 0.15
_WRITE_WAIT_S: Final = 3.0
_LARGEST_COPY_BYTES: Final = 64 * 1024 * 1024
_TRIES: Final = 3
_MAGIC: Final = b"SQLite format 3\0"
_WAL_VERSION: Final = 2

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_REFUSED: Final = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH}
)

# Closing any descriptor of a file gives up every POSIX lock that this process has on it: a look at
# the first bytes would strip a transaction of another thread of its lock.
_one_at_a_time: Final = threading.Lock()


class _State(NamedTuple):
    """What a database consisted of at one moment."""

    main: FileIdentity
    wal: FileIdentity | None
    has_shm: bool
    in_wal_mode: bool

    @property
    def rests(self) -> bool:
        """Whether the main file holds everything, without a writer that could know more."""
        return self.in_wal_mode and not (self.wal and self.wal.size)


def read_database(path: Path, query: Callable[[sqlite3.Connection], _T]) -> _T:
    """What `query` makes of a database; a file of zero bytes is an empty database.

    Waits for a lock for about 0.2 s at most.

    Raises:
        FileNotFoundError: There is no such file.
        UnreadableError: It is no database, damaged, locked, or may not be read; the message is
            the rest of a sentence that begins with the file's name.
    """
    if not _one_at_a_time.acquire(timeout=_READ_WAIT_S):
        raise UnreadableError("is being written just now")
    try:
        return _read_settled(Path(os.path.realpath(path)), query)
    except sqlite3.Error as error:
        raise UnreadableError(_why_unreadable(error)) from error
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableError(f"cannot be read: {reason(error)}") from error
    finally:
        _one_at_a_time.release()


@contextmanager
def write_database(path: Path) -> Generator[sqlite3.Connection]:
    """One transaction that nobody else can write during; an exception takes all of it back.

    Raises:
        ReadOnlyError: The file may not be written.
        UnreadableError: It is damaged.
        WriteFailedError: It stayed locked for 3 s, or the system refused.
    """
    real = Path(os.path.realpath(path))
    with _one_at_a_time:
        _refuse_other_files(path.name, real)
        try:
            with closing(_connect(f"{real.as_uri()}?mode=rw", _WRITE_WAIT_S)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    if connection.in_transaction:
                        connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        except sqlite3.Error as error:
            raise _write_error(path.name, error) from error


def commit(connection: sqlite3.Connection, name: str) -> None:
    """Ends a transaction of `write_database` within its body.

    Raises:
        OxtuiError: The system refused; nothing was written to the database called `name`.
    """
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _write_error(name, error) from error


def _refuse_other_files(name: str, real: Path) -> None:
    try:
        _state_of(real)
    except UnreadableError as error:
        raise UnreadableError(f"{name} {error.message}. Nothing was written.") from error
    except OSError as error:
        raise WriteFailedError(f"{name} cannot be opened: {explained(error)}") from error


def _read_settled(path: Path, query: Callable[[sqlite3.Connection], _T]) -> _T:
    """Reads until nothing was written meanwhile, where SQLite's own locks are not in use."""
    for _ in range(_TRIES):
        state = _state_of(path)
        try:
            if state.main.size == 0:
                return _query(":memory:", query)
            if not state.in_wal_mode:
                return _query(f"{path.as_uri()}?mode=ro", query)
            result = _read_wal(path, state, query)
        except (sqlite3.Error, FileNotFoundError) as error:
            if _is_locked(error) or _state_of(path) == state:
                raise
            continue
        if _state_of(path) == state or (state.has_shm and not state.rests):
            return result
    raise UnreadableError("is being written just now")


def _read_wal(path: Path, state: _State, query: Callable[[sqlite3.Connection], _T]) -> _T:
    if state.rests:
        return _query(f"{path.as_uri()}?mode=ro&immutable=1", query)
    if state.has_shm:
        try:
            return _query(f"{path.as_uri()}?mode=ro", query)
        except sqlite3.OperationalError as error:
            if _code(error) not in _REFUSED:
                raise
    return _read_copy(path, query)


def _read_copy(path: Path, query: Callable[[sqlite3.Connection], _T]) -> _T:
    """Reads a database whose log cannot be read in place without making files beside it."""
    wal = _beside(path, "-wal")
    if path.stat().st_size + wal.stat().st_size > _LARGEST_COPY_BYTES:
        raise UnreadableError("was left with unfinished work; Oxios finishes it when it starts")
    with tempfile.TemporaryDirectory(prefix="oxtui-") as folder:
        copy = Path(folder, "copy.db")
        for source, target in ((path, copy), (wal, _beside(copy, "-wal"))):
            with (
                open(source, "rb", opener=open_regular) as reader,
                target.open("wb") as writer,
            ):
                shutil.copyfileobj(reader, writer)
        return _query(f"{copy.as_uri()}?mode=ro", query)


def _query(uri: str, query: Callable[[sqlite3.Connection], _T]) -> _T:
    with closing(_connect(uri, _READ_WAIT_S)) as connection:
        connection.execute("BEGIN")
        return query(connection)


def _connect(uri: str, wait_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=wait_s, isolation_level=None)
    connection.text_factory = _text
    return connection


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _state_of(path: Path) -> _State:
    try:
        with open(path, "rb", opener=open_regular) as file:
            main = os.fstat(file.fileno())
            header = file.read(20)
    except UnreadableError as error:
        raise UnreadableError(f"is {error.message}") from error
    if main.st_size and not header.startswith(_MAGIC):
        raise UnreadableError("is not an SQLite database")
    return _State(
        _identity(main),
        _identity_if_there(_beside(path, "-wal")),
        _beside(path, "-shm").exists(),
        _WAL_VERSION in header[18:20],
    )


def _identity(status: os.stat_result) -> FileIdentity:
    return FileIdentity(status.st_ino, status.st_size, status.st_mtime_ns)


def _identity_if_there(path: Path) -> FileIdentity | None:
    try:
        return _identity(path.stat())
    except FileNotFoundError:
        return None


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and _code(error) in _LOCKED


def _code(error: sqlite3.Error) -> int:
    """SQLite's own code, without what refines it; 0 for an error of Python's."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _why_unreadable(error: sqlite3.Error) -> str:
    code = _code(error)
    if code in _LOCKED:
        return "is locked by another program"
    if code in _DAMAGED:
        return "is damaged"
    if code in _REFUSED:
        return "may not be opened, or was left in the middle of a write"
    return f"cannot be read: {error}"


def _write_error(name: str, error: sqlite3.Error) -> OxtuiError:
    code = _code(error)
    if code in _LOCKED:
        return WriteFailedError(
            f"{name} is locked by another program. Nothing was written; try again."
        )
    if code in _DAMAGED:
        return UnreadableError(f"{name} is damaged. Nothing was written.")
    if code in _REFUSED:
        return ReadOnlyError(f"{name} cannot be opened for writing.")
    return WriteFailedError(
        f"{name} was not written: {error}. See whether its disk is full or fails, then try again."
    )
