"""SQLite files of another program: read without a trace, written in one transaction.

Reading makes no file and holds up nobody, though SQLite itself, asked only to read a database in
WAL mode, leaves a `-wal` and a `-shm` beside it. Writing keeps the file's own journal mode.

SQLite follows links and waits for FIFOs, so what it would open is looked at first; what it may do
then is bounded, since a database is not always what it seems.
"""

import os
import shutil
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from oxtui.errors import OxtuiError, ReadOnlyError, UnreadableError, WriteFailedError
from oxtui.store.refusals import explained, reason
from oxtui.store.regular_files import open_regular
from oxtui.store.sqlite_bounds import bound, give_time
from oxtui.store.summaries.entries import FileIdentity

_T = TypeVar("_T")

_READ_WAIT_S: Final = 0.15
_WRITE_WAIT_S: Final = 3.0
_LARGEST_COPY_BYTES: Final = 64 * 1024 * 1024
_TRIES: Final = 3
_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 48
_FIXED: Final = b"\x40\x20\x20"  # of every header that SQLite wrote
_WAL_VERSION: Final = 2
_NEWEST_SCHEMA: Final = 4
_BESIDE: Final = ("-journal", "-wal", "-shm")
_JOURNAL_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_REFUSED: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN})
_NEWER: Final = "is of a newer format of SQLite than is known here"
_BOUNDED: Final = {
    sqlite3.SQLITE_INTERRUPT: "takes too long",
    sqlite3.SQLITE_TOOBIG: "holds a value that is too large",
    sqlite3.SQLITE_AUTH: "wants something done that no table of records needs",
}
_DISK: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})

# Closing any descriptor of a file gives up every POSIX lock that this process has on it: a look at
# the first bytes would strip a transaction of another thread of its lock.
_one_at_a_time: Final = threading.Lock()


class _State(NamedTuple):
    """What a database consisted of at one moment."""

    main: FileIdentity
    wal: FileIdentity | None
    has_shm: bool
    in_wal_mode: bool
    can_be_written: bool

    @property
    def rests(self) -> bool:
        """Whether the main file holds everything, without a writer that could know more."""
        return self.in_wal_mode and not (self.wal and self.wal.size)


def read_database(path: Path, query: Callable[[sqlite3.Connection], _T]) -> _T:
    """What `query` makes of a database; a file of zero bytes is an empty database.

    A link is followed. Waits for a lock for about 0.2 s at most.

    Raises:
        FileNotFoundError: There is no such file.
        UnreadableError: It is no database, damaged, locked, newer than is known here, or may not
            be read, or reading goes beyond all bounds; the message is the rest of a sentence that
            begins with the file's name.
    """
    if not _one_at_a_time.acquire(timeout=_READ_WAIT_S):
        raise UnreadableError("is being written just now")
    try:
        return _read_settled(Path(os.path.realpath(path)), query)
    except sqlite3.Error as error:
        raise UnreadableError(_why_unreadable(error)) from error
    except FileNotFoundError as error:
        if path.is_symlink():
            raise UnreadableError("is a link to a file that is not there") from error
        raise
    except OSError as error:
        raise UnreadableError(f"cannot be read: {reason(error)}") from error
    finally:
        _one_at_a_time.release()


