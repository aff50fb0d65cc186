"""The folder of oxtui's own: whose it is, who may look into it, and where it is not ours."""

import asyncio
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oxtui.errors import WriteFailedError
from oxtui.store import compare_and_swap
from oxtui.store.acts import Acts
from oxtui.store.origin import Origin
from oxtui.store.state_store import StateStore
from oxtui.store.values import SessionId
from tests.store.samples import plain_session, pretty

A, B = SessionId("a"), SessionId("b")
GROUP = 4321
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")


def write(store: StateStore, *session_ids: SessionId) -> None:
    store.sessions_path.mkdir(parents=True, exist_ok=True)
    for session_id in session_ids:
        store.session_path(session_id).write_bytes(pretty(plain_session(session_id)))


def modes_below(folder: Path) -> dict[str, int]:
    """The permissions of everything that oxtui made; of a deleted session only the way there."""
    return {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.lstat().st_mode) & 0o777
        for path in (folder, *folder.rglob("*"))
        if path.suffix != ".json"
    }


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
async def test_nobody_else_may_look_into_it(store: StateStore, own_home: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write(store, A, B)
        await Acts(store).delete([A])
        await Acts(store).move([B], "p2", "web")
        await Acts(store).undo()
    finally:
        os.umask(before)
    modes = modes_below(store.base_path / ".oxtui")
    assert {"id", "lock", "journal.jsonl", "turning", "trash"} <= modes.keys()
    assert {
        mode for name, mode in modes.items() if (store.base_path / ".oxtui" / name).is_dir()
    } == {0o700}
    assert not [name for name, mode in modes.items() if mode & 0o077]
    (key,) = (own_home / ".local/state/oxtui/stores").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


async def test_what_an_older_version_left_open_is_closed(store: StateStore) -> None:
    write(store, A, B)
    await Acts(store).delete([A])
    ours = store.base_path / ".oxtui"
    for path in (ours, ours / "trash"):
        path.chmod(0o755)
    for name in ("lock", "journal.jsonl"):
        (ours / name).chmod(0o644)
    await Acts(store).delete([B])
    assert not [name for name, mode in modes_below(ours).items() if mode & 0o077]


def as_user(user: int, home: Path, do: Callable[[], object]) -> object:
    """Does something as another user of the group."""
    groups, umask, before = os.getgroups(), os.umask(0o002), os.environ["HOME"]
    os.environ["HOME"] = str(home)
    os.setgroups([GROUP])
    os.setegid(GROUP)
    os.seteuid(user)
    try:
        return do()
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        os.umask(umask)
        os.environ["HOME"] = before


@contextmanager
def shared_store() -> Generator[tuple[StateStore, Path]]:
    """A store that a group shares, and a folder with a home for each of its users."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own are for its user alone
        folder = Path(name)
        folder.chmod(0o755)
        store = StateStore(folder / "store")
        write(store, A, B)
        for path in (store.base_path, store.sessions_path):
            os.chown(path, 1001, GROUP)
            path.chmod(0o2775)
        for session_id in (A, B):
            os.chown(store.session_path(session_id), 1001, GROUP)
        for user in (1001, 1002):
            (folder / str(user)).mkdir()
            os.chown(folder / str(user), user, GROUP)
        yield store, folder


@AS_ROOT
def test_the_second_user_of_a_group_can_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_and_swap, "QUIET_S", 0.0)
    with shared_store() as (store, folder):

        def work(session_id: SessionId, base: Path = store.base_path) -> None:
            acts = Acts(StateStore(base))
            assert not asyncio.run(acts.move([session_id], "p2", "web")).failures
            assert not asyncio.run(acts.delete([session_id])).failures
            for _ in range(2):
                assert not asyncio.run(acts.undo()).failures
            assert not asyncio.run(acts.delete([session_id])).failures

        shutil.copytree(store.base_path, folder / "other")
        work(A, folder / "other")  # so that all is imported, which another user may not read
        as_user(1001, folder / "1001", lambda: work(A))
        as_user(1002, folder / "1002", lambda: work(B))
        ours = sorted(path for path in store.base_path.iterdir() if path.name != "sessions")
        assert [(path.name, path.stat().st_uid) for path in ours] == [
            (".oxtui", 1001),
            (".oxtui-1002", 1002),
        ]
        for path in ours:
            assert not [name for name, mode in modes_below(path).items() if mode & 0o077]


@AS_ROOT
def test_a_folder_of_another_user_is_said_and_left_alone() -> None:
    with shared_store() as (store, folder):
        store.base_path.chmod(0o755)
        ours = store.base_path / ".oxtui"
        ours.mkdir(mode=0o777)
        os.chown(ours, 1002, GROUP)
        os.chown(store.base_path, 1001, GROUP)

        def work() -> None:
            with pytest.raises(WriteFailedError, match=r"\.oxtui there is another user's folder"):
                asyncio.run(Acts(store).delete([A]))

        as_user(1001, folder / "1001", work)
        assert list(ours.iterdir()) == []
        assert store.session_path(A).exists()


# Whose a store is


async def test_a_store_is_this_users_once_they_wrote_to_it(store: StateStore) -> None:
    write(store, A)
    assert Origin.known(store.base_path) is None
    await Acts(store).move([A], "p2", "web")
    assert Origin.known(store.base_path)


async def test_it_is_known_again_where_it_was_moved_and_where_it_was_put_back(
    store: StateStore, tmp_path: Path
) -> None:
    write(store, A)
    await Acts(store).move([A], "p2", "web")
    moved = StateStore(store.base_path.rename(tmp_path / "moved"))
    assert not (await Acts(moved).undo()).failures
    await Acts(moved).move([A], "p3", "three")
    copy = tmp_path / "copy"
    shutil.copytree(moved.base_path, copy)
    assert Origin.known(copy) is None
    assert all(act.made_elsewhere for act in await Acts(StateStore(copy)).history())
    moved.base_path.rename(tmp_path / "aside")
    copy.rename(moved.base_path)  # a backup that is put back
    assert not (await Acts(moved).undo()).failures


async def test_a_copy_has_nothing_proved_after_its_user_wrote_to_it_either(
    store: StateStore, tmp_path: Path
) -> None:
    write(store, A, B)
    await Acts(store).move([A], "p2", "web")
    copy = StateStore(tmp_path / "copy")
    shutil.copytree(store.base_path, copy.base_path)
    await Acts(copy).move([B], "p2", "web")
    assert [act.state for act in await Acts(copy).history()] == ["done", "elsewhere"]
    assert [act.state for act in await Acts(store).history()] == ["done"]


async def test_another_home_proves_nothing_and_breaks_nothing(
    store: StateStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, A, B)
    await Acts(store).move([A], "p2", "web")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("HOME", str(tmp_path / "other"))
        assert [act.state for act in await Acts(store).history()] == ["elsewhere"]
        await Acts(store).move([B], "p2", "web")
    assert [act.state for act in await Acts(store).history()] == ["elsewhere", "done"]
    assert (await Acts(store).undo()).sessions == (A,)


async def test_without_a_home_acts_are_done_and_not_proved(
    store: StateStore, own_home: Path
) -> None:
    write(store, A)
    (own_home / ".local").write_text("in the way")
    assert not (await Acts(store).move([A], "p2", "web")).failures
    assert [act.state for act in await Acts(store).history()] == ["elsewhere"]
    assert not (await Acts(store).undo(made_elsewhere=True)).failures
