"""What a crash interrupted is finished when the application starts, and said."""

from pathlib import Path

from oxtui.store.acts import Acts
from oxtui.store.locking import store_lock
from oxtui.store.reversal_mark import ReversalMark, Unfinished
from oxtui.store.state_store import StateStore
from oxtui.store.temp_names import Swap, temp_path
from tests.store.wholeness import grow_old
from tests.ui.conftest import app_on, main_screen, until
from tests.ui.test_main import opened, toasts


def tmp_files(folder: Path) -> list[Path]:
    return list(folder.glob("*.tmp"))


async def test_an_undo_that_a_crash_interrupted_is_finished_and_said(
    demo_store: StateStore,
) -> None:
    before = sorted(path.name for path in demo_store.sessions_path.iterdir())
    session_ids = [path.stem for path in demo_store.sessions_path.glob("*.json")][:2]
    acts = Acts(demo_store)
    await acts.delete(session_ids)  # pyright: ignore[reportArgumentType] - ids as they are named
    (act,) = await acts.history()
    ReversalMark.set(demo_store.base_path, Unfinished(act.act_id, undone=True)).close()
    async with opened(demo_store) as (pilot, screen):
        await until(pilot, lambda: "Undone: Moved 2 sessions to the trash." in toasts(screen))
    assert sorted(path.name for path in demo_store.sessions_path.iterdir()) == before


async def test_temp_files_that_are_left_go_in_silence(demo_store: StateStore) -> None:
    with store_lock(demo_store.base_path):  # by which it is no stranger's store any more
        pass
    path = next(demo_store.sessions_path.glob("*.json"))
    temp = temp_path(path, Swap.of(b"old", b"new"))
    temp.write_bytes(b"new")
    async with opened(demo_store) as (pilot, screen):
        await until(pilot, lambda: not temp.exists())
        assert not toasts(screen)


async def test_nothing_is_touched_when_opened_to_be_read_only(demo_store: StateStore) -> None:
    path = next(demo_store.sessions_path.glob("*.json"))
    temp = temp_path(path, Swap.blind())
    temp.write_bytes(b"left")
    grow_old([temp])
    app = app_on(demo_store.base_path, read_only="opened with --read-only")
    async with app.run_test() as pilot:
        await until(pilot, lambda: main_screen(app).library.entries)
    assert tmp_files(demo_store.sessions_path) == [temp]
    assert not (demo_store.base_path / ".oxtui").exists()
