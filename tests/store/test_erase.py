"""What is gone for good leaves nothing behind in the store."""

import os
from pathlib import Path
from uuid import uuid4

import pytest

from oxtui.store.acts import Acts
from oxtui.store.erase import erase_vanished
from oxtui.store.state_store import StateStore
from oxtui.store.temp_names import saved_path
from oxtui.store.trash import TrashEntry
from oxtui.store.values import SessionId
from tests.store.samples import plain_session, pretty

A, B = SessionId("a"), SessionId("b")
SECRET, OTHER = "Secret plan", "Open plan"


@pytest.fixture
async def acts(store: StateStore) -> Acts:
    """Two sessions that were moved together, and got their titles."""
    store.sessions_path.mkdir()
    for session_id in (A, B):
        store.session_path(session_id).write_bytes(pretty(plain_session(session_id)))
    acts = Acts(store)
    await acts.move([A, B], "p2", "web")
    await acts.rename(A, SECRET)
    await acts.rename(B, OTHER)
    await acts.undo()
    await acts.redo()
    return acts


def holding(store: StateStore, text: str) -> list[str]:
    """The files of a store in which a text stands."""
    files = [path for path in store.base_path.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if text.encode() in path.read_bytes())


async def test_nothing_of_what_was_destroyed_is_left(store: StateStore, acts: Acts) -> None:
    path = store.session_path(A)
    await acts.delete([A])
    for beside in (
        path.with_name(f"a.json.1.{uuid4()}.tmp"),
        path.with_name("a.json.4194305.12345678-1234-8123-8123-123456789abc.tmp"),
        saved_path(path),
    ):
        beside.write_text(SECRET)
    assert len(holding(store, SECRET)) == 5
    assert await acts.empty_trash(store.trash.entries()) == 1
    assert holding(store, SECRET) == []
    assert holding(store, OTHER) == ["b.json", "journal.jsonl"]
    assert [act.label for act in await acts.history()] == [
        "Moved 1 session to the trash",
        f"Renamed 1 session to “{OTHER}”",
        "Moved 1 session to web",
    ]
    assert (await acts.undo()).failures  # of the deletion, which nothing brings back
    for _ in range(2):
        assert not (await acts.undo()).failures
    assert store.session_path(B).read_bytes() == pretty(plain_session("b"))


async def test_what_was_done_to_a_session_that_came_back_is_kept(
    store: StateStore, acts: Acts
) -> None:
    await acts.delete([A])
    (entry,) = store.trash.entries()
    store.session_path(A).write_bytes(pretty(plain_session("a")))
    await acts.rename(A, "Anew")
    assert await acts.empty_trash([entry]) == 1
    assert holding(store, SECRET) == []
    assert not (await acts.undo()).failures
    assert store.session_path(A).read_bytes() == pretty(plain_session("a"))


async def test_what_is_only_deleted_keeps_everything(store: StateStore, acts: Acts) -> None:
    await acts.delete([A, B])
    entries = {entry.name: entry for entry in store.trash.entries()}
    await acts.empty_trash([entries["b"]])
    assert holding(store, OTHER) == []
    for _ in range(3):
        await acts.undo()
    assert store.session_path(A).read_bytes() == pretty(plain_session("a"))


async def test_what_others_removed_is_forgotten_when_that_is_known(
    store: StateStore, acts: Acts
) -> None:
    store.session_path(A).unlink()
    assert holding(store, SECRET) == ["journal.jsonl"]
    erase_vanished(store.base_path, [A, B])
    assert holding(store, SECRET) == []
    assert holding(store, OTHER) == ["b.json", "journal.jsonl"]
    for _ in range(2):
        assert not (await acts.undo()).failures
    assert store.session_path(B).read_bytes() == pretty(plain_session("b"))


def test_a_folder_is_destroyed_however_deep(store: StateStore) -> None:
    store.sessions_path.mkdir()
    deep = store.sessions_path / "x.json"
    deep.mkdir()
    before = Path.cwd()
    try:
        os.chdir(deep)
        for _ in range(2_000):
            Path("d").mkdir()
            Path("file").write_text("x")
            os.chdir("d")
    finally:
        os.chdir(before)
    entry = store.trash.put("sessions/x.json")
    assert store.trash.entries() == [entry]
    assert store.trash.empty([entry]) == 1
    assert list(store.trash.folder.iterdir()) == []
    assert store.trash.empty([TrashEntry("nothing", "sessions/x.json", 0, 0)]) == 0


async def test_what_others_removed_leaves_nothing_at_the_next_look(
    store: StateStore, acts: Acts
) -> None:
    store.session_path(A).unlink()
    await store.list_sessions()
    assert holding(store, SECRET) == []
    store.sessions_path.rename(store.base_path / "aside")
    await store.list_sessions()
    (store.base_path / "aside").rename(store.sessions_path)
    for _ in range(2):  # what is only away is not forgotten
        assert not (await acts.undo()).failures
