"""Noticing what other programs do, with the real watcher on real files."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from oxtui.store import watch
from oxtui.store.models import SessionId
from oxtui.store.watch import StoreChange, StoreWatcher, Watching
from tests.conditions import until

A = SessionId("a")


class Seen(list[StoreChange]):
    """All that a watcher said, and how it said to watch."""

    def __init__(self) -> None:
        super().__init__()
        self.ways: list[Watching] = []

    def sessions(self) -> set[SessionId]:
        return {session_id for change in self for session_id in change.sessions}

    def any(self, field: str) -> bool:
        return any(getattr(change, field) for change in self)


@asynccontextmanager
async def watched(
    base: Path, configs: Sequence[Path] = (), poll_s: float | None = None
) -> AsyncGenerator[Seen]:
    """Runs a watcher; its first look at everything is done when the body begins."""
    seen = Seen()
    watcher = StoreWatcher(base, configs or [base / "config.toml"], poll_s, seen.ways.append)

    async def follow() -> None:
        async for change in watcher.changes():
            seen.append(change)

    following = asyncio.create_task(follow())
    try:
        await until(lambda: seen, "the first look")
        assert seen[0].rescan
        seen.clear()
        yield seen
    finally:
        following.cancel()
        await asyncio.wait([following])
        assert following.cancelled()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    made = tmp_path / "store"
    (made / "sessions").mkdir(parents=True)
    return made


def replace(path: Path, content: str) -> None:
    temp = path.with_name(f"{path.name}.4242.0f0f.tmp")
    temp.write_text(content)
    temp.replace(path)


def write_in_place(path: Path) -> None:
    path.write_text("new")


def write_anew(path: Path) -> None:
    replace(path, "new")


def move_away(path: Path) -> None:
    path.rename(path.parent.parent / "x")


@pytest.mark.parametrize("do", [write_in_place, write_anew, Path.unlink, move_away])
async def test_a_change_of_a_session_is_noticed(base: Path, do: Callable[[Path], object]) -> None:
    path = base / "sessions/a.json"
    path.write_text("old")
    async with watched(base) as seen:
        assert seen.ways == [Watching()]
        assert str(seen.ways[0]) == "inotify"
        do(path)
        await until(lambda: A in seen.sessions())
        assert seen.sessions() == {A}
        assert not seen.any("rescan")
        assert not seen.any("projects")


async def test_a_new_session_is_noticed(base: Path) -> None:
    async with watched(base) as seen:
        replace(base / "sessions/a.json", "x")
        await until(lambda: A in seen.sessions())


async def test_temp_files_and_strangers_are_not(base: Path) -> None:
    async with watched(base) as seen:
        for name in ("a.json.1.2.tmp", "a.md", ".json", "x", "../other.txt", "../audit.json"):
            (base / "sessions" / name).write_text("x")
        replace(base / "sessions/last.json", "x")
        await until(lambda: "last" in seen.sessions())
        assert seen.sessions() == {"last"}
        assert [change for change in seen if change.projects or change.settings] == []


async def test_sessions_in_folders_of_any_name_are_noticed(tmp_path: Path) -> None:
    base = tmp_path / "node_modules" / ".git" / "x.tmp"
    (base / "sessions").mkdir(parents=True)
    async with watched(base) as seen:
        (base / "sessions/a.json").write_text("x")
        await until(lambda: A in seen.sessions())


async def test_a_store_that_is_named_relatively(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(base.parent)
    async with watched(Path("store"), [Path("store/config.toml")]) as seen:
        (base / "sessions/a.json").write_text("x")
        (base / "config.toml").write_text("x")
        await until(lambda: A in seen.sessions() and seen.any("settings"))


async def test_projects_are_noticed(base: Path) -> None:
    async with watched(base) as seen:
        (base / "kernel.db-wal").write_text("x")
        await until(lambda: seen.any("projects"), "a database")
        seen.clear()
        (base / "projects").mkdir()
        await until(lambda: seen.any("projects"), "a folder of projects")
        await until(lambda: seen.any("rescan"), "and to be watched as well")
        seen.clear()
        (base / "projects/x.json").write_text("x")
        await until(lambda: seen.any("projects"), "a project in it")
        assert not seen.sessions()


async def test_settings_are_noticed_wherever_they_are(base: Path) -> None:
    config = base.parent / "oxios" / "config.toml"
    config.parent.mkdir()
    async with watched(base, [config]) as seen:
        (config.parent / "other.toml").write_text("x")
        replace(config, "x")
        await until(lambda: seen.any("settings"))
        assert not seen.any("projects")


async def test_settings_are_noticed_where_there_were_none(base: Path) -> None:
    beside, within = base.parent / "config.toml", base / "config.toml"
    beside.write_text("x")
    async with watched(base, [within, beside]) as seen:
        replace(beside, "y")
        await until(lambda: seen.any("settings"), "those beside the store")
        seen.clear()
        replace(within, "z")
        await until(lambda: seen.any("settings"), "those in it, which come first")


async def test_settings_behind_a_link_are_noticed(base: Path) -> None:
    config, elsewhere = base / "config.toml", base.parent / "dotfiles" / "oxios.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text("x")
    config.symlink_to(elsewhere)
    async with watched(base, [config]) as seen:
        elsewhere.write_text("y")
        await until(lambda: seen.any("settings"))
        seen.clear()
        replace(config, "z")
        await until(lambda: seen.any("settings"))


async def test_a_sessions_folder_that_is_made_later(base: Path) -> None:
    (base / "sessions").rmdir()
    async with watched(base) as seen:
        (base / "sessions").mkdir()
        (base / "sessions/early.json").write_text("x")
        await until(lambda: seen.any("rescan"), "the new folder")
        (base / "sessions/a.json").write_text("x")
        await until(lambda: A in seen.sessions(), "a session in it")
        assert set(map(str, seen.ways)) == {"inotify"}


async def test_a_folder_that_is_replaced(base: Path) -> None:
    async with watched(base) as seen:
        for _ in range(2):
            shutil.rmtree(base / "sessions")
            (base / "sessions").mkdir()
            seen.clear()
            await until(lambda: seen.any("rescan"), "the other folder")
            (base / "sessions/a.json").write_text("x")
            await until(lambda: A in seen.sessions(), "a session in it")
            seen.clear()
        (base / "sessions").rename(base / "aside")
        (base / "new").mkdir()
        (base / "new").rename(base / "sessions")
        await until(lambda: seen.any("rescan"), "a folder that was moved in")
        (base / "sessions/b.json").write_text("x")
        await until(lambda: "b" in seen.sessions())


async def test_a_store_that_is_gone_and_comes_back(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_POLL_S", 0.02)
    async with watched(base) as seen:
        shutil.rmtree(base)
        await until(lambda: seen.ways[-1].why, "that the store is gone")
        assert str(seen.ways[-1]) == "polling every 0.02 s: the store is gone"
        assert seen.any("rescan")
        (base / "sessions").mkdir(parents=True)
        await until(lambda: seen.ways[-1] == Watching(), "events again")
        seen.clear()
        (base / "sessions/a.json").write_text("x")
        await until(lambda: A in seen.sessions())


async def test_a_store_that_is_not_there_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_POLL_S", 0.02)
    async with watched(tmp_path / "later") as seen:
        assert seen.ways[0].why == "the store is gone"
        (tmp_path / "later").mkdir()
        await until(lambda: seen.ways[-1] == Watching())


async def test_polling_when_it_is_asked_for(base: Path) -> None:
    async with watched(base, poll_s=0.02) as seen:
        assert seen.ways == [Watching(0.02)]
        assert str(seen.ways[0]) == "polling every 0.02 s"
        await until(lambda: len(seen) >= 3)
        assert all(change.rescan and change.projects and change.settings for change in seen)
        shutil.rmtree(base)
        seen.clear()
        await until(lambda: len(seen) >= 3)
        (base / "sessions").mkdir(parents=True)
        seen.clear()
        await until(lambda: len(seen) >= 3)
        assert {way.polling_s for way in seen.ways} == {0.02}


async def test_polling_when_events_cannot_be_had_and_events_when_they_can(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's limit is reached for a while, and watchfiles says so as it does."""
    monkeypatch.setattr(watch, "_POLL_S", 0.02)
    monkeypatch.setattr(watch, "_RETRY_EVENTS_S", 0.1)
    real: Callable[..., object] = watch.awatch  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - one parameter has a type of trio's
    limit = [True]

    def awatch(*args: Any, **options: Any) -> object:
        if limit[0]:
            raise OSError(f'OS file watch limit reached. about ["{base}"] (MaxFilesWatch)')
        return real(*args, **options)

    monkeypatch.setattr(watch, "awatch", awatch)
    async with watched(base) as seen:
        await until(lambda: seen.ways[-1].why)
        assert str(seen.ways[-1]) == ("polling every 0.02 s: no inotify watches left")
        limit[0] = False
        await until(lambda: seen.ways[-1] == Watching(), "events")
        (base / "sessions/a.json").write_text("x")
        await until(lambda: A in seen.sessions())


