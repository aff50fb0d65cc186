"""Adding, renaming and undoing projects, in Oxios' database and in the store's own files."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from oxtui.errors import (
    ChangedError,
    InvalidValueError,
    NotFoundError,
    ReadOnlyError,
    UnreadableError,
    WriteFailedError,
)
from oxtui.store.projects.catalog import (
    LONGEST_NAME,
    RESTART_REMARK,
    ProjectChange,
    ProjectStorage,
    add_project,
    read_projects,
    rename_project,
    undo_project_change,
    valid_project_name,
)
from tests.store.projects.oxios_db import (
    API,
    OLD_SCHEMA,
    SCHEMA,
    TIME,
    WEB,
    another_process,
    make_database,
    rows_of,
)


@pytest.fixture(params=["kernel.db", "memory.db", "projects"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A store with the projects api and website, in each of the places where they can be."""
    if request.param == "kernel.db":
        make_database(tmp_path / "kernel.db")
    elif request.param == "memory.db":
        make_database(tmp_path / "memory.db", OLD_SCHEMA, wal=False)
    else:
        (tmp_path / "projects").mkdir()
        for project_id, name, icon in ((API, "api", "🔧"), (WEB, "website", "palette")):
            fields = {"id": project_id, "name": name, "icon": icon, "created_at": TIME}
            fields |= {"updated_at": TIME, "of_others": {"kept": [1.50, "é"]}}
            path = tmp_path / "projects" / f"{project_id}.json"
            path.write_text(json.dumps(fields, indent=2, ensure_ascii=False), "utf-8")
    return tmp_path


def names(base: Path) -> dict[str, str]:
    catalog = read_projects(base)
    assert catalog.problem is None
    return {p.project_id: p.name for p in catalog.projects}


def stored(base: Path) -> object:
    """Everything that says what the projects are."""
    if read_projects(base).storage is ProjectStorage.FILES:
        return {path.name: path.read_bytes() for path in (base / "projects").iterdir()}
    return rows_of(base / read_projects(base).storage)


def through_json(change: ProjectChange) -> ProjectChange:
    """The change as a journal gives it back."""
    return msgspec.json.decode(msgspec.json.encode(change), type=ProjectChange)


class TestEverywhere:
    def test_add(self, base: Path) -> None:
        change = add_project(base, "  문서 ", "book-open")
        assert names(base) == {API: "api", WEB: "website", change.project_id: "문서"}
        assert UUID(change.project).version == 4
        (added,) = [p for p in read_projects(base).projects if p.name == "문서"]
        assert added.icon == "📖"
        assert (change.old_name, change.new_name) == (None, "문서")

    def test_add_without_an_icon_has_the_generic_one(self, base: Path) -> None:
        change = add_project(base, "docs")
        (added,) = [p for p in read_projects(base).projects if p.project_id == change.project]
        assert added.icon == "📦"

    def test_rename(self, base: Path) -> None:
        change = rename_project(base, API, "core")
        assert names(base) == {API: "core", WEB: "website"}
        assert (change.old_name, change.new_name) == ("api", "core")

    def test_a_database_of_oxios_comes_with_a_remark(self, base: Path) -> None:
        in_files = read_projects(base).storage is ProjectStorage.FILES
        assert add_project(base, "docs").remark == (None if in_files else RESTART_REMARK)

    @pytest.mark.parametrize("act", ["add", "rename"])
    def test_undo_restores_all_of_it_and_can_be_undone(self, base: Path, act: str) -> None:
        before = stored(base)
        change = add_project(base, "docs") if act == "add" else rename_project(base, API, "core")
        after = stored(base)
        undone = undo_project_change(base, through_json(change))
        assert stored(base) == before
        undo_project_change(base, through_json(undone))
        assert stored(base) == after

    def test_undo_refuses_when_the_project_was_renamed_since(self, base: Path) -> None:
        change = rename_project(base, API, "core")
        rename_project(base, API, "kernel")
        with pytest.raises(ChangedError):
            undo_project_change(base, change)
        assert names(base)[API] == "kernel"

    def test_undo_of_add_refuses_when_the_project_was_changed_since(self, base: Path) -> None:
        change = add_project(base, "docs")
        rename_project(base, change.project, "documents")
        with pytest.raises(ChangedError):
            undo_project_change(base, change)
        assert names(base)[change.project] == "documents"

    def test_undo_refuses_when_the_old_name_is_taken(self, base: Path) -> None:
        change = rename_project(base, API, "core")
        add_project(base, "api")
        with pytest.raises(ChangedError, match="api"):
            undo_project_change(base, change)
        assert names(base)[API] == "core"

    def test_undo_twice_refuses(self, base: Path) -> None:
        change = add_project(base, "docs")
        undo_project_change(base, change)
        with pytest.raises(ChangedError):
            undo_project_change(base, change)

    def test_a_name_that_is_taken_is_refused(self, base: Path) -> None:
        before = stored(base)
        with pytest.raises(InvalidValueError, match="website"):
            add_project(base, "website")
        with pytest.raises(InvalidValueError, match="website"):
            rename_project(base, API, " website")
        assert stored(base) == before

    def test_a_project_that_is_not_there(self, base: Path) -> None:
        for project_id in ("8d7f8a5e-0000-4000-8000-000000000000", "../../etc/passwd", ""):
            with pytest.raises(NotFoundError):
                rename_project(base, project_id, "core")

    def test_an_icon_that_is_none_is_refused(self, base: Path) -> None:
        with pytest.raises(InvalidValueError, match="nonsense"):
            add_project(base, "docs", "nonsense")

    def test_leaves_no_temp_files(self, base: Path) -> None:
        undo_project_change(base, rename_project(base, API, "core"))
        undo_project_change(base, add_project(base, "docs"))
        assert not [path for path in base.rglob("*") if path.name.endswith((".tmp", "-journal"))]


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["", " \t\n", "a\nb", "a\x1b[31m", "a\0", "a\u202eb", "a\u200bb", "a\ud800", "a" * 101],
    )
    def test_refused(self, name: str) -> None:
        with pytest.raises(InvalidValueError):
            valid_project_name(name)

    @pytest.mark.parametrize(
        "name", ["a", "a" * LONGEST_NAME, "세션 저장소", "👩‍💻 work", "[/x] 'q'"]
    )
    def test_accepted_without_space_around(self, name: str) -> None:
        assert valid_project_name(f" {name}\n") == name


