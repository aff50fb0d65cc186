"""The table of projects in the SQLite file that Oxios keeps beside its sessions."""

import sqlite3
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from oxtui.errors import (
    ChangedError,
    InvalidValueError,
    NotFoundError,
    ReadOnlyError,
    UnreadableError,
)
from oxtui.sanitize import sanitize
from oxtui.store.noting import Noting, unnoted
from oxtui.store.sqlite_bounds import rows_within
from oxtui.store.sqlite_files import commit, read_database, write_database

SqlValue: TypeAlias = str | int | float | None
Row: TypeAlias = dict[str, SqlValue]

States: TypeAlias = tuple[Row | None, Row | None]
"""What a row holds, and what it is about to hold; None is no row."""

# It says when a row was written, and not what was.
_BOOKKEEPING: Final = "updated_at"
_NEEDED: Final = ("id", "name")
_CHANGED: Final = "The project was changed since, so this cannot be undone."


class RowChange(msgspec.Struct, frozen=True):
    """What an act set in a row.

    Attributes:
        rowid: SQLite's own number of the row; None if the project has only one.
        before: What the columns held before.
        after: What they hold since.
    """

    rowid: SqlValue
    before: Row
    after: Row

    @property
    def inverse(self) -> "RowChange":
        """The change that takes this one back."""
        return RowChange(self.rowid, self.after, self.before)


def read_rows(path: Path, wanted: tuple[str, ...]) -> list[tuple[object, ...]] | None:
    """The `wanted` columns of every row; None where a column does not exist.

    Returns:
        None if the database has no table of projects.

    Raises:
        FileNotFoundError: There is no such file.
        UnreadableError: As `read_database`, or there are no ids or names.
    """

    def select(connection: sqlite3.Connection) -> list[tuple[object, ...]] | None:
        columns = _columns(connection)
        if not columns:
            return None
        _check(columns)
        fields = ", ".join(name if name in columns else "NULL" for name in wanted)
        return rows_within(connection.execute(f"SELECT {fields} FROM projects"))  # noqa: S608 - names of ours

    return read_database(path, select)


def insert_row(path: Path, row: Row, noting: Noting[States] = unnoted) -> Row:
    """Adds a row, of which only the columns that exist are written.

    Returns:
        The whole row as it is stored, with the columns that the database filled in.

    Raises:
        InvalidValueError: Another row has this name.
        OxtuiError: As `write_database`.
    """
    with _writing(path) as connection:
        _insert(connection, row)
        after = next(iter(_rows(connection, row["id"])), Row())
        with noting((None, after)):
            commit(connection, path.name)
        return after


def change_rows(
    path: Path, project_id: str, values: Row, noting: Noting[list[RowChange]] = unnoted
) -> list[RowChange]:
    """Sets some columns of a project's row, as far as they exist.

    Returns:
        What that did. A table that tells no rows apart by their ids may hold several of one id.

    Raises:
        NotFoundError: There is no such row.
        InvalidValueError: Another row has this name.
        OxtuiError: As `write_database`.
    """
    with _writing(path) as connection:
        _refuse_taken(connection, project_id, values)
        changes = [
            RowChange(
                rowid,
                {name: row[name] for name in values if name in row},
                {name: value for name, value in values.items() if name in row},
            )
            for rowid, row in _numbered_rows(connection, project_id)
        ]
        if not changes:
            raise NotFoundError("That project is not there any more.")
        for change in changes:
            _update(connection, project_id, change.rowid, change.after)
        with noting(changes):
            commit(connection, path.name)
        return changes


def row_is(path: Path, project_id: str, expected: Row | None) -> bool:
    """Whether a project's only row holds what is expected; None is no row.

    Raises:
        UnreadableError: As `read_database`.
    """
    try:
        return read_database(path, lambda c: _is_as_expected(_rows(c, project_id), expected))
    except FileNotFoundError:
        return expected is None


def rows_are(path: Path, project_id: str, expected: Iterable[tuple[SqlValue, Row]]) -> bool:
    """Whether the rows of a project, by their numbers, hold what is expected.

    Raises:
        UnreadableError: As `read_database`.
    """
    wanted = dict(expected)
    try:
        return read_database(
            path, lambda c: _are_as_expected(dict(_numbered_rows(c, project_id)), wanted)
        )
    except FileNotFoundError:
        return False


def exchange_row(path: Path, project_id: str, expected: Row | None, wanted: Row | None) -> None:
    """Turns a row from `expected` into `wanted`; None is no row, other columns are left alone.

    When it was last written is not compared, and not set back over a later write.

    Raises:
        ChangedError: The row is not as expected, or its name has been given to another one.
        OxtuiError: As `write_database`.
    """
    with _writing(path) as connection, _changed_meanwhile():
        rows = _numbered_rows(connection, project_id)
        if not _is_as_expected([row for _, row in rows], expected):
            raise ChangedError(_CHANGED)
        if wanted is None:
            connection.execute("DELETE FROM projects WHERE id = ?", (project_id,))
        elif expected is None:
            _insert(connection, wanted)
        else:
            _refuse_taken(connection, project_id, wanted)
            for rowid, row in rows:
                _update(connection, project_id, rowid, _without_later_write(row, expected, wanted))


