"""Commands where the projects of a store can't be read: why is said, and nothing that is not so."""

import json
import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.stores import read, write_session
from tests.store.projects.oxios_db import API, WEB, another_process, make_database

Trouble = Callable[[Path], AbstractContextManager[object]]


def locked(path: Path) -> AbstractContextManager[object]:
    return another_process(path, "BEGIN EXCLUSIVE")


def damaged(path: Path) -> AbstractContextManager[object]:
    path.write_bytes(path.read_bytes()[:100] + b"\xa5" * 5000)
    return nullcontext()


def newer(path: Path) -> AbstractContextManager[object]:
    data = bytearray(path.read_bytes())
    data[18:20] = b"\3\3"
    path.write_bytes(data)
    return nullcontext()


def without_names(path: Path) -> AbstractContextManager[object]:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE projects RENAME COLUMN name TO title")
        connection.commit()
    return nullcontext()


@contextmanager
def with_a_fifo(path: Path) -> Generator[None]:
    os.mkfifo(path.with_name("kernel.db-journal"))
    yield


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (locked, "kernel.db is locked by another program"),
        (damaged, "kernel.db is damaged"),
        (newer, "kernel.db is of a newer format of SQLite than is known here"),
        (without_names, "kernel.db has a table of projects without “name”"),
        (with_a_fifo, "kernel.db cannot be used, since kernel.db-journal is no regular file"),
    ],
)
class TestDatabase:
    @pytest.fixture
    def base(self, tmp_path: Path) -> Path:
        make_database(tmp_path / "kernel.db", wal=False)
        write_session(tmp_path, "a")
        write_session(tmp_path, "filed", project_id=WEB)
        return tmp_path

    def test_a_name_is_not_said_to_be_of_none(
        self, run: Run, base: Path, trouble: Trouble, why: str
    ) -> None:
        before = (base / "sessions/a.json").read_bytes()
        with trouble(base / "kernel.db"):
            for command in (
                ["move", "a", "--project", "api"],
                ["list", "--project", "api"],
                ["projects", "rename", "api", "core"],
            ):
                result = run("-s", base, *command)
                assert (result.exit_code, result.stdout) == (1, "")
                assert f"“api” could not be looked up: {why}" in result.stderr
                assert len(result.stderr.splitlines()) == 1
                for untrue in ("No project is called", "none", "disk"):
                    assert untrue not in result.stderr
        assert (base / "sessions/a.json").read_bytes() == before

    def test_a_whole_id_is_taken_as_it_is(
        self, run: Run, base: Path, trouble: Trouble, why: str
    ) -> None:
        with trouble(base / "kernel.db"):
            result = run("-s", base, "move", "a", "--project", API)
            assert (result.exit_code, result.stdout, result.stderr) == (0, "a\n", "")
            assert read(base, "a")["project_id"] == API
            assert run("-s", base, "move", "a", "--project", API[:8]).exit_code == 1
            listed = run("-s", base, "list", "--project", API, "--json")
            assert [row["id"] for row in json.loads(listed.stdout)] == ["a"]
            renamed = run("-s", base, "projects", "rename", API, "core")
            assert renamed.exit_code == 1
            assert why in renamed.stderr
            assert "disk" not in renamed.stderr

    def test_why_is_said_wherever_names_are_shown(
        self, run: Run, base: Path, trouble: Trouble, why: str
    ) -> None:
        with trouble(base / "kernel.db"):
            projects = run("-s", base, "projects", "--json")
            assert (projects.exit_code, json.loads(projects.stdout)) == (1, [])
            assert why in projects.stderr
            listed = run("-s", base, "list")
            assert listed.exit_code == 0
            assert why in listed.stderr
            checked = json.loads(run("-s", base, "check", "--json").stdout)
            assert checked["unknown_projects"] == []
            assert why in checked["problems"][0]


def test_of_files_only_those_that_cannot_be_read_are_not_known(run: Run, tmp_path: Path) -> None:
    run("-s", tmp_path, "projects", "add", "docs")
    (tmp_path / "projects" / f"{API}.json").write_text("{")
    write_session(tmp_path, "a")
    write_session(tmp_path, "broken", project_id=API)
    write_session(tmp_path, "lost", project_id=WEB)
    unknown = json.loads(run("-s", tmp_path, "check", "--json").stdout)["unknown_projects"]
    assert [each["id"] for each in unknown] == ["lost"]
    assert run("-s", tmp_path, "move", "a", "--project", "docs").exit_code == 0
    assert run("-s", tmp_path, "move", "a", "--project", API).exit_code == 0
    named = run("-s", tmp_path, "move", "a", "--project", "api")
    assert named.exit_code == 1
    assert f"could not be looked up: projects/{API}.json cannot be read: not JSON." in named.stderr
    assert run("-s", tmp_path, "move", "a", "--project", WEB).exit_code == 1
    assert read(tmp_path, "a")["project_id"] == API
