"""Reading the projects of a store, whatever state their files are in."""

import json
import os
import shutil
import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest

from oxtui.errors import InvalidValueError, NotFoundError
from oxtui.store.models import ProjectId
from oxtui.store.projects.catalog import (
    Project,
    ProjectCatalog,
    ProjectStorage,
    read_projects,
    resolve_project,
    tells_of_projects,
)
from oxtui.store.projects.icons import ICON_NAMES, icon_of
from tests.store.projects.oxios_db import (
    API,
    LOOSE_SCHEMA,
    OLD_SCHEMA,
    SCHEMA,
    WEB,
    add_row,
    another_process,
    make_database,
)

EXPECTED = (
    Project(ProjectId(API), "api", "🔧", "🔧"),
    Project(ProjectId(WEB), "website", "🎨", "palette"),
)


def listing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def names_in(folder: Path) -> list[str]:
    return sorted(listing(folder))


class TestDatabase:
    @pytest.mark.parametrize("schema", [SCHEMA, OLD_SCHEMA], ids=["new", "old"])
    @pytest.mark.parametrize("wal", [True, False], ids=["wal", "rollback"])
    def test_names_and_icons_in_the_order_of_names(
        self, tmp_path: Path, schema: str, wal: bool
    ) -> None:
        path = make_database(tmp_path / "kernel.db", schema, wal=wal)
        catalog = read_projects(tmp_path)
        assert catalog == ProjectCatalog(EXPECTED, ProjectStorage.KERNEL_DB, path)

    @pytest.mark.parametrize("wal", [True, False], ids=["wal", "rollback"])
    def test_reading_leaves_no_trace(self, tmp_path: Path, wal: bool) -> None:
        make_database(tmp_path / "kernel.db", wal=wal)
        before = listing(tmp_path)
        read_projects(tmp_path)
        assert listing(tmp_path) == before

    def test_the_older_file_where_there_is_no_newer_one(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "memory.db", OLD_SCHEMA)
        assert read_projects(tmp_path) == ProjectCatalog(EXPECTED, ProjectStorage.MEMORY_DB, path)

    def test_the_newer_file_comes_first(self, tmp_path: Path) -> None:
        make_database(tmp_path / "kernel.db")
        with closing(sqlite3.connect(make_database(tmp_path / "memory.db"))) as connection:
            add_row(connection, "stale", "stale", "📦")
        assert read_projects(tmp_path).projects == EXPECTED

    def test_a_newer_file_without_the_table_leaves_it_to_the_older(self, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "kernel.db")) as connection:
            connection.execute("CREATE TABLE mounts (id TEXT)")
        make_database(tmp_path / "memory.db", OLD_SCHEMA)
        assert read_projects(tmp_path).projects == EXPECTED

    def test_a_file_of_zero_bytes_has_no_projects_and_no_problem(self, tmp_path: Path) -> None:
        (tmp_path / "kernel.db").touch()
        assert read_projects(tmp_path) == ProjectCatalog((), ProjectStorage.FILES)
        assert (tmp_path / "kernel.db").stat().st_size == 0

    def test_through_a_link_with_a_log_beside_the_real_file(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "base").mkdir()
        real = make_database(tmp_path / "real" / "db with ?#% in it")
        (tmp_path / "base" / "kernel.db").symlink_to(real)
        with closing(sqlite3.connect(real)) as connection:
            add_row(connection, "new", "zoo", "")
            assert [p.name for p in read_projects(tmp_path / "base").projects][-1] == "zoo"
        assert names_in(tmp_path / "base") == ["kernel.db"]

    def test_rows_of_odd_types(self, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "kernel.db")) as connection:
            connection.executescript(LOOSE_SCHEMA)
            add_row(connection, "a", None, None)
            add_row(connection, b"b", b"bl\xffob", b"\xff")
            add_row(connection, 7, 42, 1.5)
            add_row(connection, None, "no id", "zap")
            connection.execute(
                "INSERT INTO projects VALUES ('u', CAST(x'ff61' AS TEXT), 'no-such-icon')"
            )
            connection.commit()
        found = {
            p.project_id: (p.name, p.icon, p.stored_icon) for p in read_projects(tmp_path).projects
        }
        assert found == {
            "a": ("a", "📦", ""),
            "b": ("bl\ufffdob", "📦", "\ufffd"),
            "7": ("42", "📦", "1.5"),
            "u": ("\ufffda", "📦", "no-such-icon"),
        }

    @pytest.mark.parametrize("columns", ["id", "id, name", "id, emoji", "name", "other"])
    def test_missing_columns(self, tmp_path: Path, columns: str) -> None:
        with closing(sqlite3.connect(tmp_path / "kernel.db")) as connection:
            connection.execute(f"CREATE TABLE projects ({columns})")
            connection.execute(
                f"INSERT INTO projects VALUES ({', '.join('1' * len(columns.split(',')))})"
            )
            connection.commit()
        catalog = read_projects(tmp_path)
        missing = next((name for name in ("id", "name") if name not in columns), None)
        assert len(catalog.projects) == (missing is None)
        if missing is None:
            assert catalog.problem is None
        else:
            assert f"has a table of projects without “{missing}”" in (catalog.problem or "")


