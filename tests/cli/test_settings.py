"""`oxtui projects` and `oxtui config`."""

import json
from pathlib import Path

import pytest

from oxtui.store.projects.catalog import RESTART_REMARK
from tests.cli.conftest import Run
from tests.cli.stores import HOSTILE, assert_safe, write_session
from tests.store.projects.oxios_db import API, make_database

CONFIG = "# mine\n[kernel]\nport = 1 # kept\n\n[session]\nttl_hours = 24\n"


def test_projects_of_the_database_with_counts(run: Run, tmp_path: Path) -> None:
    make_database(tmp_path / "kernel.db")
    write_session(tmp_path, "a", project_id=API)
    write_session(tmp_path, "b", metadata={"project_ids": f"{API},x"})
    projects = json.loads(run("-s", tmp_path, "projects", "--json").stdout)
    assert [(p["name"], p["count"]) for p in projects] == [("api", 2), ("website", 0)]
    assert run("-s", tmp_path, "projects").stdout == run("projects", "list", "-s", tmp_path).stdout


def test_a_change_in_the_database_comes_with_the_remark(run: Run, tmp_path: Path) -> None:
    make_database(tmp_path / "kernel.db")
    assert RESTART_REMARK in run("-s", tmp_path, "projects", "add", "새 프로젝트").stdout
    renamed = json.loads(run("-s", tmp_path, "projects", "rename", "api", "core", "--json").stdout)
    assert renamed == {"id": API, "name": "core", "remark": RESTART_REMARK}
    names = [p["name"] for p in json.loads(run("-s", tmp_path, "projects", "--json").stdout)]
    assert names == ["core", "website", "새 프로젝트"]
    assert run("-s", tmp_path, "undo").exit_code == 0
    names = [p["name"] for p in json.loads(run("-s", tmp_path, "projects", "--json").stdout)]
    assert names == ["api", "website", "새 프로젝트"]


def test_a_change_in_the_stores_own_files_has_no_remark(run: Run, tmp_path: Path) -> None:
    added = json.loads(run("-s", tmp_path, "projects", "add", "api", "--json").stdout)
    assert added["remark"] is None
    assert (tmp_path / "projects" / f"{added['id']}.json").is_file()
    assert run("-s", tmp_path, "projects", "rename", added["id"], "core").exit_code == 0
    assert "core" in run("-s", tmp_path, "projects").stdout


@pytest.mark.parametrize("name", ["", "  ", "api", "x" * 101, HOSTILE])
def test_a_name_that_cannot_be_is_wrong_use(run: Run, tmp_path: Path, name: str) -> None:
    run("-s", tmp_path, "projects", "add", "api")
    result = run("-s", tmp_path, "projects", "add", name)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_a_project_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert run("-s", tmp_path, "projects", "rename", "nope", "x").exit_code == 1
    assert run("-s", tmp_path, "projects").exit_code == 1
    assert run("-s", tmp_path, "projects", "nosuch").exit_code == 2


def test_a_damaged_database_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kernel.db").write_bytes(b"not a database at all, " * 100)
    result = run("-s", tmp_path, "projects", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert "kernel.db" in result.stderr


def test_names_of_projects_are_only_text(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "projects"
    folder.mkdir()
    (folder / f"{API}.json").write_text(json.dumps({"id": API, "name": HOSTILE, "icon": "\x1b["}))
    write_session(tmp_path, "a", project_id=API)
    for command in (["projects"], ["projects", "--json"], ["list"], ["show", "a"]):
        result = run("-s", tmp_path, *command)
        assert result.exit_code == 0
        assert_safe(result.stdout)


def test_config_shows_oxios_defaults_for_what_is_not_set(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    assert run("-s", tmp_path, "config").stdout.splitlines() == [
        "max_sessions = 100",
        "ttl_hours = 24",
        "auto_prune = true",
    ]
    assert run("-s", tmp_path, "config", "get", "ttl_hours").stdout == "24\n"
    shown = json.loads(run("-s", tmp_path, "config", "get", "--json").stdout)
    assert shown == {
        "max_sessions": 100,
        "ttl_hours": 24,
        "auto_prune": True,
        "file": str(tmp_path / "config.toml"),
    }


def test_config_set_changes_one_value_and_undo_takes_it_back(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    result = run("-s", tmp_path, "config", "set", "ttl_hours", "48")
    assert result.exit_code == 0
    assert "next start" in result.stdout
    assert path.read_text() == CONFIG.replace("24", "48")
    as_json = run("-s", tmp_path, "config", "set", "auto_prune", "off", "--json")
    assert json.loads(as_json.stdout)["auto_prune"] is False
    run("-s", tmp_path, "undo")
    run("-s", tmp_path, "undo")
    assert path.read_text() == CONFIG


@pytest.mark.parametrize(
    ("key", "value"),
    [("ttl_hours", "x"), ("ttl_hours", "1.5"), ("max_sessions", "9" * 30), ("auto_prune", "2"),
     ("nope", "1"), ("ttl_hours", "\x1b[2J")],
)  # fmt: skip
def test_config_set_refuses_in_one_line(run: Run, tmp_path: Path, key: str, value: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    result = run("-s", tmp_path, "config", "set", key, value)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert_safe(result.stderr)
    assert path.read_text() == CONFIG


def test_a_negative_value_needs_no_trick_to_be_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    result = run("-s", tmp_path, "config", "set", "ttl_hours", "-1")
    assert result.exit_code == 2
    assert "Only a whole number" in result.stderr


def test_a_config_that_oxios_would_refuse_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[session]\nttl_hours = -1\n")
    result = run("-s", tmp_path, "config")
    assert result.exit_code == 1
    assert "config.toml" in result.stderr
