"""Noticing what other programs do, with the real watcher on real files."""

import asyncio
import ctypes
import errno
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from oxtui.store import inotify, mounts, watch, watchfiles_events
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


@pytest.fixture(params=["inotify", "watchfiles"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of Linux, and that of other systems."""
    if request.param == "watchfiles":
        monkeypatch.setattr(watch, "_watching", lambda: watchfiles_events.watchfiles_events)


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


@pytest.mark.usefixtures("each_way")
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


@pytest.mark.usefixtures("each_way")
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


@pytest.mark.usefixtures("each_way")
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


@pytest.mark.usefixtures("each_way")
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


@pytest.mark.usefixtures("each_way")
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


@pytest.mark.usefixtures("each_way")
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


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def refusing(call: str, code: int, refuses: Callable[[], object]) -> object:
    """The system's library, of which a call fails as long as `refuses` says so."""
    real = ctypes.CDLL(None, use_errno=True)

    def refused(*arguments: object) -> int:
        if refuses():
            ctypes.set_errno(code)
            return -1
        return getattr(real, call)(*arguments)

    names = ("inotify_init1", "inotify_add_watch")
    return SimpleNamespace(**{name: getattr(real, name) for name in names} | {call: refused})


@pytest.mark.parametrize(
    ("call", "code", "why"),
    [
        ("inotify_init1", errno.EMFILE, "no inotify instances left"),
        ("inotify_add_watch", errno.ENOSPC, "no inotify watches left"),
        ("inotify_init1", errno.ENOSYS, "Function not implemented"),
    ],
)
async def test_polling_when_events_cannot_be_had_and_events_when_they_can(
    base: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, why: str
) -> None:
    """The system's limit is reached for a while."""
    monkeypatch.setattr(watch, "_POLL_S", 0.02)
    monkeypatch.setattr(watch, "_RETRY_EVENTS_S", 0.1)
    limit = [True]
    library = refusing(call, code, lambda: limit[0])
    monkeypatch.setattr(inotify, "_library", lambda: library)
    open_before = descriptors()
    async with watched(base) as seen:
        await until(lambda: seen.ways[-1].why)
        assert str(seen.ways[-1]) == f"polling every 0.02 s: {why}"
        assert descriptors() == open_before
        limit[0] = False
        await until(lambda: seen.ways[-1] == Watching(), "events")
        (base / "sessions/a.json").write_text("x")
        await until(lambda: A in seen.sessions())
    assert descriptors() == open_before


async def test_more_events_than_the_system_keeps_are_looked_after_at_once(base: Path) -> None:
    async with watched(base) as seen:
        for number in range(8_000):  # while nobody reads; the system keeps 16,384
            (base / f"sessions/s{number}.json").write_text("x")
        (base / "sessions/a.json").write_text("x")
        await until(lambda: seen.any("rescan"))
        assert seen.any("projects")
        assert seen.ways == [Watching()]


@pytest.mark.usefixtures("each_way")
async def test_what_is_above_the_store_is_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_POLL_S", 0.02)
    base = tmp_path / "a/b/c/store"
    (base / "sessions").mkdir(parents=True)
    async with watched(base) as seen:
        (tmp_path / "a").rename(tmp_path / "aside")
        await until(lambda: seen.ways[-1].why, "that the store is gone")
        (tmp_path / "aside").rename(tmp_path / "a")
        await until(lambda: seen.ways[-1] == Watching(), "events again")
        seen.clear()
        (base / "sessions/a.json").write_text("x")
        await until(lambda: A in seen.sessions())


async def test_a_link_to_the_store_leads_elsewhere(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name / "sessions").mkdir(parents=True)
    (tmp_path / "current").symlink_to("one")
    async with watched(tmp_path / "current", [tmp_path / "one/config.toml"]) as seen:
        (tmp_path / "next").symlink_to("other")
        (tmp_path / "next").rename(tmp_path / "current")
        await until(lambda: seen.any("rescan"))
        (tmp_path / "other/sessions/a.json").write_text("x")
        await until(lambda: A in seen.sessions())


async def test_a_folder_of_settings_that_is_made_later(tmp_path: Path, base: Path) -> None:
    config = tmp_path / "oxios/config.toml"
    async with watched(base, [config]) as seen:
        config.parent.mkdir()
        await until(lambda: seen.any("settings"))
        seen.clear()
        config.write_text("x")
        await until(lambda: seen.any("settings"))
        assert not seen.any("rescan")


async def test_a_database_behind_a_link_is_noticed(base: Path) -> None:
    elsewhere = base.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "real.db").touch()
    async with watched(base) as seen:
        (base / "kernel.db").symlink_to(elsewhere / "real.db")
        await until(lambda: seen.any("rescan"), "to be watched as well")
        seen.clear()
        (elsewhere / "other.db").write_text("x")
        (elsewhere / "real.db-wal").write_text("x")
        await until(lambda: seen.any("projects"))
        assert not seen.any("rescan")


async def test_who_may_look_into_the_sessions_changes(base: Path) -> None:
    async with watched(base) as seen:
        (base / "sessions").chmod(0o700)
        await until(lambda: seen.any("rescan"))


IDLE = """
import asyncio, os, sys, threading
from pathlib import Path
from oxtui.store.watch import StoreWatcher

def woken():
    texts = [(task / "status").read_text() for task in Path("/proc/self/task").iterdir()]
    lines = [line for text in texts for line in text.splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))

async def main():
    changes = StoreWatcher(Path(sys.argv[1]), [Path(sys.argv[1], "config.toml")]).changes()
    await anext(changes)
    coming = asyncio.create_task(anext(changes))
    await asyncio.sleep(0.2)
    before = woken()
    await asyncio.sleep(1)
    print(woken() - before)
    os._exit(0)

asyncio.run(main())
"""


def test_nothing_runs_while_nothing_happens(base: Path) -> None:
    command = [sys.executable, "-c", IDLE, str(base)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 10


@pytest.mark.usefixtures("each_way")
async def test_what_happens_in_one_moment_is_one_change(base: Path) -> None:
    async with watched(base) as seen:
        for number in range(50):
            replace(base / f"sessions/s{number}.json", "x")
            await asyncio.sleep(0)
        await until(lambda: len(seen.sessions()) == 50)
        assert len(seen) < 10


def mounted(folder: Path, kind: str, tmp_path: Path) -> Path:
    """The table of mounts, if a folder were on another kind of file system than it is."""
    text = Path("/proc/self/mountinfo").read_text()
    descriptor = os.open(folder, os.O_RDONLY)
    facts = Path(f"/proc/self/fdinfo/{descriptor}").read_text()
    os.close(descriptor)
    found = re.search(r"mnt_id:\s*(\d+)", facts)
    assert found
    table = tmp_path / "mountinfo"
    changed, count = re.subn(rf"(?m)^({found[1]} .* - )\S+", rf"\g<1>{kind}", text)
    assert count == 1
    table.write_text(f"short\n{changed}")
    return table


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse", "fuse.sshfs", "fuse.bindfs"])
async def test_file_systems_that_others_write_on_are_polled(
    base: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "_MOUNTS", mounted(base, kind, tmp_path))
    monkeypatch.setattr(watch, "_POLL_S", 0.02)
    async with watched(base) as seen:
        assert seen.ways[-1].why == f"{kind} reports no changes"
        await until(lambda: len(seen) >= 2)


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "fuseblk"])
async def test_file_systems_of_this_machine_alone_are_not(
    base: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "_MOUNTS", mounted(base, kind, tmp_path))
    async with watched(base) as seen:
        assert seen.ways == [Watching()]