class TestDatabaseInUse:
    def test_what_another_process_has_only_in_its_log(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        insert = (
            "INSERT INTO projects VALUES ('n', 'new', '', '', '', '', '', 1, '', '', '', '', '')"
        )
        with another_process(path, insert) as process:
            names = names_in(tmp_path)
            assert "new" in {p.name for p in read_projects(tmp_path).projects}
            assert names_in(tmp_path) == names
            process.kill()
            process.wait()
            assert "new" in {p.name for p in read_projects(tmp_path).projects}
            assert names_in(tmp_path) == names

    def test_a_log_without_its_index_is_read_from_a_copy(self, tmp_path: Path) -> None:
        (tmp_path / "base").mkdir()
        path = tmp_path / "kernel.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)
            add_row(connection, API, "api", "🔧")
            for name in ("kernel.db", "kernel.db-wal"):
                shutil.copy(tmp_path / name, tmp_path / "base" / name)
        before = listing(tmp_path / "base")
        assert read_projects(tmp_path / "base").projects == EXPECTED[:1]
        assert listing(tmp_path / "base") == before

    @pytest.mark.parametrize("wal", [True, False], ids=["wal", "rollback"])
    def test_a_writer_in_the_middle_of_a_transaction_is_not_waited_for(
        self, tmp_path: Path, wal: bool
    ) -> None:
        path = make_database(tmp_path / "kernel.db", wal=wal)
        with another_process(path, "BEGIN IMMEDIATE; DELETE FROM projects;"):
            assert read_projects(tmp_path).projects == EXPECTED

    def test_an_exclusive_lock_is_a_problem_and_known_while_it_is_held(
        self, tmp_path: Path
    ) -> None:
        path = make_database(tmp_path / "kernel.db", wal=False)
        with another_process(path, "BEGIN EXCLUSIVE"):
            catalog = read_projects(tmp_path)
        assert catalog.projects == ()
        assert catalog.source == path
        assert catalog.problem is not None
        assert "kernel.db is locked" in catalog.problem
        assert read_projects(tmp_path).projects == EXPECTED


class TestDamage:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"S", "not an SQLite database"),
            (b"{}" * 1000, "not an SQLite database"),
            (b"SQLite format 3\0", "damaged"),
            (b"SQLite format 3\0" + b"\xff" * 5000, "damaged"),
        ],
    )
    def test_no_database(self, tmp_path: Path, content: bytes, reason: str) -> None:
        (tmp_path / "kernel.db").write_bytes(content)
        catalog = read_projects(tmp_path)
        assert catalog.projects == ()
        assert catalog.storage is ProjectStorage.KERNEL_DB
        assert reason in (catalog.problem or "")
        assert names_in(tmp_path) == ["kernel.db"]

    @pytest.mark.parametrize("keep", [100, 4096, 5000, 8192])
    @pytest.mark.parametrize("wal", [True, False], ids=["wal", "rollback"])
    def test_a_database_cut_short(self, tmp_path: Path, keep: int, wal: bool) -> None:
        path = make_database(tmp_path / "kernel.db", wal=wal)
        os.truncate(path, keep)
        catalog = read_projects(tmp_path)
        assert catalog.projects == ()
        assert "kernel.db is damaged" in (catalog.problem or "")

    def test_pages_of_nonsense(self, tmp_path: Path) -> None:
        path = make_database(tmp_path / "kernel.db")
        data = path.read_bytes()
        path.write_bytes(data[:100] + b"\xa5" * (len(data) - 100))
        assert "damaged" in (read_projects(tmp_path).problem or "")

    def test_what_is_no_file(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "kernel.db")
        assert "kernel.db is a FIFO" in (read_projects(tmp_path).problem or "")
        (tmp_path / "kernel.db").unlink()
        (tmp_path / "kernel.db").mkdir()
        assert "kernel.db is a folder" in (read_projects(tmp_path).problem or "")

    def test_links_to_nothing_and_in_a_circle(self, tmp_path: Path) -> None:
        (tmp_path / "kernel.db").symlink_to(tmp_path / "gone")
        assert "kernel.db is a link to a file that is not" in (
            read_projects(tmp_path).problem or ""
        )
        (tmp_path / "kernel.db").unlink()
        (tmp_path / "memory.db").symlink_to(tmp_path / "memory.db")
        assert "memory.db" in (read_projects(tmp_path).problem or "")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read(self, tmp_path: Path) -> None:
        make_database(tmp_path / "kernel.db").chmod(0)
        assert "cannot be read" in (read_projects(tmp_path).problem or "")


