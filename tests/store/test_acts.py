"""What a user does, and takes back: to the byte, after a restart, and never over others' work."""

import asyncio
import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from oxtui.errors import (
    ChangedError,
    InvalidValueError,
    NotFoundError,
    OxtuiError,
    ReadOnlyError,
    WriteFailedError,
)
from oxtui.store import regular_files
from oxtui.store.act_report import ActReport
from oxtui.store.acts import Acts
from oxtui.store.journal import Act, Journal
from oxtui.store.models import PIN_KEY, PruneConfig, SessionId
from oxtui.store.prune import plan_prune
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.summaries.scan import scan
from oxtui.store.timestamps import Timestamp
from tests.store.samples import compact, plain_session, pretty

A, B, C = SessionId("a"), SessionId("b"), SessionId("c")
State = dict[str, tuple[bytes, int, int]]


@pytest.fixture
def filled(store: StateStore) -> StateStore:
    """Three sessions of different formatting, mode and age."""
    store.sessions_path.mkdir()
    for number, (name, data) in enumerate(
        [
            ("a", pretty(plain_session("a"))),
            ("b", compact(plain_session("b", project_id=None, metadata={"project_ids": "p9,p8"}))),
            ("c", pretty(plain_session("c")).replace(b"0.1", b"1E-1")),
        ]
    ):
        path = store.session_path(SessionId(name))
        path.write_bytes(data)
        path.chmod((0o600, 0o644, 0o660)[number])
        os.utime(path, ns=(5, 1_700_000_000_123_456_789 + number))
    return store