class TestDatabase:
    def test_a_new_row_is_in_the_formats_of_oxios(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        change = add_project(tmp_path, "docs", "book-open")
        row = rows_of(path)[change.project]
        times = {str(row.pop(key)) for key in ("created_at", "updated_at", "last_active_at")}
        assert row == {
            "id": change.project,
            "name": "docs",
            "description": "",
            "paths": "[]",
            "tags": "[]",
            "emoji": "book-open",
            "source": "manual",
            "memory_visible": 1,
            "mount_ids": "[]",
            "instructions": "",
        }
        (time,) = times
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(\d{3}){1,3})?\+00:00", time)
        assert (
            abs((datetime.now().astimezone() - datetime.fromisoformat(time)).total_seconds()) < 60
        )

    def test_a_rename_touches_the_name_and_the_time_only(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        before = rows_of(path)
        rename_project(tmp_path, API, "core")
        after = rows_of(path)
        assert after[WEB] == before[WEB]
        changed = {key for key in before[API] if before[API][key] != after[API][key]}
        assert changed == {"name", "updated_at"}

    @pytest.mark.parametrize("mode", ["wal", "delete"])
    def test_the_journal_mode_stays(self, tmp_path: Path, mode: str) -> None:
        path = make_database(tmp_path / "kernel.db", wal=mode == "wal")
        add_project(tmp_path, "docs")
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == (mode,)

    def test_while_another_process_has_it_open(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        with another_process(path, "UPDATE projects SET description = 'theirs'"):
            rename_project(tmp_path, API, "core")
            assert names(tmp_path)[API] == "core"
        assert rows_of(path)[API]["description"] == "theirs"

    def test_a_lock_that_stays_is_an_error_and_nothing_is_written(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        with (
            another_process(path, "BEGIN IMMEDIATE"),
            pytest.raises(WriteFailedError, match=r"kernel\.db is locked"),
        ):
            add_project(tmp_path, "docs")
        assert names(tmp_path) == {API: "api", WEB: "website"}

    def test_a_lock_that_goes_is_waited_for(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db", wal=False)
        with another_process(path, "BEGIN EXCLUSIVE") as process:
            assert read_projects(tmp_path).problem
            timer = threading.Timer(0.3, process.kill)
            timer.start()
            rename_project(tmp_path, API, "core")
            timer.join()
        assert names(tmp_path)[API] == "core"

    def test_two_processes_at_once_lose_nothing(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        code = (
            "import sys, pathlib; from oxtui.store.projects.catalog import add_project\n"
            "for n in range(25): add_project(pathlib.Path(sys.argv[1]), sys.argv[2] + str(n))"
        )
        commands = [[sys.executable, "-c", code, str(tmp_path), name] for name in ("a", "b")]
        processes = [subprocess.Popen(command) for command in commands]
        for number in range(25):
            rename_project(tmp_path, API, f"c{number}")
        assert [process.wait() for process in processes] == [0, 0]
        found = {row["name"] for row in rows_of(path).values()}
        assert found == {"website", "c24"} | {f"{name}{n}" for name in "ab" for n in range(25)}

    def test_a_row_that_oxios_only_touched_since_can_be_undone(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        change = rename_project(tmp_path, API, "core")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE projects SET updated_at = 'x', last_active_at = 'x'")
            connection.commit()
        undo_project_change(tmp_path, change)
        assert rows_of(path)[API]["name"] == "api"
        assert rows_of(path)[API]["updated_at"] == "x"

    def test_a_new_project_that_oxios_used_since_is_not_removed(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        change = add_project(tmp_path, "docs")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE projects SET last_active_at = 'x', updated_at = 'x'")
            connection.commit()
        with pytest.raises(ChangedError):
            undo_project_change(tmp_path, change)
        assert change.project in rows_of(path)

    def test_columns_of_a_newer_oxios_are_undone_and_redone_too(self, tmp_path: Path) -> None:
        path = make_database(
            tmp_path / "kernel.db",
            f'{SCHEMA} ALTER TABLE projects ADD COLUMN "or""der" TEXT NOT NULL DEFAULT \'last\';',
        )
        change = add_project(tmp_path, "docs")
        undone = undo_project_change(tmp_path, change)
        undo_project_change(tmp_path, undone)
        assert rows_of(path)[change.project]['or"der'] == "last"

    def test_a_column_that_wants_a_value_is_said(self, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "kernel.db")) as connection:
            connection.execute("CREATE TABLE projects (id, name, owner TEXT NOT NULL)")
        with pytest.raises(WriteFailedError, match="owner"):
            add_project(tmp_path, "docs")

    def test_a_damaged_database_is_not_written_nor_passed_by(self, tmp_path: Path) -> None:
        (tmp_path / "kernel.db").write_bytes(b"nonsense" * 500)
        make_database(tmp_path / "memory.db")
        with pytest.raises(UnreadableError, match=r"kernel\.db is not an SQLite database"):
            add_project(tmp_path, "docs")
        assert (tmp_path / "kernel.db").read_bytes() == b"nonsense" * 500
        assert not (tmp_path / "projects").exists()

    def test_a_database_that_went_away(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        change = rename_project(tmp_path, API, "core")
        path.unlink()
        with pytest.raises(WriteFailedError, match="No such file"):
            undo_project_change(tmp_path, change)
        assert not path.exists()

    def test_what_the_database_refuses_is_taken_back(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(
                "CREATE TRIGGER no BEFORE UPDATE ON projects BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        with pytest.raises(WriteFailedError, match="no"):
            rename_project(tmp_path, API, "core")
        assert names(tmp_path)[API] == "api"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
    def test_a_database_that_may_only_be_read(self, tmp_path: Path) -> None:
        make_database(tmp_path / "kernel.db").chmod(0o444)
        tmp_path.chmod(0o555)
        assert names(tmp_path) == {API: "api", WEB: "website"}
        with pytest.raises(ReadOnlyError, match=r"kernel\.db"):
            rename_project(tmp_path, API, "core")
        assert [path.name for path in tmp_path.glob("kernel*")] == ["kernel.db"]


class TestFiles:
    def test_the_first_project_makes_the_folder(self, tmp_path: Path) -> None:
        change = add_project(tmp_path, "docs", "🔧")
        path = tmp_path / "projects" / f"{change.project}.json"
        fields = json.loads(path.read_text("utf-8"))
        assert list(fields) == ["id", "name", "icon", "created_at", "updated_at"]
        assert (fields["id"], fields["name"], fields["icon"]) == (change.project, "docs", "🔧")
        assert fields["created_at"].endswith("Z")
        undo_project_change(tmp_path, change)
        assert not path.exists()

    def test_a_rename_keeps_what_it_does_not_know(self, tmp_path: Path) -> None:
        change = add_project(tmp_path, "docs")
        path = tmp_path / "projects" / f"{change.project}.json"
        path.write_text('{"zeta": "é\\ud800", "name": "docs", "alpha": 12345678901234567890}')
        rename_project(tmp_path, change.project, "문서")
        fields = json.loads(path.read_text("utf-8"))
        assert list(fields) == ["zeta", "name", "alpha", "updated_at"]
        assert fields["zeta"] == "é\ud800"
        assert fields["name"] == "문서"
        assert fields["alpha"] == 12345678901234567890

    def test_an_unreadable_one_is_not_written(self, tmp_path: Path) -> None:
        change = add_project(tmp_path, "docs")
        path = tmp_path / "projects" / f"{change.project}.json"
        path.write_text("{")
        with pytest.raises(UnreadableError, match=f"{path.name} cannot be read: not JSON"):
            rename_project(tmp_path, change.project, "core")
        assert path.read_text() == "{"

    def test_a_folder_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "projects").write_text("")
        with pytest.raises(WriteFailedError):
            add_project(tmp_path, "docs")