class TestFiles:
    def put(self, base: Path, project_id: str, content: str) -> Path:
        (base / "projects").mkdir(exist_ok=True)
        path = base / "projects" / f"{project_id}.json"
        path.write_text(content, "utf-8")
        return path

    def test_an_empty_store(self, tmp_path: Path) -> None:
        assert read_projects(tmp_path) == ProjectCatalog((), ProjectStorage.FILES)
        assert names_in(tmp_path) == []
        assert not (tmp_path / "projects").exists()

    def test_without_a_database_the_files_of_the_store(self, tmp_path: Path) -> None:
        self.put(tmp_path, WEB, json.dumps({"id": WEB, "name": "website", "icon": "palette"}))
        self.put(tmp_path, API, json.dumps({"name": "api", "icon": "🔧", "mine": [1]}))
        self.put(tmp_path, "index", "{}")
        assert read_projects(tmp_path) == ProjectCatalog(
            EXPECTED, ProjectStorage.FILES, tmp_path / "projects"
        )

    def test_unreadable_ones_are_a_problem_of_their_own(self, tmp_path: Path) -> None:
        self.put(tmp_path, API, '{"name": "api", "icon": "🔧"}')
        broken = ["{", "[]", '{"name": 5}', "[" * 100_000]
        for number, content in enumerate(broken):
            self.put(tmp_path, f"{WEB[:-1]}{number + 4}", content)
        os.mkfifo(tmp_path / "projects" / f"{WEB}.json")
        catalog = read_projects(tmp_path)
        assert catalog.projects == EXPECTED[:1]
        assert (
            catalog.problem
            == f"projects/{WEB}.json cannot be read: a FIFO, not a file, and 4 more."
        )

    def test_half_a_character_in_a_name(self, tmp_path: Path) -> None:
        self.put(tmp_path, API, '{"name": "a\\ud800"}')
        assert read_projects(tmp_path).projects[0].name == "a?"


class TestIcons:
    def test_the_names_of_oxios_have_icons_of_two_cells(self) -> None:
        names = "package wrench file-text gamepad globe book-open palette zap target rocket"
        names = f"{names} lightbulb lock bar-chart tent".split()
        assert set(names) == set(ICON_NAMES)
        for name in names:
            (icon,) = icon_of(name)
            assert unicodedata.east_asian_width(icon) == "W"

    @pytest.mark.parametrize(
        "emoji", ["🔧", "⚡", "🛠️", "👩‍💻", "🏳️‍🌈", "🇰🇷", "👍🏽", "1️⃣", "❤️", "☕", "★"]
    )
    def test_an_emoji_stays(self, emoji: str) -> None:
        assert icon_of(f" {emoji} ") == emoji

    @pytest.mark.parametrize(
        ("stored", "icon"),
        [
            ("🔧🎨🚀", "🔧"),
            ("folder", "📦"),
            ("가", "📦"),
            ("\x1b[31m", "📦"),
            ("", ""),
            (None, "📦"),
        ],
    )
    def test_anything_else(self, stored: str | None, icon: str) -> None:
        assert icon_of(stored) == icon


class TestResolve:
    CATALOG = ProjectCatalog(
        tuple(
            Project(ProjectId(identity), name)
            for identity, name in [
                (API, "api"),
                (WEB, "Website"),
                ("x1", "docs"),
                ("x2", "Docs"),
                ("x3", "caf\u00e9"),
                ("x4", "twice"),
                ("x5", "twice"),
                ("x6", "DOCS two"),
            ]
        ),
        ProjectStorage.FILES,
    )

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (API, API),
            (API.upper(), API),
            ("api", API),
            ("API", API),
            ("website", WEB),
            ("docs", "x1"),
            ("Docs", "x2"),
            ("CAFE\u0301", "x3"),
        ],
    )
    def test_an_id_or_a_name_that_only_one_has(self, text: str, found: str) -> None:
        assert resolve_project(self.CATALOG, text) == found

    @pytest.mark.parametrize(("text", "ids"), [("twice", "x4, x5"), ("DOCS", "x1, x2")])
    def test_a_name_of_several_lists_them(self, text: str, ids: str) -> None:
        with pytest.raises(InvalidValueError, match=ids):
            resolve_project(self.CATALOG, text)

    @pytest.mark.parametrize("text", ["", "ap", "nothing\x1b[0m"])
    def test_a_name_of_none_says_what_there_is(self, text: str) -> None:
        with pytest.raises(NotFoundError, match="api, Website") as caught:
            resolve_project(self.CATALOG, text)
        assert "\x1b" not in caught.value.message

    def test_in_an_empty_store(self) -> None:
        with pytest.raises(NotFoundError, match="none"):
            resolve_project(ProjectCatalog((), ProjectStorage.FILES), "api")


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("kernel.db", True),
        ("kernel.db-wal", True),
        ("memory.db-journal", True),
        ("kernel.db-shm", False),
        ("projects", True),
        ("projects/a.json", True),
        ("projects/a.json.1.tmp", False),
        ("sessions/a.json", False),
        ("sessions/kernel.db", False),
    ],
)
def test_the_paths_to_watch(tmp_path: Path, name: str, tells: bool) -> None:
    assert tells_of_projects(tmp_path, tmp_path / name) is tells