@contextmanager
def write_database(path: Path) -> Generator[sqlite3.Connection]:
    """One transaction that nobody else can write during; an exception takes all of it back.

    Raises:
        ReadOnlyError: The file may not be written, or is a link.
        UnreadableError: It is damaged, or newer than is known here.
        WriteFailedError: It stayed locked for 3 s, takes too long, or the system refused.
    """
    with _one_at_a_time:
        _refuse_other_files(path)
        try:
            uri = f"{path.absolute().as_uri()}?mode=rw"
            with closing(_connect(uri, _WRITE_WAIT_S, writes=True)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                give_time(connection)  # whoever had the lock took some
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
        except UnreadableError as error:
            raise UnreadableError(f"{path.name} {error.message}. Nothing was written.") from error


def commit(connection: sqlite3.Connection, name: str) -> None:
    """Ends a transaction of `write_database` within its body.

    Raises:
        OxtuiError: The system refused; nothing was written to the database called `name`.
    """
    connection.set_progress_handler(None, 0)  # what there was to do is done
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _write_error(name, error) from error


def _refuse_other_files(path: Path) -> None:
    name = path.name
    try:
        if path.is_symlink():
            raise ReadOnlyError(
                f"{name} is a link, so nothing is written through it. Put the file itself there,"
                " then try again."
            )
        if path.lstat().st_nlink > 1:
            raise ReadOnlyError(f"{name} has another name as well, so nothing is written to it.")
        state = _state_of(path)
        if not state.can_be_written:
            raise UnreadableError(_NEWER)
        if _names_another_file(_beside(path, "-journal")):
            raise UnreadableError("was left in the middle of a write to several files")
    except UnreadableError as error:
        raise UnreadableError(f"{name} {error.message}. Nothing was written.") from error
    except OSError as error:
        raise WriteFailedError(f"{name} cannot be opened: {explained(error)}") from error


def _names_another_file(journal: Path) -> bool:
    """Whether SQLite, when it takes back what was begun, would remove a file named in a journal."""
    try:
        with open(journal, "rb", opener=open_regular) as file:
            file.seek(-min(len(_JOURNAL_MAGIC), os.fstat(file.fileno()).st_size), os.SEEK_END)
            return file.read() == _JOURNAL_MAGIC
    except FileNotFoundError:
        return False


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
            if _is_final(error) or _state_of(path) == state:
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


def _connect(uri: str, wait_s: float, *, writes: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=wait_s, isolation_level=None)
    connection.text_factory = _text
    bound(connection, writes=writes)
    return connection


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _state_of(path: Path) -> _State:
    try:
        with open(path, "rb", opener=open_regular) as file:
            main = os.fstat(file.fileno())
            header = file.read(_HEADER_BYTES)
    except UnreadableError as error:
        raise UnreadableError(f"is {error.message}") from error
    if main.st_size and not header.startswith(_MAGIC):
        raise UnreadableError("is not an SQLite database")
    write_version, read_version, schema = _versions(header)
    if read_version > _WAL_VERSION or schema > _NEWEST_SCHEMA:
        raise UnreadableError(_NEWER)
    _, wal, shm = (_status_beside(path, suffix) for suffix in _BESIDE)
    return _State(
        _identity(main),
        wal and _identity(wal),
        shm is not None,
        _WAL_VERSION in (write_version, read_version),
        write_version <= _WAL_VERSION,
    )


def _versions(header: bytes) -> tuple[int, int, int]:
    """Which format it takes to write a file, to read it, and to read its schema."""
    if header[21:24] != _FIXED:
        return 0, 0, 0  # SQLite says that it is damaged
    return header[18], header[19], int.from_bytes(header[44:48], "big")


def _status_beside(path: Path, suffix: str) -> os.stat_result | None:
    beside = _beside(path, suffix)
    try:
        status = beside.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError(f"cannot be used, since {beside.name} is no regular file")
    if status.st_nlink > 1:  # SQLite would write to a file that is somewhere else as well
        raise UnreadableError(f"cannot be used, since {beside.name} has another name as well")
    return status


def _identity(status: os.stat_result) -> FileIdentity:
    return FileIdentity(status.st_ino, status.st_size, status.st_mtime_ns)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _is_final(error: Exception) -> bool:
    """Whether an error comes whatever was written meanwhile."""
    return isinstance(error, sqlite3.Error) and (_code(error) in _LOCKED or bool(_excess(error)))


def _excess(error: sqlite3.Error) -> str | None:
    """In what way a database goes beyond the bounds; None if it does not."""
    code = sqlite3.SQLITE_AUTH if "not authorized" in str(error) else _code(error)
    return f"{_BOUNDED[code]} ({error})" if code in _BOUNDED else None


def _code(error: sqlite3.Error) -> int:
    """SQLite's own code, without what refines it; 0 for an error of Python's."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _damage(error: sqlite3.Error) -> str:
    """What SQLite takes for damage, which may be a schema that does what is not done here."""
    return f"is damaged ({error})" if "schema" in str(error) else "is damaged"


def _why_unreadable(error: sqlite3.Error) -> str:
    code = _code(error)
    if code in _LOCKED:
        return "is locked by another program"
    if code in _DAMAGED:
        return _damage(error)
    if code in _REFUSED:
        return "may not be opened, or was left in the middle of a write"
    return _excess(error) or f"cannot be read: {error}"


def _write_error(name: str, error: sqlite3.Error) -> OxtuiError:
    code = _code(error)
    if code in _LOCKED:
        return WriteFailedError(
            f"{name} is locked by another program. Nothing was written; try again."
        )
    if code in _DAMAGED:
        return UnreadableError(f"{name} {_damage(error)}. Nothing was written.")
    if code in _REFUSED:
        return ReadOnlyError(f"{name} cannot be opened for writing.")
    if excess := _excess(error):
        return WriteFailedError(f"{name} {excess}. Nothing was written.")
    advice = " See whether its disk is full or fails, then try again." if code in _DISK else ""
    return WriteFailedError(f"{name} was not written: {error}.{advice}")