def exchange_rows(path: Path, project_id: str, changes: Iterable[RowChange]) -> None:
    """Turns each of several rows of one id from what it was before into what it was after.

    Raises:
        ChangedError: They are not as before, or their name has been given to another one.
        OxtuiError: As `write_database`.
    """
    with _writing(path) as connection, _changed_meanwhile():
        rows = dict(_numbered_rows(connection, project_id))
        if not _are_as_expected(rows, {change.rowid: change.before for change in changes}):
            raise ChangedError(_CHANGED)
        for change in changes:
            _refuse_taken(connection, project_id, change.after)
            row = rows[change.rowid]
            wanted = _without_later_write(row, change.before, change.after)
            _update(connection, project_id, change.rowid, wanted)


@contextmanager
def _writing(path: Path) -> Generator[sqlite3.Connection]:
    with write_database(path) as connection:
        found = connection.execute(
            "SELECT 1 FROM sqlite_master"
            " WHERE name = 'projects' COLLATE NOCASE AND type = 'table' AND rootpage > 0"
        )
        if found.fetchone() is None:
            raise ReadOnlyError(f"{path.name} has no table of projects that can be written.")
        _check(_columns(connection))
        yield connection


@contextmanager
def _changed_meanwhile() -> Generator[None]:
    try:
        yield
    except InvalidValueError as error:
        raise ChangedError(f"{error.message} This cannot be undone.") from error


def _is_as_expected(rows: Sequence[Row], expected: Row | None) -> bool:
    if expected is None or len(rows) != 1:
        return expected is None and not rows
    return _holds(rows[0], expected)


def _are_as_expected(rows: Mapping[SqlValue, Row], expected: Mapping[SqlValue, Row]) -> bool:
    return rows.keys() == expected.keys() and all(_holds(rows[i], expected[i]) for i in rows)


def _holds(row: Row, expected: Row) -> bool:
    return all(row.get(key) == expected[key] for key in expected.keys() - {_BOOKKEEPING})


def _without_later_write(row: Row, expected: Row, wanted: Row) -> Row:
    if row.get(_BOOKKEEPING) == expected.get(_BOOKKEEPING):
        return wanted
    return {name: value for name, value in wanted.items() if name != _BOOKKEEPING}


def _columns(connection: sqlite3.Connection) -> list[str]:
    """The columns that hold what was put there; those that are computed are not among them."""
    return [row[1] for row in connection.execute("PRAGMA table_info(projects)")]


def _check(columns: Collection[str]) -> None:
    for name in _NEEDED:
        if name not in columns:
            raise UnreadableError(f"has a table of projects without “{name}”")


def _rows(connection: sqlite3.Connection, project_id: SqlValue) -> list[Row]:
    """The rows of an id as JSON holds them: what is binary, which Oxios never writes, as text."""
    columns = _columns(connection)
    fields = ", ".join(map(_quoted, columns))
    found = connection.execute(f"SELECT {fields} FROM projects WHERE id = ?", (project_id,))  # noqa: S608 - quoted names
    return [dict(zip(columns, map(_json_value, row), strict=True)) for row in rows_within(found)]


def _numbered_rows(
    connection: sqlite3.Connection, project_id: SqlValue
) -> list[tuple[SqlValue, Row]]:
    """The rows of an id, each with its number if there are several."""
    rows = _rows(connection, project_id)
    if len(rows) == 1:
        return [(None, rows[0])]
    numbers = connection.execute("SELECT rowid FROM projects WHERE id = ?", (project_id,))
    return [(number, row) for (number,), row in zip(rows_within(numbers), rows, strict=True)]


def _json_value(value: SqlValue | bytes) -> SqlValue:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _insert(connection: sqlite3.Connection, row: Row) -> None:
    _refuse_taken(connection, row["id"], row)
    columns = _columns(connection)
    names = [name for name in row if name in columns]
    fields, marks = ", ".join(map(_quoted, names)), ", ".join("?" * len(names))
    connection.execute(
        f"INSERT INTO projects ({fields}) VALUES ({marks})",  # noqa: S608 - quoted names
        [row[name] for name in names],
    )


def _update(connection: sqlite3.Connection, project_id: str, rowid: SqlValue, values: Row) -> None:
    fields = ", ".join(f"{_quoted(name)} = ?" for name in values)
    column, value = ("id", project_id) if rowid is None else ("rowid", rowid)
    connection.execute(
        f"UPDATE projects SET {fields} WHERE {column} = ?",  # noqa: S608 - quoted names
        [*values.values(), value],
    )


def _refuse_taken(
    connection: sqlite3.Connection, project_id: SqlValue, values: Mapping[str, SqlValue]
) -> None:
    name = values.get("name")
    others = connection.execute(
        "SELECT 1 FROM projects WHERE name = ? AND id IS NOT ?", (name, project_id)
    )
    if others.fetchone():
        raise InvalidValueError(f"There already is a project called “{sanitize(str(name))}”.")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
