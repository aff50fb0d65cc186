"""Databases and folders of projects that were made to stop us, or to have us write elsewhere."""

import os
import socket
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from oxtui.errors import (
    ChangedError,
    InvalidValueError,
    OxtuiError,
    ReadOnlyError,
    UnreadableError,
    WriteFailedError,
)
from oxtui.store.projects.catalog import (
    ProjectChange,
    ProjectStorage,
    add_project,
    is_as_before,
    read_projects,
    rename_project,
    undo_project_change,
)
from tests.store.projects.oxios_db import (
    API,
    LOOSE_SCHEMA,
    SCHEMA,
    WEB,
    add_row,
    make_database,
    rows_of,
)
from tests.store.projects.test_changes import through_json

# What does not answer within this time hangs.
pytestmark = pytest.mark.timeout(20)

ENDLESS = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)"
MANY = "CREATE TABLE m (i); INSERT INTO m VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9);"
MANY_TIMES_MANY = ", ".join(f"m AS m{number}" for number in range(20))


def database(base: Path, script: str) -> Path:
    path = base / "kernel.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


def problem(base: Path) -> str:
    catalog = read_projects(base)
    assert catalog.projects == ()
    assert catalog.storage is ProjectStorage.KERNEL_DB
    assert catalog.problem is not None
    return catalog.problem


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class TestReading:
    @pytest.mark.parametrize(
        "select",
        [
            f"{ENDLESS} SELECT i AS id, i AS name FROM n",
            f"{ENDLESS} SELECT i AS id, max(i) AS name FROM n",
            f"SELECT m0.i AS id, 'x' AS name FROM {MANY_TIMES_MANY} WHERE m0.i + m19.i = 0",
            f"SELECT m0.i AS id, 'x' AS name FROM {MANY_TIMES_MANY} ORDER BY m5.i",
            f"SELECT m0.i AS id, 'x' AS name FROM {MANY_TIMES_MANY}",
            "SELECT 1 AS id, instr(zeroblob(1e9), x'01') AS name",
            "SELECT 1 AS id, printf('%1000000000d', 1) AS name",
        ],
    )
    def test_a_view_that_takes_for_ever(self, tmp_path: Path, select: str) -> None:
        database(tmp_path, f"{MANY} CREATE VIEW projects AS {select};")
        assert problem(tmp_path).startswith("kernel.db ")

    def test_a_view_that_does_not_is_read_and_never_written(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(
                "ALTER TABLE projects RENAME TO real; CREATE VIEW projects AS SELECT * FROM real;"
            )
        assert [project.name for project in read_projects(tmp_path).projects] == ["api", "website"]
        for act in (lambda: add_project(tmp_path, "x"), lambda: rename_project(tmp_path, API, "x")):
            with pytest.raises(ReadOnlyError, match=r"kernel\.db has no table of projects that"):
                act()

    def test_a_column_that_is_computed_is_none(self, tmp_path: Path) -> None:
        database(
            tmp_path,
            "CREATE TABLE projects (id, name AS (hex(id)), emoji);"
            "INSERT INTO projects (id) VALUES (1);",
        )
        assert "has a table of projects without “name”" in problem(tmp_path)

    def test_more_rows_than_anybody_has(self, tmp_path: Path) -> None:
        database(
            tmp_path,
            f"{LOOSE_SCHEMA} INSERT INTO projects {ENDLESS}"
            " SELECT i, i, i FROM n WHERE i > 0 LIMIT 10001;",
        )
        assert "holds more than 10,000 projects" in problem(tmp_path)
        with closing(sqlite3.connect(tmp_path / "kernel.db")) as connection:
            connection.execute("DELETE FROM projects WHERE id = 1")
            connection.commit()
        assert len(read_projects(tmp_path).projects) == 10_000

    @pytest.mark.parametrize(("size", "rows"), [(1 << 20, 1), (1 << 17, 200)])
    def test_more_bytes_than_anybody_has(self, tmp_path: Path, size: int, rows: int) -> None:
        database(
            tmp_path,
            f"{LOOSE_SCHEMA} INSERT INTO projects {ENDLESS}"
            f" SELECT i, hex(zeroblob({size // 2})), '' FROM n LIMIT {rows};",
        )
        assert "kernel.db holds " in problem(tmp_path)

    def test_much_in_what_is_not_shown_is_no_problem(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE projects SET instructions = hex(zeroblob(1000000))")
            connection.commit()
        assert [project.name for project in read_projects(tmp_path).projects] == ["api", "website"]

    @pytest.mark.parametrize(("offset", "value"), [(19, 3), (47, 5)])
    @pytest.mark.parametrize("wal", [True, False], ids=["wal", "rollback"])
    def test_a_newer_format_is_said(
        self, tmp_path: Path, offset: int, value: int, wal: bool
    ) -> None:
        path = make_database(tmp_path / "kernel.db", wal=wal)
        patch(path, offset, value)
        assert "kernel.db is of a newer format of SQLite" in problem(tmp_path)
        before = content(tmp_path)
        with pytest.raises(UnreadableError, match=r"newer format of SQLite.*Nothing was written"):
            add_project(tmp_path, "docs")
        assert content(tmp_path) == before

    def test_what_takes_a_newer_sqlite_to_write_is_only_read(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db", wal=False)
        patch(path, 18, 3)
        assert [project.name for project in read_projects(tmp_path).projects] == ["api", "website"]
        with pytest.raises(UnreadableError, match="newer format of SQLite"):
            add_project(tmp_path, "docs")


def patch(path: Path, offset: int, value: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] = value
    path.write_bytes(data)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    (path.parent / "elsewhere").write_text("not ours")
    path.symlink_to("elsewhere")


def folder(path: Path) -> None:
    path.mkdir()


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.fspath(path))


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


class TestWhatIsBeside:
    @pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
    @pytest.mark.parametrize("make", [fifo, link, folder, unix_socket, device])
    @pytest.mark.parametrize("wal", [True, False], ids=["wal", "rollback"])
    def test_is_a_regular_file_or_nothing_is_opened(
        self,
        tmp_path: Path,
        suffix: str,
        make: Callable[[Path], None],
        wal: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        path = make_database(tmp_path / "kernel.db", wal=wal)
        monkeypatch.chdir(tmp_path)  # the name of a socket must be short
        make(Path(f"kernel.db{suffix}"))
        before = content(tmp_path)
        assert f"cannot be used, since kernel.db{suffix} is no regular file" in problem(tmp_path)
        with pytest.raises(UnreadableError, match="no regular file"):
            add_project(tmp_path, "docs")
        with pytest.raises(UnreadableError, match="no regular file"):
            rename_project(tmp_path, API, "core")
        assert content(tmp_path) == before
        assert path.is_file()

    def test_a_journal_that_has_sqlite_remove_another_file(self, tmp_path: Path) -> None:
        make_database(tmp_path / "kernel.db", wal=False)
        (tmp_path / "precious").write_text("not ours")
        subprocess.run([sys.executable, "-c", INTERRUPTED, tmp_path / "kernel.db"], check=True)
        journal = tmp_path / "kernel.db-journal"
        name = os.fsencode(tmp_path / "precious")
        page = struct.pack(">I", 0x4000_0000 // 4096 + 1)
        checked = struct.pack(">II", len(name), sum(name))
        magic = journal.read_bytes()[:8]
        journal.write_bytes(journal.read_bytes() + page + name + checked + magic)
        before = content(tmp_path)
        with pytest.raises(UnreadableError, match=r"in the middle of a write to several files"):
            rename_project(tmp_path, API, "core")
        assert content(tmp_path) == before

    def test_a_journal_of_its_own_is_taken_back(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db", wal=False)
        subprocess.run([sys.executable, "-c", INTERRUPTED, path], check=True)
        assert (tmp_path / "kernel.db-journal").stat().st_size
        rename_project(tmp_path, API, "core")
        assert {row["name"] for row in rows_of(path).values()} == {"core", "website"}


INTERRUPTED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.executescript(
    "PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE projects SET description = zeroblob(9000);"
    "CREATE TABLE x (a);"
)
for _ in range(1000):
    connection.execute("INSERT INTO x VALUES (zeroblob(3000))")
os._exit(0)
"""


class TestWriting:
    @pytest.mark.parametrize("event", ["INSERT", "UPDATE"])
    @pytest.mark.parametrize("when", ["BEFORE", "AFTER"])
    @pytest.mark.parametrize(
        "body",
        [
            f"INSERT INTO sink {ENDLESS} SELECT i FROM n;",
            f"INSERT INTO sink SELECT m0.i FROM {MANY_TIMES_MANY};",
            f"DELETE FROM sink WHERE i IN (SELECT m0.i FROM {MANY_TIMES_MANY});",
            "INSERT INTO sink VALUES (instr(zeroblob(1e9), x'01'));",
            "INSERT INTO sink VALUES (zeroblob(1e9));",
        ],
    )
    def test_a_trigger_that_takes_for_ever(
        self, tmp_path: Path, event: str, when: str, body: str
    ) -> None:
        path = database(
            tmp_path, f"{SCHEMA} {MANY} CREATE TABLE sink (i); INSERT INTO sink VALUES (1);"
        )
        with closing(sqlite3.connect(path)) as connection:
            add_row(connection, API, "api", "")
            connection.executescript(
                f"CREATE TRIGGER t {when} {event} ON projects BEGIN {body} END;"
            )
        before = rows_of(path)
        with pytest.raises(WriteFailedError, match=r"kernel\.db .*Nothing was written"):
            _ = (
                add_project(tmp_path, "docs")
                if event == "INSERT"
                else rename_project(tmp_path, API, "core")
            )
        assert rows_of(path) == before

    def test_what_is_checked_and_indexed_by_simple_means_is_written(self, tmp_path: Path) -> None:
        path = database(
            tmp_path,
            "CREATE TABLE projects (id TEXT PRIMARY KEY, name TEXT CHECK (length(name) < 200),"
            " emoji, at DEFAULT (datetime('now')),"
            " short AS (lower(name)));"
            "CREATE UNIQUE INDEX i ON projects (lower(name));"
            "CREATE TABLE log (name); CREATE TRIGGER t AFTER INSERT ON projects"
            " BEGIN INSERT INTO log VALUES (new.name); END;",
        )
        change = add_project(tmp_path, "docs")
        renamed = rename_project(tmp_path, change.project, "Papers")
        assert rows_of(path)[change.project]["short"] == "papers"
        undo_project_change(tmp_path, renamed)
        undone = undo_project_change(tmp_path, change)
        assert rows_of(path) == {}
        undo_project_change(tmp_path, undone)
        assert rows_of(path)[change.project]["name"] == "docs"

    @pytest.mark.parametrize("name", ["kernel.db", "memory.db"])
    def test_through_a_link_is_read_and_never_written(self, tmp_path: Path, name: str) -> None:
        base, elsewhere = tmp_path / "base", tmp_path / "elsewhere"
        base.mkdir()
        elsewhere.mkdir()
        make_database(base / name)
        change = rename_project(base, WEB, "site")
        (base / name).rename(elsewhere / "real.db")
        (base / name).symlink_to(elsewhere / "real.db")
        before = content(elsewhere)
        assert [project.name for project in read_projects(base).projects] == ["api", "site"]
        for act in (
            lambda: add_project(base, "docs"),
            lambda: rename_project(base, API, "core"),
            lambda: undo_project_change(base, change),
        ):
            with pytest.raises(ReadOnlyError, match=f"{name} is a link, so nothing is written"):
                act()
        assert content(elsewhere) == before
        assert [path.name for path in base.iterdir()] == [name]

    def test_a_link_to_nothing_is_said_and_nothing_is_made_there(self, tmp_path: Path) -> None:
        (tmp_path / "kernel.db").symlink_to(tmp_path / "gone.db")
        assert "is a link to a file that is not there" in problem(tmp_path)
        with pytest.raises(ReadOnlyError, match="is a link"):
            add_project(tmp_path, "docs")
        assert [path.name for path in tmp_path.glob("*.db")] == ["kernel.db"]
        assert not (tmp_path / "projects").exists()


class TestFiles:
    def test_a_folder_behind_a_link_is_read_and_never_written(self, tmp_path: Path) -> None:
        base, elsewhere = tmp_path / "base", tmp_path / "elsewhere"
        base.mkdir()
        change = add_project(base, "docs")
        (base / "projects").rename(elsewhere)
        (base / "projects").symlink_to(elsewhere)
        before = content(elsewhere)
        assert [project.name for project in read_projects(base).projects] == ["docs"]
        for act in (
            lambda: add_project(base, "more"),
            lambda: rename_project(base, change.project, "core"),
            lambda: undo_project_change(base, change),
        ):
            with pytest.raises(ReadOnlyError, match="projects is a link, so nothing is written"):
                act()
        assert content(elsewhere) == before

    @pytest.mark.parametrize("make", [fifo, link, folder, device])
    def test_what_is_no_file_is_neither_read_nor_written(
        self, tmp_path: Path, make: Callable[[Path], None]
    ) -> None:
        renamed = rename_project(tmp_path, add_project(tmp_path, "docs").project, "papers")
        path = tmp_path / "projects" / f"{renamed.project}.json"
        (tmp_path / "elsewhere").write_bytes(path.read_bytes())
        path.unlink()
        make(path)
        if path.is_symlink():
            path.unlink()
            path.symlink_to(tmp_path / "elsewhere")  # with the very content that is expected
        before = (tmp_path / "elsewhere").read_bytes()
        kind = path.lstat().st_mode
        assert f"projects/{path.name} cannot be read" in (read_projects(tmp_path).problem or "")
        for act in (
            lambda: rename_project(tmp_path, renamed.project, "core"),
            lambda: undo_project_change(tmp_path, renamed),
        ):
            with pytest.raises((UnreadableError, ChangedError)):
                act()
        assert (tmp_path / "elsewhere").read_bytes() == before
        assert path.lstat().st_mode == kind

    @pytest.mark.parametrize("make", [fifo, unix_socket])
    def test_a_folder_that_is_none_is_said(
        self, tmp_path: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        make(Path("projects"))
        catalog = read_projects(tmp_path)
        assert catalog.problem == (
            "projects cannot be listed: Not a directory, so its projects cannot be read."
        )
        with pytest.raises(OxtuiError):
            add_project(tmp_path, "docs")

    def test_files_that_are_too_large_or_too_many(self, tmp_path: Path) -> None:
        add_project(tmp_path, "docs")
        large = tmp_path / "projects" / f"{API}.json"
        large.touch()
        os.truncate(large, 1 << 33)
        catalog = read_projects(tmp_path)
        assert [project.name for project in catalog.projects] == ["docs"]
        assert catalog.problem == f"projects/{API}.json cannot be read: too large."
        for number in range(20):
            os.truncate(tmp_path / "projects" / f"{API}.json", 1 << 33)
            (tmp_path / "projects" / f"{API[:-2]}{number:02}.json").write_bytes(b" " * (1 << 20))
        assert "holds more than" in (read_projects(tmp_path).problem or "")


class TestSeveralRowsOfOneId:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = database(tmp_path, "CREATE TABLE projects (id, name, emoji, updated_at);")
        with closing(sqlite3.connect(path)) as connection:
            for row in ((API, "api", "", 1), (WEB, "web", "", 2), (API, "gateway", "", 3)):
                connection.execute("INSERT INTO projects VALUES (?, ?, ?, ?)", row)
            connection.commit()
        return path

    def rows(self, path: Path) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("SELECT * FROM projects ORDER BY rowid").fetchall()

    def test_each_is_renamed_and_taken_back_to_what_it_was(self, path: Path) -> None:
        before = self.rows(path)
        change = rename_project(path.parent, API, "core")
        after = self.rows(path)
        assert [row[1] for row in after] == ["core", "web", "core"]
        undone = undo_project_change(path.parent, through_json(change))
        assert self.rows(path) == before
        undo_project_change(path.parent, through_json(undone))
        assert self.rows(path) == after

    def test_what_was_done_already_is_known(self, path: Path) -> None:
        change = rename_project(path.parent, API, "core")
        assert not is_as_before(path.parent, change)
        undo_project_change(path.parent, change)
        assert is_as_before(path.parent, change)

    @pytest.mark.parametrize(
        "since",
        [
            "UPDATE projects SET name = 'other' WHERE rowid = 3",
            "DELETE FROM projects WHERE rowid = 1",
            f"INSERT INTO projects VALUES ('{API}', 'core', '', 4)",
        ],
    )
    def test_nothing_is_taken_back_when_one_was_changed_since(self, path: Path, since: str) -> None:
        change = rename_project(path.parent, API, "core")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(since)
            connection.commit()
        before = self.rows(path)
        with pytest.raises(ChangedError):
            undo_project_change(path.parent, change)
        assert self.rows(path) == before

    def test_a_second_row_that_came_since_is_left_alone(self, path: Path) -> None:
        change = rename_project(path.parent, WEB, "site")
        added = add_project(path.parent, "docs")
        with closing(sqlite3.connect(path)) as connection:
            for project_id in (WEB, added.project):
                connection.execute(
                    "INSERT INTO projects VALUES (?, 'theirs', '', 4)", (project_id,)
                )
            connection.commit()
        before = self.rows(path)
        for done in (change, added):
            with pytest.raises(ChangedError):
                undo_project_change(path.parent, done)
        assert self.rows(path) == before

    def test_a_name_that_is_taken_meanwhile(self, path: Path) -> None:
        change = rename_project(path.parent, API, "core")
        rename_project(path.parent, WEB, "gateway")
        before = self.rows(path)
        with pytest.raises(ChangedError, match="gateway"):
            undo_project_change(path.parent, change)
        with pytest.raises(InvalidValueError):
            rename_project(path.parent, API, "gateway")
        assert self.rows(path) == before

    def test_what_older_versions_noted_is_taken_back(self, tmp_path: Path) -> None:
        make_database(tmp_path / "kernel.db")
        change = msgspec.json.encode(rename_project(tmp_path, API, "core"))
        fields = msgspec.json.decode(change)
        del fields["rows"]
        undo_project_change(tmp_path, msgspec.convert(fields, ProjectChange))
        assert rows_of(tmp_path / "kernel.db")[API]["name"] == "api"
