"""The table of projects in the SQLite file that Oxios keeps beside its sessions."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from oxtui.errors import ChangedError, InvalidValueError, NotFoundError
from oxtui.sanitize import sanitize
from oxtui.store.noting import Noting, unnoted
from oxtui.store.sqlite_files import commit, read_database, write_database

SqlValue: TypeAlias = str | int | float | None
Row: TypeAlias = dict[str, SqlValue]

States: TypeAlias = tuple[Row | None, Row | None]
"""What a row holds, and what it is about to hold; None is no row."""

# It says when a row was written, and not what was.
_BOOKKEEPING: Final = "updated_at"


def read_rows(path: Path, wanted: tuple[str, ...]) -> list[tuple[object, ...]] | None:
    """The `wanted` columns of every row; None where a column does not exist.

    Returns:
        None if the database has no table of projects.

    Raises:
        FileNotFoundError: There is no such file.
        UnreadableError: As `read_database`.
    """

    def select(connection: sqlite3.Connection) -> list[tuple[object, ...]] | None:
        columns = _columns(connection)
        if not columns:
            return None
        fields = ", ".join(name if name in columns else "NULL" for name in wanted)
        return connection.execute(f"SELECT {fields} FROM projects").fetchall()  # noqa: S608 - names of ours

    return read_database(path, select)


def insert_row(path: Path, row: Row, noting: Noting[States] = unnoted) -> Row:
    """Adds a row, of which only the columns that exist are written.

    Returns:
        The whole row as it is stored, with the columns that the database filled in.

    Raises:
        InvalidValueError: Another row has this name.
        OxtuiError: As `write_database`.
    """
    with write_database(path) as connection:
        _insert(connection, row)
        after = _row(connection, row["id"]) or {}
        with noting((None, after)):
            commit(connection, path.name)
        return after


def change_row(
    path: Path, project_id: str, values: Row, noting: Noting[States] = unnoted
) -> tuple[Row, Row]:
    """Sets some columns of a row, as far as they exist.

    Returns:
        What these columns held before, and what they hold now.

    Raises:
        NotFoundError: There is no such row.
        InvalidValueError: Another row has this name.
        OxtuiError: As `write_database`.
    """
    with write_database(path) as connection:
        row = _row(connection, project_id)
        if row is None:
            raise NotFoundError("That project is not there any more.")
        after = {name: value for name, value in values.items() if name in row}
        before = {name: row[name] for name in after}
        _update(connection, project_id, after)
        with noting((before, after)):
            commit(connection, path.name)
        return before, after


def row_is(path: Path, project_id: str, expected: Row | None) -> bool:
    """Whether a row holds what is expected; None is no row.

    Raises:
        UnreadableError: As `read_database`.
    """
    try:
        return read_database(path, lambda c: _is_as_expected(_row(c, project_id), expected))
    except FileNotFoundError:
        return expected is None


def exchange_row(path: Path, project_id: str, expected: Row | None, wanted: Row | None) -> None:
    """Turns a row from `expected` into `wanted`; None is no row, other columns are left alone.

    When it was last written is not compared, and not set back over a later write.

    Raises:
        ChangedError: The row is not as expected, or its name has been given to another one.
        OxtuiError: As `write_database`.
    """
    with write_database(path) as connection:
        row = _row(connection, project_id)
        if not _is_as_expected(row, expected):
            raise ChangedError("The project was changed since, so this cannot be undone.")
        try:
            if wanted is None:
                connection.execute("DELETE FROM projects WHERE id = ?", (project_id,))
            elif row is None or expected is None:
                _insert(connection, wanted)
            else:
                _update(connection, project_id, _without_later_write(row, expected, wanted))
        except InvalidValueError as error:
            raise ChangedError(f"{error.message} This cannot be undone.") from error


def _is_as_expected(row: Row | None, expected: Row | None) -> bool:
    if row is None or expected is None:
        return row is expected
    return all(row.get(key) == expected[key] for key in expected.keys() - {_BOOKKEEPING})


def _without_later_write(row: Row, expected: Row, wanted: Row) -> Row:
    if row.get(_BOOKKEEPING) == expected.get(_BOOKKEEPING):
        return wanted
    return {name: value for name, value in wanted.items() if name != _BOOKKEEPING}


def _columns(connection: sqlite3.Connection) -> frozenset[str]:
    return frozenset(row[1] for row in connection.execute("PRAGMA table_info(projects)"))


def _row(connection: sqlite3.Connection, project_id: SqlValue) -> Row | None:
    """A row as JSON can hold it: what is binary, which Oxios never writes, as text."""
    cursor = connection.execute("SELECT * FROM projects WHERE id = ?", (project_id,))
    values = cursor.fetchone()
    if values is None:
        return None
    names = (column[0] for column in cursor.description)
    return {name: _json_value(value) for name, value in zip(names, values, strict=True)}


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


def _update(connection: sqlite3.Connection, project_id: str, values: Row) -> None:
    _refuse_taken(connection, project_id, values)
    fields = ", ".join(f"{_quoted(name)} = ?" for name in values)
    connection.execute(
        f"UPDATE projects SET {fields} WHERE id = ?",  # noqa: S608 - quoted names
        [*values.values(), project_id],
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