def state_of(store: StateStore) -> State:
    """Bytes, mode and time of modification of every session file."""
    return {
        path.name: (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in store.sessions_path.iterdir()
    }


def plain(store: StateStore, session_id: SessionId) -> dict[str, object]:
    return json.loads(store.session_path(session_id).read_bytes())


def entries(store: StateStore) -> list[SessionEntry]:
    return [e for e in scan(store.sessions_path, {}) if isinstance(e, SessionEntry)]


async def act(name: str, store: StateStore) -> ActReport:
    """Does one of the acts on the first two sessions."""
    acts = Acts(store)
    match name:
        case "move":
            return await acts.move([A, B], "p2", "web")
        case "unfile":
            return await acts.move([A, B], None, "Unfiled")
        case "rename":
            return await acts.rename(A, '한 "title"\n')
        case "pin":
            return await acts.pin([A, B], pinned=True)
        case "delete":
            return await acts.delete([A, B])
        case _:
            config = PruneConfig(max_sessions=1, ttl_hours=0)
            plan = plan_prune(entries(store), config, Timestamp.now().ns)
            return await acts.prune(plan.going)


ACTS = ["move", "unfile", "rename", "pin", "delete", "prune"]


@pytest.mark.parametrize("name", ACTS)
async def test_undo_gives_back_exactly_what_was_and_redo_what_became(
    filled: StateStore, name: str
) -> None:
    before = state_of(filled)
    report = await act(name, filled)
    assert report.done
    assert sorted(report.sessions) == sorted(report.done)
    assert not report.failures
    after = state_of(filled)
    assert after != before
    for _ in range(2):
        taken_back = await Acts(StateStore(filled.base_path)).undo()
        assert not taken_back.failures
        assert sorted(taken_back.done) == sorted(report.done)
        assert sorted(taken_back.sessions) == sorted(report.sessions)
        assert state_of(filled) == before
        again = await Acts(StateStore(filled.base_path)).redo()
        assert not again.failures
        assert state_of(filled) == after
    assert [path.suffix for path in filled.sessions_path.iterdir()].count(".tmp") == 0


async def test_undo_of_a_restore_deletes_again(filled: StateStore) -> None:
    acts = Acts(filled)
    before = state_of(filled)
    await acts.delete([A])
    deleted = state_of(filled)
    (entry,) = filled.trash.entries()
    report = await acts.restore([entry])
    assert (report.label, report.done) == ("Restored 1 session", (entry.entry_id,))
    assert report.sessions == (A,)
    assert report.size == len(before["a.json"][0])
    assert state_of(filled) == before
    await acts.undo()
    assert state_of(filled) == deleted
    await acts.undo()
    assert state_of(filled) == before
    await acts.redo()
    assert state_of(filled) == deleted
    await acts.redo()
    assert state_of(filled) == before
    assert filled.trash.entries() == []


async def test_a_restored_session_that_was_written_since_is_not_deleted_again(
    filled: StateStore,
) -> None:
    await Acts(filled).delete([B])
    await Acts(filled).undo()
    filled.session_path(B).write_bytes(pretty(plain_session("b", user_id="new")))
    report = await Acts(filled).redo()
    assert "written since" in report.failures[0].reason
    assert plain(filled, B)["user_id"] == "new"


async def test_several_acts_are_taken_back_one_after_the_other(filled: StateStore) -> None:
    states = [state_of(filled)]
    for name in ACTS[:5]:
        await act(name, filled)
        states.append(state_of(filled))
    for state in reversed(states[:-1]):
        await Acts(filled).undo()
        assert state_of(filled) == state
    with pytest.raises(NotFoundError, match="nothing to undo"):
        await Acts(filled).undo()
    for state in states[1:]:
        await Acts(filled).redo()
        assert state_of(filled) == state


_UNDO = """
import asyncio, sys
from pathlib import Path
from oxtui.store.acts import Acts
from oxtui.store.state_store import StateStore
print(asyncio.run(Acts(StateStore(Path(sys.argv[1]))).undo()).label)
"""


async def test_another_process_takes_back_what_this_one_did(filled: StateStore) -> None:
    before = state_of(filled)
    await act("move", filled)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _UNDO, str(filled.base_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "Undone: Moved 2 sessions to web\n"
    assert state_of(filled) == before


async def test_what_others_changed_is_left_and_the_rest_is_taken_back(filled: StateStore) -> None:
    before = state_of(filled)
    await Acts(filled).move([A, B, C], "p2", "web")
    path = filled.session_path(B)
    theirs = path.read_bytes().replace(b'"p2"', b'"p3"')
    path.write_bytes(theirs)
    report = await Acts(filled).undo()
    assert report.label == "Undone: Moved 2 sessions to web"
    assert sorted(report.done) == ["a", "c"]
    (failure,) = report.failures
    assert failure.name == "b"
    assert "written since" in failure.reason
    now = state_of(filled)
    assert now.pop("b.json")[0] == theirs
    before.pop("b.json")
    assert now == before
    await Acts(filled).redo()
    assert plain(filled, A)["project_id"] == "p2"


@pytest.mark.parametrize("name", [A, B])
async def test_an_edit_is_taken_back_on_top_of_what_others_wrote(
    filled: StateStore, name: SessionId
) -> None:
    before = plain(filled, name)
    await Acts(filled).rename(name, "New")
    await Acts(filled).pin([name], pinned=True)
    await Acts(filled).move([name], None, "Unfiled")
    path = filled.session_path(name)
    turn = {"content": "one more", "timestamp": "2026-05-01T00:00:00Z"}
    theirs = plain(filled, name)
    theirs["user_messages"] = [*cast("list[object]", theirs["user_messages"]), turn]
    path.write_bytes(compact(theirs))
    for said in ("Moved 1 session to Unfiled", "Pinned 1 session", "Renamed 1 session to “New”"):
        report = await Acts(filled).undo()
        assert (report.label, report.failures) == (f"Undone: {said}", ())
    now = plain(filled, name)
    same = ("user_messages", "updated_at")
    assert [now[key] for key in same] == [theirs[key] for key in same]
    assert {**now, **{key: before[key] for key in same}} == before
    for _ in range(3):
        assert not (await Acts(filled).redo()).failures
    assert plain(filled, name) == theirs


async def test_what_others_took_back_already_is_taken_back(filled: StateStore) -> None:
    await Acts(filled).move([A], "p2", "web")
    path = filled.session_path(A)
    theirs = path.read_bytes().replace(b'"p2"', b'"p1"')
    path.write_bytes(theirs)
    assert not (await Acts(filled).undo()).failures
    assert path.read_bytes() == theirs


async def test_what_another_one_takes_back_first_is_not_taken_back_twice(
    filled: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Acts(filled).move([A], "p2", "web")
    await Acts(filled).move([B], "p2", "web")
    to_undo = Journal.to_undo

    def too_late(journal: Journal, *, made_elsewhere: bool) -> Act:
        act = to_undo(journal, made_elsewhere=made_elsewhere)
        if Journal.to_undo is too_late:
            monkeypatch.setattr(Journal, "to_undo", to_undo)
            assert asyncio.run(Acts(filled).undo()).done == (B,)
        return act

    monkeypatch.setattr(Journal, "to_undo", too_late)
    with pytest.raises(ChangedError, match="Another oxtui"):
        await Acts(filled).undo()
    assert (await Acts(filled).undo()).done == (A,)


async def test_what_cannot_be_taken_back_does_not_stand_in_the_way(filled: StateStore) -> None:
    before = state_of(filled)
    await Acts(filled).move([A], "p2", "web")
    await Acts(filled).delete([B])
    await Acts(filled).empty_trash(filled.trash.entries())
    report = await Acts(filled).undo()
    assert report.label == "Not undone: Moved 1 session to the trash"
    assert report.done == ()
    assert "not in the trash any more" in report.failures[0].reason
    assert not (await Acts(filled).undo()).failures
    assert state_of(filled)["a.json"] == before["a.json"]


async def test_undo_says_that_a_name_is_taken_and_keeps_both(filled: StateStore) -> None:
    await Acts(filled).delete([A, B])
    filled.session_path(A).write_bytes(pretty(plain_session("a", user_id="new")))
    report = await Acts(filled).undo()
    assert report.done == ("b",)
    assert "is there again" in report.failures[0].reason
    assert plain(filled, A)["user_id"] == "new"
    assert [e.name for e in filled.trash.entries()] == ["a"]


async def test_undo_of_a_session_that_is_gone(filled: StateStore) -> None:
    await Acts(filled).move([A], "p2", "web")
    filled.session_path(A).unlink()
    report = await Acts(filled).undo()
    assert "not there any more" in report.failures[0].reason


async def test_an_act_goes_on_after_a_failure_and_reports_it(filled: StateStore) -> None:
    filled.session_path(SessionId("broken")).write_text("{")
    progress: list[tuple[int, int]] = []
    acts = Acts(filled, lambda done, total: progress.append((done, total)))
    names = ["absent", "a", "broken", "../a", "b", "a"]
    report = await acts.move(map(SessionId, names), "p2", "web")
    assert report.label == "Moved 2 sessions to web"
    assert report.done == report.sessions == ("a", "b")
    assert [failure.name for failure in report.failures] == ["absent", "broken", "../a"]
    assert all(failure.reason for failure in report.failures)
    assert progress == [(n, 5) for n in range(1, 6)]
    assert len((await acts.history())[0].changes) == 2
    report = await acts.delete([SessionId("absent"), SessionId("broken")])
    assert (report.done, report.size) == (("broken",), 1)


async def test_a_move_to_where_it_is_writes_nothing(filled: StateStore) -> None:
    before = state_of(filled)
    report = await Acts(filled).move([A], "p1", "api")
    assert (report.done, report.failures, report.sessions) == ((A,), (), ())
    assert not (await Acts(filled).move([B], "p9", "legacy")).failures
    assert not (await Acts(filled).pin([C], pinned=False)).failures
    assert state_of(filled) == before
    assert await Acts(filled).history() == []


async def test_titles(filled: StateStore) -> None:
    acts = Acts(filled)
    await acts.rename(A, "new %n")
    assert [e.summary.title for e in entries(filled) if e.session_id == A] == ["new %n"]
    assert (await acts.history())[0].label == "Renamed 1 session to “new %n”"
    await acts.rename(A, "")
    assert [e.summary.title for e in entries(filled) if e.session_id == A] == ['왜 "실패"?']
    with pytest.raises(InvalidValueError, match="not UTF-8"):
        await acts.rename(A, "\udcff")


async def test_pins(filled: StateStore) -> None:
    acts = Acts(filled)
    await acts.pin([A], pinned=True)
    assert plain(filled, A)["metadata"] == {**plain_session()["metadata"], PIN_KEY: True}
    assert plain(filled, A)["updated_at"] == plain_session()["updated_at"]
    await acts.pin([A], pinned=False)
    assert filled.session_path(A).read_bytes() == pretty(plain_session("a"))


async def test_a_prune_takes_what_was_shown_and_reports_what_it_did_not(
    filled: StateStore,
) -> None:
    plan = plan_prune(entries(filled), PruneConfig(0, 1), Timestamp.now().ns)
    assert len(plan.going) == 3
    filled.session_path(B).write_bytes(pretty(plain_session("b")))
    filled.session_path(C).unlink()
    new = SessionId("new")
    filled.session_path(new).write_bytes(pretty(plain_session("new")))
    report = await Acts(filled).prune(plan.going)
    assert report.label == "Pruned 1 session"
    assert report.done == ("a",)
    assert report.size == len(pretty(plain_session("a")))
    reasons = {failure.name: failure.reason for failure in report.failures}
    assert "written since it was looked at" in reasons["b"]
    assert "not there" in reasons["c"]
    assert sorted(state_of(filled)) == ["b.json", "new.json"]


async def test_a_replaced_file_of_the_same_size_and_time_is_not_pruned(filled: StateStore) -> None:
    plan = plan_prune(entries(filled), PruneConfig(0, 1), Timestamp.now().ns)
    path = filled.session_path(A)
    before = path.stat()
    other = path.with_name("other.tmp")
    other.write_bytes(path.read_bytes().replace(b"default", b"replace"))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert path.stat().st_size == before.st_size
    report = await Acts(filled).prune([row for row in plan.going if row.session_id == A])
    assert report.done == ()
    assert plain(filled, A)["user_id"] == "replace"


async def test_nothing_is_done_in_a_read_only_store(filled: StateStore) -> None:
    before = state_of(filled)
    await Acts(filled).delete([C])
    (entry,) = filled.trash.entries()
    acts = Acts(StateStore(filled.base_path, read_only="opened with --read-only"))
    refused = [
        acts.move([A], "p", "p"),
        acts.rename(A, "t"),
        acts.pin([A], pinned=True),
        acts.delete([A]),
        acts.prune([]),
        acts.restore([entry]),
        acts.empty_trash([entry]),
        acts.add_project("p"),
        acts.rename_project("p", "q"),
        acts.configure(Path("config.toml"), {"max_sessions": 1}),
        acts.undo(),
        acts.redo(),
    ]
    for each in refused:
        with pytest.raises(ReadOnlyError, match="--read-only"):
            await each
    assert len(await acts.history()) == 1
    del before["c.json"]
    assert state_of(filled) == before


async def test_a_session_that_is_too_large_is_refused_at_once(
    filled: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regular_files, "LARGEST", 100)
    (failure,) = (await Acts(filled).rename(A, "New")).failures
    assert "larger than" in failure.reason


async def test_a_store_that_cannot_be_written_is_said_once(filled: StateStore) -> None:
    (filled.base_path / ".oxtui").write_text("in the way")
    before = state_of(filled)
    with pytest.raises(WriteFailedError, match=r"\.oxtui there is a file.* is left alone"):
        await Acts(filled).move([A, B], "p", "p")
    assert state_of(filled) == before


async def test_what_cannot_be_noted_is_not_done(filled: StateStore) -> None:
    await Acts(filled).delete([C])
    (entry,) = filled.trash.entries()
    before = state_of(filled)
    journal = filled.base_path / ".oxtui/journal.jsonl"
    journal.unlink()
    journal.mkdir()
    acts = Acts(filled)
    for act in (
        lambda: acts.move([A, B], "p2", "web"),
        lambda: acts.delete([A, B]),
        lambda: acts.restore([entry]),
    ):
        with pytest.raises(WriteFailedError, match=r"journal\.jsonl was not written"):
            await act()
    assert state_of(filled) == before
    assert filled.trash.entries() == [entry]
    assert [path.name for path in filled.trash.folder.iterdir()] == [entry.entry_id]


async def test_what_the_disk_does_not_take_a_note_of_is_not_done(
    filled: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    before = state_of(filled)
    monkeypatch.setattr(os, "fdatasync", refuse)
    report = await Acts(filled).move([A], "p2", "web")
    assert not report.done
    assert "journal.jsonl was not written: Input/output error" in report.failures[0].reason
    assert state_of(filled) == before
    monkeypatch.undo()
    assert await Acts(filled).history() == []
    assert (await Acts(filled).move([A], "p2", "web")).done == (A,)


async def test_what_was_done_is_not_said_to_have_failed(
    filled: StateStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    config = tmp_path / "config.toml"
    config.write_text("[session]\nmax_sessions = 5\n")
    acts = Acts(filled)
    monkeypatch.setattr(os, "fdatasync", refuse)
    await acts.configure(config, {"max_sessions": 9})
    assert "max_sessions = 9" in config.read_text()
    assert [act.kind for act in await acts.history()] == ["config"]


async def test_acts_on_a_store_that_is_gone(tmp_path: Path) -> None:
    acts = Acts(StateStore(tmp_path / "gone"))
    for act in (lambda: acts.move([A], "p", "p"), lambda: acts.delete([A])):
        with pytest.raises(WriteFailedError, match="No such file"):
            await act()
    assert await acts.history() == []
    with pytest.raises(NotFoundError):
        await acts.undo()
    assert not (tmp_path / "gone").exists()


async def test_two_that_act_at_once_lose_nothing(filled: StateStore) -> None:
    one, other = Acts(filled), Acts(StateStore(filled.base_path))

    async def pin_and_title(number: int) -> None:
        await one.rename(A, f"title {number}")
        await other.move([A, B], f"p{number}", "p")

    await asyncio.gather(*(pin_and_title(number) for number in range(10)))
    history = await one.history()
    assert len(history) == 20
    before = [plain(filled, s) for s in (A, B)]
    for _ in history:
        assert not (await one.undo()).failures
    assert [plain(filled, s) for s in (A, B)] != before
    assert filled.session_path(A).read_bytes() == pretty(plain_session("a"))


async def test_projects_and_settings_are_taken_back_too(filled: StateStore) -> None:
    acts = Acts(filled)
    config = filled.base_path / "config.toml"
    config.write_text("[session]\nmax_sessions = 5 # five\n")
    before = (config.read_bytes(), config.stat().st_mtime_ns)
    change = await acts.add_project("100%night")
    await acts.rename_project(change.project, "day")
    await acts.configure(config, {"max_sessions": 7})
    assert [a.kind for a in await acts.history()] == ["config", "project", "project"]
    for _ in range(3):
        report = await acts.undo()
        assert (report.failures, report.sessions) == ((), ())
    assert (config.read_bytes(), config.stat().st_mtime_ns) == before
    assert list((filled.base_path / "projects").glob("*.json")) == []
    report = await acts.redo()
    assert report.label == "Redone: Added the project 100%night"


async def test_undo_of_a_large_prune_does_not_look_through_the_whole_trash(
    store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.sessions_path.mkdir()
    for number in range(60):
        path = store.session_path(SessionId(f"s{number}"))
        path.write_bytes(compact(plain_session(f"s{number}")))
    plan = plan_prune(entries(store), PruneConfig(0, 1), Timestamp.now().ns)
    before = state_of(store)
    assert len((await Acts(store).prune(plan.going)).done) == 60

    def listing(_: object) -> object:
        raise OxtuiError("the trash was listed")

    monkeypatch.setattr("oxtui.store.trash.Trash.entries", listing)
    report = await Acts(store).undo()
    assert not report.failures
    assert state_of(store) == before
