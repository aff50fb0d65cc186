"""Sessions on another disk than the store: what is deleted there is copied, and never lost."""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from oxtui.errors import OxtuiError
from oxtui.store import trash_files
from oxtui.store.acts import Acts
from oxtui.store.recovery import recover
from oxtui.store.state_store import StateStore
from oxtui.store.values import SessionId
from tests.store.samples import plain_session, pretty

A, B = SessionId("a"), SessionId("b")
MEMORY = Path("/dev/shm")


@pytest.fixture
def apart(store: StateStore) -> Generator[StateStore]:
    """A store whose sessions are a link to another disk."""
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == store.base_path.stat().st_dev:
        pytest.skip("no second disk")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        store.sessions_path.symlink_to(folder)
        for session_id in (A, B):
            path = store.session_path(session_id)
            path.write_bytes(pretty(plain_session(session_id)))
            path.chmod(0o640)
            os.utime(path, ns=(5, 1_700_000_000_123_456_789))
        yield store


def state_of(store: StateStore) -> dict[str, tuple[bytes, int, int]]:
    return {
        path.name: (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in store.sessions_path.iterdir()
    }


async def test_ordinary_acts_go_on(apart: StateStore) -> None:
    before, acts = state_of(apart), Acts(apart)
    assert not (await acts.move([A, B], "p2", "web")).failures
    assert not (await acts.rename(A, "new")).failures
    assert not (await acts.delete([A, B])).failures
    assert state_of(apart) == {}
    assert sorted(entry.name for entry in apart.trash.entries()) == ["a", "b"]
    for _ in range(3):
        assert not (await acts.undo()).failures
    assert state_of(apart) == before
    assert apart.trash.entries() == []
    for _ in range(3):
        assert not (await acts.redo()).failures
    assert state_of(apart) == {}
    entries = apart.trash.entries()
    assert not (await acts.restore(entries[:1])).failures
    assert await acts.empty_trash(apart.trash.entries()) == 1


async def test_what_is_written_while_it_is_copied_stays(
    apart: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = apart.session_path(A), trash_files.remove

    def written_first(source: Path, expected: bytes) -> None:
        temp = source.with_suffix(".other")
        temp.write_bytes(pretty(plain_session("a", user_id="newer")))
        temp.replace(source)
        real(source, expected)

    monkeypatch.setattr(trash_files, "remove", written_first)
    assert (await Acts(apart).delete([A])).failures
    assert b"newer" in path.read_bytes()
    assert apart.trash.entries() == []


@pytest.mark.parametrize("at", ["copied", "half copied", "copied back"])
async def test_a_crash_leaves_it_in_one_place(
    apart: StateStore, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    before, acts = state_of(apart), Acts(apart)
    if at == "copied back":
        await acts.delete([A])
    lock = apart.base_path / ".oxtui/lock"

    name = {"copied": "remove", "half copied": "write_all", "copied back": "create"}[at]
    real = getattr(trash_files, name)

    def crash(*args: Any, **others: Any) -> None:
        if at == "copied back":
            real(*args, **others)
        raise SystemExit

    act = acts.restore(apart.trash.entries()) if at == "copied back" else acts.delete([A])
    with monkeypatch.context() as crashing:
        crashing.setattr(trash_files, name, crash)
        with pytest.raises(SystemExit):
            await act
    lock.write_bytes(b"1")
    recover(apart.base_path)
    assert state_of(apart) == before
    assert apart.trash.entries() == []
    assert list((apart.base_path / ".oxtui/trash").iterdir()) == []
    assert not (await acts.delete([A])).failures
    assert not (await acts.undo()).failures
    assert state_of(apart) == before


async def test_what_cannot_be_copied_is_said_once(apart: StateStore) -> None:
    folder = apart.sessions_path / "x.json"
    folder.mkdir()
    report = await Acts(apart).delete([SessionId("x")])
    assert "another disk" in report.failures[0].reason
    shutil.rmtree(folder)


def test_the_same_with_the_folder_of_oxtui_itself(store: StateStore) -> None:
    """A link there may lead anywhere, so nothing is put there."""
    (store.base_path / ".oxtui").symlink_to(MEMORY)
    store.sessions_path.mkdir()
    store.session_path(A).write_bytes(pretty(plain_session("a")))
    with pytest.raises(OxtuiError, match="is a link"):
        store.trash.put("sessions/a.json")
    assert store.session_path(A).exists()
