"""Databases as Oxios makes them, for the tests of projects."""

import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

OLD_SCHEMA = """
CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    paths TEXT,
    tags TEXT,
    emoji TEXT NOT NULL DEFAULT '📦',
    source TEXT NOT NULL DEFAULT 'manual',
    memory_visible INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    last_active_at TEXT NOT NULL
);
CREATE INDEX idx_projects_name ON projects(name);
"""
SCHEMA = f"""{OLD_SCHEMA}
ALTER TABLE projects ADD COLUMN mount_ids TEXT NOT NULL DEFAULT '[]';
ALTER TABLE projects ADD COLUMN instructions TEXT NOT NULL DEFAULT '';
"""
LOOSE_SCHEMA = "CREATE TABLE projects (id PRIMARY KEY, name, emoji);"

API = "0e0f2a52-54a4-4b6c-9d55-0b7a3d0f5a01"
WEB = "6c3c1fd6-7f8b-4d6a-8a3e-5d6f8f0b1c02"
TIME = "2026-05-01T10:20:30.123456789+00:00"


def make_database(path: Path, schema: str = SCHEMA, *, wal: bool = True) -> Path:
    """An Oxios database with the projects api and website, closed again."""
    with closing(sqlite3.connect(path)) as connection:
        if wal:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(schema)
        add_row(connection, WEB, "website", "palette")
        add_row(connection, API, "api", "🔧")
    return path


def add_row(connection: sqlite3.Connection, project_id: object, name: object, icon: object) -> None:
    """A row as Oxios would write it, in whatever columns there are."""
    columns = [row[1] for row in connection.execute("PRAGMA table_info(projects)")]
    values = {"id": project_id, "name": name, "emoji": icon, "description": "", "paths": "[]"}
    values |= {"tags": "[]", "source": "manual", "memory_visible": 1}
    values |= dict.fromkeys(("created_at", "updated_at", "last_active_at"), TIME)
    given = [column for column in columns if column in values]
    connection.execute(
        f"INSERT INTO projects ({', '.join(given)}) VALUES ({', '.join('?' * len(given))})",
        [values[column] for column in given],
    )
    connection.commit()


def rows_of(path: Path) -> dict[str, dict[str, object]]:
    """Every row of the table by its id, read by SQLite's own means."""
    with closing(sqlite3.connect(path)) as connection:
        cursor = connection.execute("SELECT * FROM projects")
        names = [column[0] for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor}


_OTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.executescript(sys.argv[2])
print("ready", flush=True)
for line in sys.stdin:
    connection.execute(line)
    print("ready", flush=True)
"""


@contextmanager
def another_process(path: Path, script: str) -> Generator[subprocess.Popen[str]]:
    """Another process that ran `script` on the database and keeps it open."""
    command = [sys.executable, "-c", _OTHER, str(path), script]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def have_run(process: subprocess.Popen[str], line: str) -> None:
    """Has another process run a line on its database, which it keeps open: that tells nobody."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "ready\n"