@contextmanager
def bound(source: Path, target: Path) -> Generator[None]:
    """A folder as a program shows it, which is not told what happens behind it."""
    target.mkdir()
    if (
        not shutil.which("bindfs")
        or subprocess.run(["bindfs", source, target], capture_output=True, check=False).returncode
    ):
        pytest.skip("no bindfs here")
    try:
        yield
    finally:
        subprocess.run(["fusermount", "-u", "-z", target], check=True)


async def test_what_is_written_behind_fuse_is_noticed(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_POLL_S", 0.02)
    with bound(base, base.parent / "shown"):
        async with watched(base.parent / "shown") as seen:
            assert str(seen.ways[-1]) == "polling every 0.02 s: fuse reports no changes"
            (base / "sessions/a.json").write_text("x")
            await until(lambda: len(seen) > 2)


async def test_sessions_on_another_file_system_than_the_store(base: Path) -> None:
    (base / "sessions").rename(base.parent / "elsewhere")
    with bound(base.parent / "elsewhere", base / "sessions"):
        async with watched(base) as seen:
            assert seen.ways[-1].why == "fuse reports no changes"


MOUNTED_OVER = """
import asyncio, subprocess, sys
from pathlib import Path
from oxtui.store.watch import StoreWatcher

async def main(base):
    watcher = StoreWatcher(base, [base / "config.toml"])
    changes = watcher.changes()
    assert (await anext(changes)).rescan
    for command in (["mount", "-t", "tmpfs", "x", base], ["umount", base]):
        coming = asyncio.create_task(anext(changes))
        await asyncio.sleep(0.1)
        subprocess.run(command, check=True)
        assert (await asyncio.wait_for(coming, 15)).rescan
        (base / "sessions").mkdir(exist_ok=True)
        while not (await asyncio.wait_for(anext(changes), 15)).rescan:
            pass
        (base / "sessions/a.json").write_text("x")
        while not (await asyncio.wait_for(anext(changes), 15)).sessions:
            pass
    print(watcher.watching)

asyncio.run(main(Path(sys.argv[1])))
"""


def test_something_is_mounted_over_the_store_and_unmounted(tmp_path: Path) -> None:
    base = tmp_path / "a store \\ ü"
    base.mkdir()
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mounts here")
    command = ["unshare", "-rm", sys.executable, "-c", MOUNTED_OVER, str(base)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.stderr, ended.stdout) == ("", "inotify\n")


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
    monkeypatch.setattr(watch, "_watching", lambda: watchfiles_events.watchfiles_events)
    monkeypatch.setattr(watchfiles_events, "_STOPPED_S", 1.0)
    monkeypatch.setattr(watchfiles_events, "_WAKE_MS", 50)
    config = base / "config.toml"
    changes = StoreWatcher(base, [config]).changes()
    async with aclosing(changes):
        assert (await anext(changes)).rescan
        for number in range(4):
            config.write_text(f"# {number}")
            assert await anext(changes) == StoreChange(settings=True)
            if number == 0:
                await asyncio.sleep(1.5)  # a thousand files on a slow disk


async def test_after_a_flood_or_a_stop_that_lost_something_everything_is_looked_at(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_watching", lambda: watchfiles_events.watchfiles_events)
    monkeypatch.setattr(watchfiles_events, "_WAKE_MS", 50)
    monkeypatch.setattr(watchfiles_events, "_STOPPED_S", 0.5)
    monkeypatch.setattr(watchfiles_events, "_FLOOD", 20)
    async with watched(base) as seen:
        for number in range(30):
            replace(base / f"sessions/s{number}.json", "x")
        await until(lambda: seen.any("rescan"), "after a flood")
        seen.clear()
        await asyncio.sleep(0.1)
        time.sleep(1)  # noqa: ASYNC251 - as a program that is stopped
        await until(lambda: seen.any("rescan"), "after a stop")
