"""Bounds on what a database of somebody else's can have SQLite do.

A database is a program as well: views, triggers and generated columns run when it is read or
written, and may never end. What is allowed here is what a table of records takes.
"""

import sqlite3
import time
from collections.abc import Iterable
from typing import Final, TypeVar

from oxtui.errors import UnreadableError

_Row = TypeVar("_Row", bound=tuple[object, ...])

MOST_ROWS: Final = 10_000
"""The most rows that are read."""

_SECONDS: Final = 0.5
_MOST_BYTES: Final = 16 << 20
_STEPS: Final = 500  # of SQLite's machine, between two looks at the clock
_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1 << 18,  # bytes of a value, and of a row that is written
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 << 16,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 8,
}
_READING: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_TRANSACTION}
)
_WRITING: Final = _READING | {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
_PRAGMAS: Final = frozenset({"table_info"})
# What defaults, checks and indexes use. A step is not looked into, so none that takes long is here.
_FUNCTIONS: Final = frozenset(
    {
        "abs", "coalesce", "count", "current_date", "current_time", "current_timestamp", "date",
        "datetime", "ifnull", "iif", "julianday", "length", "lower", "max", "min",
        "nullif", "random", "strftime", "time", "typeof", "unixepoch", "upper",
    }
)  # fmt: skip


def bound(connection: sqlite3.Connection, *, writes: bool = False) -> None:
    """Bounds what goes on in a connection: no more than half a second from now on, among others.

    What goes beyond ends with an `sqlite3.Error`: `SQLITE_INTERRUPT`, `SQLITE_TOOBIG` or
    `SQLITE_AUTH`.

    Args:
        connection: The connection.
        writes: Whether rows may be written.
    """
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    connection.execute("PRAGMA trusted_schema = OFF")
    allowed = _WRITING if writes else _READING

    def authorize(action: int, what: str | None, name: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_PRAGMA:
            allows = what in _PRAGMAS
        elif action == sqlite3.SQLITE_FUNCTION:
            allows = writes and name in _FUNCTIONS
        else:
            allows = action in allowed
        return sqlite3.SQLITE_OK if allows else sqlite3.SQLITE_DENY

    connection.set_authorizer(authorize)
    give_time(connection)


def give_time(connection: sqlite3.Connection) -> None:
    """Gives a connection half a second from now on."""
    ends = time.monotonic() + _SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > ends, _STEPS)


def rows_within(rows: Iterable[_Row]) -> list[_Row]:
    """All rows.

    Raises:
        UnreadableError: There are too many, or too much is in them; the message is the rest of a
            sentence that begins with the name of the database.
    """
    found: list[_Row] = []
    size = 0
    for row in rows:
        found.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(found) > MOST_ROWS or size > _MOST_BYTES:
            raise UnreadableError(f"holds more than {MOST_ROWS:,} projects, or too much of each")
    return found
