"""`oxtui check`."""

import json
import os
from pathlib import Path

from oxtui.store.reversal_mark import ReversalMark, Unfinished
from oxtui.store.temp_names import saved_path
from tests.cli.conftest import Run
from tests.cli.stores import HOSTILE, assert_safe, now, write_session


def test_a_store_without_problems(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "a")
    result = run("-s", tmp_path, "check")
    assert (result.exit_code, result.stdout) == (0, "1 session, nothing wrong.\n")
    report = json.loads(run("-s", tmp_path, "check", "--json").stdout)
    assert report.pop("sessions") == 1
    assert not any(report.values())


def test_an_empty_store_has_no_problems(run: Run, tmp_path: Path) -> None:
    assert run("-s", tmp_path, "check").exit_code == 0


def test_finds_each_kind_of_problem(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "good")
    write_session(tmp_path, "named", id="otherwise")
    write_session(tmp_path, "lost", project_id="gone")
    folder = tmp_path / "sessions"
    (folder / "cut.json").write_text('{"id": "cut"')
    (folder / "link.json").symlink_to(folder / "good.json")
    os.mkfifo(folder / "fifo.json")
    leftover = folder / "good.json.42.uuid.tmp"
    leftover.write_text("half")
    os.utime(leftover, ns=(0, 0))
    (tmp_path / "config.toml").write_text("[session]\nttl_hours = 'x'\n")
    result = run("-s", tmp_path, "check", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    reasons = {row["id"]: row["reason"] for row in report["unreadable"]}
    assert set(reasons) == {"cut", "fifo", "link"}
    assert all(reasons.values())
    assert report["other_ids"] == [
        {"file": "sessions/named.json", "id": "named", "id_inside": "otherwise"}
    ]
    assert report["unknown_projects"] == [
        {"file": "sessions/lost.json", "id": "lost", "project_id": "gone"}
    ]
    (temp,) = report["temp_files"]
    assert temp["file"] == f"sessions/{leftover.name}"
    assert temp["age_s"] > 50 * 365 * 86_400
    assert len(report["problems"]) == 1
    plain = run("-s", tmp_path, "check")
    assert plain.exit_code == 1
    assert plain.stdout.splitlines()[-1] == "3 sessions, 7 problems."
    assert len(plain.stdout.splitlines()) == 8


def test_a_date_in_the_future_is_said(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "now", updated_at=now())
    write_session(tmp_path, "ahead", updated_at="2999-01-01T00:00:00Z")
    result = run("-s", tmp_path, "check")
    assert result.exit_code == 1
    (line, count) = result.stdout.splitlines()
    assert line.startswith("sessions/ahead.json: is dated ")
    assert "in the future" in line
    assert count == "2 sessions, 1 problem."
    (found,) = json.loads(run("-s", tmp_path, "check", "--json").stdout)["dated_ahead"]
    assert found["id"] == "ahead"


def test_does_not_call_projects_unknown_that_it_could_not_read(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "a", project_id="p")
    (tmp_path / "kernel.db").write_bytes(b"no database " * 100)
    report = json.loads(run("-s", tmp_path, "check", "--json").stdout)
    assert report["unknown_projects"] == []
    assert len(report["problems"]) == 1


def test_findings_are_only_text(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "a", id=HOSTILE, project_id=HOSTILE)
    folder = tmp_path / "sessions"
    (folder / "\x1b[2J\n.json").write_text("{")
    (folder / "\x1b[2J\u202e.tmp").write_text("{")
    assert_safe(run("-s", tmp_path, "check").stdout)
    assert_safe(run("-s", tmp_path, "check", "--json").stdout)


def test_what_was_kept_of_another_program_is_listed(run: Run, tmp_path: Path) -> None:
    path = write_session(tmp_path, "a")
    saved = saved_path(path)
    saved.write_bytes(b"theirs")
    (tmp_path / "config.toml").write_text("")
    config = saved_path(tmp_path / "config.toml")
    config.write_bytes(b"")
    path.with_name("notes.saved").write_bytes(b"")
    result = run("-s", tmp_path, "check", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)["saved_files"]
    assert sorted((row["file"], row["of"], row["bytes"]) for row in found) == [
        (f"sessions/{saved.name}", "a.json", 6),
        (f"{tmp_path.name}/{config.name}", "config.toml", 0),
    ]
    plain = run("-s", tmp_path, "check").stdout
    assert f"sessions/{saved.name}: is what another program had written to a.json" in plain


def test_a_command_that_writes_finishes_what_a_crash_interrupted(run: Run, tmp_path: Path) -> None:
    path = write_session(tmp_path, "a")
    content = path.read_bytes()
    assert run("-s", tmp_path, "delete", "a").exit_code == 0
    (act,) = json.loads(run("-s", tmp_path, "history", "--json").stdout)
    ReversalMark.set(tmp_path, Unfinished(act["id"], undone=True)).close()
    assert run("-s", tmp_path, "list").stderr.count("crash") == 0
    assert not path.exists()
    result = run("-s", tmp_path, "rename", "a", "found again")
    said = "Finished what a crash interrupted: Undone: Moved 1 session to the trash."
    assert said in result.stderr
    assert result.exit_code == 0
    assert path.read_bytes() != content
    assert run("-s", tmp_path, "undo").exit_code == 0
    assert path.read_bytes() == content


def test_what_lies_where_oxtui_keeps_its_own_is_said(run: Run, tmp_path: Path) -> None:
    write_session(tmp_path, "one")
    ours = tmp_path / ".oxtui"
    ours.mkdir()
    (ours / "trash").mkdir()
    (ours / "trash/e").symlink_to("nowhere")
    (ours / "lock").symlink_to("nowhere")
    os.mkfifo(ours / "journal.jsonl")
    said = run("-s", tmp_path, "check").stdout
    for what in ("trash/e is no entry", "lock there is a link", "journal.jsonl there is a FIFO"):
        assert what in said
    (ours / "trash/e").unlink()
    (ours / "trash").rmdir()
    for name in ("lock", "journal.jsonl"):
        (ours / name).unlink()
    ours.rmdir()
    ours.symlink_to("nowhere")
    assert ".oxtui there is a link" in run("-s", tmp_path, "check").stdout