def mounts(folder: Path, kind: str) -> str:
    return f"/dev/x / ext4 rw 0 0\nhost:/x {folder} {kind} rw 0 0\nshort\n"


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
async def test_network_file_systems_are_polled(
    base: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mounts"
    table.write_text(mounts(tmp_path, kind))
    monkeypatch.setattr(watch, "_MOUNTS", table)
    monkeypatch.setattr(watch, "_POLL_S", 0.02)
    async with watched(base) as seen:
        assert seen.ways[-1].why == f"{kind} reports no changes"
        await until(lambda: len(seen) >= 2)
    table.write_text(mounts(tmp_path / "elsewhere", kind))
    async with watched(base) as seen:
        assert seen.ways == [Watching()]


@pytest.mark.parametrize(
    ("later", "why"),
    [
        ("automount {} autofs rw 0 0\nhost:/x {} nfs4 rw 0 0\n", "nfs4 reports no changes"),
        ("host:/x {} nfs4 rw 0 0\n/dev/y {} ext4 rw 0 0\n", None),
    ],
)
async def test_of_mounts_over_each_other_the_upper_one_counts(
    tmp_path: Path, later: str, why: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tmp_path / "a store \\ ü"
    (base / "sessions").mkdir(parents=True)
    point = str(base).replace("\\", r"\134").replace(" ", r"\040")
    table = tmp_path / "mounts"
    table.write_text("/dev/x / ext4 rw 0 0\n" + later.format(point, point))
    monkeypatch.setattr(watch, "_MOUNTS", table)
    async with watched(base) as seen:
        assert seen.ways[-1].why == why


async def test_a_store_that_the_system_refuses_to_look_at_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_POLL_S", 0.01)
    monkeypatch.setattr(watch, "_RETRY_EVENTS_S", 0.0)
    async with watched(tmp_path / ("x" * 300)) as seen:  # as a server that was restarted does
        await until(lambda: len(seen) >= 3)
        assert seen.ways == [Watching(0.01, "the store is gone")]


async def test_a_slow_look_finds_what_events_missed(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_RESCAN_S", 0.0)
    async with watched(base) as seen:
        await until(lambda: seen.any("rescan"))
        assert seen.any("projects")
        assert seen.any("settings")
        assert seen.ways == [Watching()]


async def test_who_takes_long_over_a_change_is_not_told_to_look_again(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_STOPPED_S", 1.0)
    monkeypatch.setattr(watch, "_FLOOD_OVER_S", 0.0)
    monkeypatch.setattr(watch, "_WAKE_MS", 50)
    config = base / "config.toml"
    changes = StoreWatcher(base, [config]).changes()
    async with aclosing(changes):
        assert (await anext(changes)).rescan
        for number in range(4):
            config.write_text(f"# {number}")
            assert await anext(changes) == StoreChange(settings=True)
            if number == 0:
                await asyncio.sleep(1.5)  # a thousand files on a slow disk
