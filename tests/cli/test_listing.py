"""`oxtui list`."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.cli.cells import cell_len
from tests.cli.conftest import Run
from tests.cli.stores import HOSTILE, assert_safe, write_session
from tests.conftest import PARITY


@pytest.mark.parametrize("case", ["titles", "projects", "prune"])
def test_json_has_the_fields_of_the_reference_and_the_file(
    case: str, run: Run, parity: Callable[[str], Path]
) -> None:
    base = parity(case)
    answer = json.loads((PARITY / case / "expected.json").read_text())["list_sessions"]
    listed = json.loads(run("list", "--store", base, "--json").stdout)
    for row, expected in zip(listed, answer, strict=True):
        file = Path(row.pop("file"))
        assert file == base / "sessions" / f"{file.stem}.json"
        assert row.pop("bytes") == file.stat().st_size
        assert row == expected


def test_times_are_the_files_own_text(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "a", updated_at="2026-08-01T12:00:00.123456789+02:00")
    (row,) = json.loads(run("list", "-s", tmp_path, "--json").stdout)
    assert row["updated_at"] == "2026-08-01T12:00:00.123456789+02:00"


def test_the_store_may_be_named_on_either_side(run: Run, demo: Path) -> None:
    after = run("list", "-s", demo)
    assert after.exit_code == 0
    assert after.stdout
    assert run("-s", demo, "list").stdout == after.stdout
    assert run(f"--store={demo}", "list").stdout == after.stdout
    assert run("-s", "/nowhere", "list", "--store", demo).stdout == after.stdout


def test_the_environment_may_name_the_store(
    run: Run, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OXTUI_STORE", str(demo))
    assert run("list").exit_code == 0
    assert run("-s", "/nowhere", "list").exit_code == 2


def test_of_a_project_by_id_or_name(run: Run, demo: Path) -> None:
    projects = json.loads(run("-s", demo, "projects", "--json").stdout)
    api = next(project for project in projects if project["name"] == "api")
    by_name = json.loads(run("-s", demo, "list", "--project", "API", "--json").stdout)
    assert by_name == json.loads(run("-s", demo, "list", "--project", api["id"], "--json").stdout)
    assert {row["project_id"] for row in by_name} == {api["id"]}
    assert len(by_name) == api["count"] > 0


def test_of_a_project_that_only_its_sessions_know(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "a", project_id="gone")
    write_session(tmp_path, "b")
    listed = json.loads(run("-s", tmp_path, "list", "--project", "gone", "--json").stdout)
    assert [row["id"] for row in listed] == ["a"]
    unknown = run("-s", tmp_path, "list", "--project", "never")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "never" in unknown.stderr


def test_unfiled_and_limit(run: Run, tmp_path: Path) -> None:
    for number in range(4):
        write_session(tmp_path, f"s{number}", updated_at=f"2026-08-0{number + 1}T00:00:00Z")
    write_session(tmp_path, "filed", project_id="p")
    listed = json.loads(run("-s", tmp_path, "list", "--unfiled", "--limit", 2, "--json").stdout)
    assert [row["id"] for row in listed] == ["s3", "s2"]


def test_project_and_unfiled_exclude_each_other(run: Run, tmp_path: Path) -> None:
    assert run("-s", tmp_path, "list", "--project", "p", "--unfiled").exit_code == 2


def test_a_pipe_gets_whole_lines_with_aligned_columns(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "long-id-한국어", metadata={"title": "T" * 300})
    write_session(tmp_path, "b", metadata={"title": "昨夜"})
    lines = run("-s", tmp_path, "list").stdout.splitlines()
    assert {cell_len(line[: line.index("2026-08-01")]) for line in lines} == {16}
    assert any(line.endswith("T" * 300) for line in lines)
    assert not any("\t" in line for line in lines)


def test_says_how_many_files_it_left_out(run: Run, demo: Path) -> None:
    result = run("-s", demo, "list")
    assert result.stderr.count("\n") == 1
    assert "2 files can't be read" in result.stderr


def test_nothing_to_list_is_exit_1(run: Run, tmp_path: Path) -> None:
    plain = run("-s", tmp_path, "list")
    assert (plain.exit_code, plain.stdout) == (1, "")
    as_json = run("-s", tmp_path, "list", "--json")
    assert (as_json.exit_code, json.loads(as_json.stdout)) == (1, [])


def test_hostile_titles_names_and_projects_are_only_text(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "a", metadata={"title": HOSTILE}, project_id=HOSTILE, user_id=HOSTILE)
    (tmp_path / "sessions" / "a.json").rename(tmp_path / "sessions" / "a\x1b[2J\n\u202e.json")
    plain = run("-s", tmp_path, "list")
    assert_safe(plain.stdout)
    assert len(plain.stdout.splitlines()) == 1
    as_json = run("-s", tmp_path, "list", "--json").stdout
    assert_safe(as_json)
    (row,) = json.loads(as_json)
    assert row["title"] == row["project_id"] == HOSTILE


def test_a_name_that_is_not_utf_8_is_said_and_does_no_harm(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "good")
    path = write_session(tmp_path, "a")
    path = path.rename(os.fsdecode(os.fsencode(path.parent) + b"/bad-\xff.json"))
    listed = run("-s", tmp_path, "list", "--json")
    assert [row["id"] for row in json.loads(listed.stdout_bytes)] == ["good"]
    assert "1 file can't be read" in listed.stderr
    assert "bad-\ufffd.json: can't be read: " in run("-s", tmp_path, "check").stdout
    (found,) = json.loads(run("-s", tmp_path, "check", "--json").stdout_bytes)["unreadable"]
    assert tmp_path / found["file"] == path
    for command in (["show"], ["rename"], ["delete"], ["move", "--unfiled"]):
        name = "bad" if command == ["show"] else path.stem
        result = run("-s", tmp_path, *command, name, *(["New"] if command == ["rename"] else []))
        assert result.exit_code in (1, 2)
        assert "not UTF-8" in result.stderr
    assert path.is_file()


def test_one_long_id_does_not_push_every_row(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "a" * 200)
    write_session(tmp_path, "short")
    lines = run("-s", tmp_path, "list").stdout.splitlines()
    (row,) = (line for line in lines if line.startswith("short"))
    assert row.startswith("short" + " " * 33 + "20")
    assert any(line.startswith("a" * 200 + "  20") for line in lines)
