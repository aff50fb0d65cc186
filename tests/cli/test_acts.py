"""`oxtui move`, `rename`, `delete`, `trash`, `history`, `undo` and `redo`."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.stores import HOSTILE, assert_safe, ids, read, write_session


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for session_id in ("aaa1", "aaa2", "bbb1"):
        write_session(tmp_path, session_id)
    return tmp_path


def test_move_prints_what_it_moved_and_goes_on_past_what_is_not_there(run: Run, base: Path) -> None:
    project = json.loads(run("-s", base, "projects", "add", "api", "--json").stdout)["id"]
    result = run("-s", base, "move", "aaa1", "nope", "../x", "bbb1", "--project", "api")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["aaa1", "bbb1"]
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["oxtui", "oxtui"]
    assert read(base, "aaa1")["project_id"] == read(base, "bbb1")["project_id"] == project
    assert "project_id" not in read(base, "aaa2")


def test_move_out_of_any_project(run: Run, base: Path) -> None:
    write_session(base, "old", metadata={"project_id": "p", "project_ids": "p,q"})
    result = run("move", "old", "--unfiled", "--json", "--store", base)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["done"] == ["old"]
    assert read(base, "old")["metadata"] == {}


def test_move_json_says_what_failed(run: Run, base: Path) -> None:
    result = run("-s", base, "move", "aaa1", "nope", "--unfiled", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["done"] == ["aaa1"]
    assert [failure["id"] for failure in report["failures"]] == ["nope"]


@pytest.mark.parametrize("where", [[], ["--project", "p", "--unfiled"]])
def test_move_wants_exactly_one_destination(run: Run, base: Path, where: list[str]) -> None:
    assert run("-s", base, "move", "aaa1", *where).exit_code == 2


def test_move_to_a_project_that_is_not_there_moves_nothing(run: Run, base: Path) -> None:
    before = (base / "sessions/aaa1.json").read_bytes()
    assert run("-s", base, "move", "aaa1", "--project", "nope").exit_code == 1
    assert (base / "sessions/aaa1.json").read_bytes() == before


def test_a_name_that_two_projects_have_is_wrong_use(run: Run, base: Path) -> None:
    for name in ("api", "API"):
        assert run("-s", base, "projects", "add", name).exit_code == 0
    result = run("-s", base, "move", "aaa1", "--project", "Api")
    assert result.exit_code == 2
    assert "Several projects" in result.stderr


def test_the_start_of_two_ids_is_wrong_use(run: Run, base: Path) -> None:
    result = run("-s", base, "show", "aaa")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "aaa1, aaa2" in result.stderr


def test_a_whole_id_is_never_the_start_of_another(run: Run, base: Path) -> None:
    write_session(base, "aaa")
    assert run("-s", base, "delete", "aaa").stdout == "aaa\n"
    assert ids(base) == {"aaa1", "aaa2", "bbb1"}


def test_rename_sets_the_title_and_an_empty_one_takes_it_back(run: Run, base: Path) -> None:
    assert run("-s", base, "rename", "bbb1", "Neu 새").exit_code == 0
    assert read(base, "bbb1")["metadata"] == {"title": "Neu 새"}
    assert run("-s", base, "rename", "bbb1", "").exit_code == 0
    assert read(base, "bbb1")["metadata"] == {}


def test_rename_refuses_what_is_not_utf_8(run: Run, base: Path) -> None:
    assert run("-s", base, "rename", "bbb1", "bad \udcff").exit_code == 2
    assert read(base, "bbb1")["metadata"] == {}


def test_rename_of_what_is_not_there(run: Run, base: Path) -> None:
    assert run("-s", base, "rename", "nope", "x").exit_code == 1


def test_delete_restore_and_the_trash(run: Run, base: Path) -> None:
    content = (base / "sessions/aaa1.json").read_bytes()
    assert run("-s", base, "delete", "aaa1", "aaa1", "bbb1").stdout.splitlines() == ["aaa1", "bbb1"]
    assert ids(base) == {"aaa2"}
    listed = json.loads(run("-s", base, "trash", "--json").stdout)
    assert [(e["id"], e["title"], e["bytes"]) for e in listed] == [
        ("bbb1", "Hello from bbb1", (len(content))),
        ("aaa1", "Hello from aaa1", (len(content))),
    ]
    restored = run("-s", base, "trash", "restore", "aaa1", "nope")
    assert (restored.exit_code, restored.stdout) == (1, "aaa1\n")
    assert (base / "sessions/aaa1.json").read_bytes() == content
    by_entry = run("-s", base, "trash", "restore", listed[0]["entry"])
    assert (by_entry.exit_code, by_entry.stdout) == (0, "bbb1\n")


def test_json_names_the_sessions_that_were_changed_whatever_was_asked_for(
    run: Run, base: Path
) -> None:
    run("-s", base, "projects", "add", "aaa2")
    run("-s", base, "delete", "aaa1")
    (entry,) = json.loads(run("-s", base, "trash", "--json").stdout)
    report = json.loads(run("-s", base, "trash", "restore", "aaa1", "--json").stdout)
    assert (report["done"], report["sessions"]) == ([entry["entry"]], ["aaa1"])
    sessions = [json.loads(run("-s", base, "undo", "--json").stdout)["sessions"] for _ in range(3)]
    assert sessions == [["aaa1"], ["aaa1"], []]


def test_a_file_that_cannot_be_read_can_be_deleted(run: Run, base: Path) -> None:
    (base / "sessions/broken.json").write_text("{")
    assert run("-s", base, "delete", "broken").exit_code == 0
    assert "broken" in run("-s", base, "trash", "list").stdout


def test_emptying_the_trash_asks_and_is_final(run: Run, base: Path) -> None:
    run("-s", base, "delete", "aaa1")
    unasked = run("-s", base, "trash", "empty", input="y\n")
    assert unasked.exit_code == 2
    assert "--yes" in unasked.stderr
    assert len(json.loads(run("-s", base, "trash", "--json").stdout)) == 1
    result = run("-s", base, "trash", "empty", "--yes", "--json")
    assert json.loads(result.stdout)["destroyed"] == 1
    assert run("-s", base, "trash").exit_code == 1
    assert run("-s", base, "undo").exit_code == 1
    assert run("-s", base, "trash", "empty").exit_code == 0


def test_history_undo_and_redo(run: Run, base: Path) -> None:
    before = (base / "sessions/bbb1.json").read_bytes()
    run("-s", base, "rename", "bbb1", "New")
    run("-s", base, "delete", "aaa1", "aaa2")
    undone = run("-s", base, "undo")
    assert (undone.exit_code, undone.stdout) == (0, "Undone: Moved 2 sessions to the trash\n")
    assert ids(base) == {"aaa1", "aaa2", "bbb1"}
    assert run("-s", base, "redo").exit_code == 0
    assert ids(base) == {"bbb1"}
    run("-s", base, "undo")
    run("-s", base, "undo")
    assert (base / "sessions/bbb1.json").read_bytes() == before
    acts = json.loads(run("-s", base, "history", "--json").stdout)
    assert [(act["kind"], act["count"], act["undone"]) for act in acts] == [
        ("delete", 2, True),
        ("rename", 1, True),
    ]
    [line] = run("-s", base, "history", "--limit", 1).stdout.splitlines()
    assert " ".join(line.split()[2:]) == "undone Moved 2 sessions to the trash aaa2 aaa1"
    assert run("-s", base, "undo").exit_code == 1


def test_undo_of_what_somebody_wrote_since_says_so(run: Run, base: Path) -> None:
    run("-s", base, "rename", "bbb1", "New")
    write_session(base, "bbb1", metadata={"title": "theirs"})
    result = run("-s", base, "undo")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "written since" in result.stderr
    assert read(base, "bbb1")["metadata"] == {"title": "theirs"}


def test_what_cannot_be_taken_back_any_more_is_final_in_the_history(run: Run, base: Path) -> None:
    run("-s", base, "rename", "bbb1", "New")
    run("-s", base, "delete", "aaa1")
    run("-s", base, "undo")
    write_session(base, "bbb1", metadata={"title": "theirs"})
    run("-s", base, "undo")
    run("-s", base, "rename", "aaa2", "Other")
    lines = run("-s", base, "history").stdout.splitlines()
    states = [next(s for s in ("done", "undone", "final") if s in line.split()) for line in lines]
    assert states == ["done", "undone", "final"]
    acts = json.loads(run("-s", base, "history", "--json").stdout)
    assert all(act["sessions"] for act in acts)
    assert [(act["undone"], act["final"]) for act in acts] == [
        (False, False),
        (True, False),
        (False, True),
    ]


def test_nothing_done_yet_is_exit_1(run: Run, base: Path) -> None:
    for command in ("history", "undo", "redo", "trash"):
        result = run("-s", base, command)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.count("\n") == 1
    assert json.loads(run("-s", base, "history", "--json").stdout) == []


def test_hostile_titles_reach_the_journal_and_the_trash_as_text_only(run: Run, base: Path) -> None:
    run("-s", base, "rename", "aaa1", HOSTILE)
    run("-s", base, "delete", "aaa1")
    for command in (["history"], ["trash"], ["history", "--json"], ["trash", "--json"], ["undo"]):
        result = run("-s", base, *command)
        assert result.exit_code == 0
        assert_safe(result.stdout)


def test_a_damaged_journal_is_no_reason_to_fail(run: Run, base: Path) -> None:
    run("-s", base, "rename", "aaa1", "New")
    journal = base / ".oxtui/journal.jsonl"
    damaged = unproved(journal.read_text()).replace('"at":"2', '"at":"x')
    journal.write_text(damaged + "\n{broken")
    assert "Renamed" in run("-s", base, "history").stdout


def unproved(journal: str) -> str:
    """A journal as another user or an older version wrote it."""
    return re.sub(',"proof":"[0-9a-f]+"', "", journal)


def test_what_was_made_elsewhere_is_undone_only_when_asked_for(run: Run, base: Path) -> None:
    run("-s", base, "rename", "aaa1", "New")
    run("-s", base, "delete", "bbb1")
    journal = base / ".oxtui/journal.jsonl"
    journal.write_text(unproved(journal.read_text()))
    before = (base / "sessions/aaa1.json").read_bytes()
    acts = json.loads(run("-s", base, "history", "--json").stdout)
    assert [act["made_elsewhere"] for act in acts] == [True, True]
    assert run("-s", base, "history").stdout.count(" elsewhere ") == 2
    result = run("-s", base, "undo")
    assert result.exit_code == 1
    assert "--made-elsewhere" in result.stderr
    result = run("-s", base, "undo", "--made-elsewhere")  # and nobody can be asked
    assert result.exit_code == 2
    assert "sessions/bbb1.json: comes back from the trash" in result.stderr
    assert not (base / "sessions/bbb1.json").exists()
    assert run("-s", base, "undo", "--made-elsewhere", "--yes").exit_code == 0
    assert (base / "sessions/bbb1.json").exists()
    assert (base / "sessions/aaa1.json").read_bytes() == before
    assert run("-s", base, "redo").exit_code == 0  # which is this user's own by now
    assert not (base / "sessions/bbb1.json").exists()
    assert run("-s", base, "undo").exit_code == 0
    assert "title becomes null" in run("-s", base, "undo", "--made-elsewhere", "--yes").stderr


def test_what_one_does_is_undone_before_what_was_made_elsewhere(run: Run, base: Path) -> None:
    run("-s", base, "rename", "aaa1", "New")
    forged = unproved((base / ".oxtui/journal.jsonl").read_text()).replace("New", "Forged")
    with (base / ".oxtui/journal.jsonl").open("a") as journal:
        journal.write(forged.replace('"act_id":"', '"act_id":"f'))
    assert "New" in run("-s", base, "undo").stdout
    assert run("-s", base, "undo").exit_code == 1


def test_a_session_that_is_gone_is_never_taken_for_another_one(run: Run, base: Path) -> None:
    for name in ("job-1", "job-10", "job-00000001", "job-000000012", "run-12345678", "run-1234567"):
        write_session(base, name)
    for command in (["delete"], ["move", "--unfiled"], ["trash", "restore"]):
        assert run("-s", base, *command, "job-").exit_code == 1
    assert run("-s", base, "rename", "job-", "x").exit_code == 1
    for name in ("job-1", "job-00000001"):
        assert run("-s", base, "delete", name).stdout.split() == [name]
        assert run("-s", base, "delete", name).exit_code == 1
    assert run("-s", base, "rename", "job-0000", "x").exit_code == 2  # of two, one in the trash
    assert run("-s", base, "delete", "run-1234567").stdout.split() == ["run-1234567"]
    assert run("-s", base, "move", "run-1234567", "--unfiled").exit_code == 1
    assert (base / "sessions/job-10.json").exists()
    assert (base / "sessions/run-12345678.json").exists()


def test_the_start_of_an_id_is_enough_where_it_is_long_and_says_whose_it_is(
    run: Run, base: Path
) -> None:
    write_session(base, "3f2a91c0-1111")
    result = run("-s", base, "rename", "3f2a91c0", "New")
    assert (result.exit_code, result.stderr) == (0, "oxtui: 3f2a91c0 is 3f2a91c0-1111.\n")
    assert run("-s", base, "delete", "3f2a91c0-1").stdout.split() == ["3f2a91c0-1111"]
    assert run("-s", base, "trash", "restore", "3f2a91c0-").stdout.split() == ["3f2a91c0-1111"]


def test_a_long_title_is_cut_where_it_is_only_named(run: Run, base: Path) -> None:
    title = "x" * 400
    assert run("-s", base, "rename", "aaa1", title).exit_code == 0
    for command in (["history"], ["undo"], ["redo"], ["delete", "aaa1"], ["trash", "list"]):
        output = run("-s", base, *command).stdout
        assert max(map(len, output.splitlines())) < 300, command
        assert ("xx…" in output) is (command != ["delete", "aaa1"]), command
    assert title in run("-s", base, "history", "--json").stdout
