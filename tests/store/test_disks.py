"""On disks that are really full, and in stores that go away, nothing is lost and all is said."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from oxtui.errors import OxtuiError, WriteFailedError
from oxtui.store.acts import Acts
from oxtui.store.recovery import recover
from oxtui.store.state_store import StateStore
from oxtui.store.values import SessionId
from tests.store.crashing import A, B, C
from tests.store.projects.oxios_db import API
from tests.store.wholeness import (
    Holdings,
    assert_whole,
    fill,
    holdings,
    noted,
    temp_files,
)

PAGE: Final = 4_096
DISK_BYTES: Final = 100 * PAGE
ROOM_PAGES: Final = {False: range(13), True: range(0, 22, 3)}  # a database has a log beside it
NOBODY: Final = 65_534
UPDATED: Final = re.compile(rb'"updated_at": ?"[^"]*"')

Doing = Callable[[Acts, StateStore], Coroutine[Any, Any, object]]

MOVES: Final = ("delete", "restore")  # which need no room but for a line of the journal
DOINGS: Final[dict[str, Doing]] = {
    "move": lambda acts, _: acts.move([A, B], "p2", "web"),
    "delete": lambda acts, _: acts.delete([A, B]),
    "restore": lambda acts, store: acts.restore(store.trash.entries()),
    "edit config": lambda acts, store: acts.configure(
        store.base_path / "config.toml", {"max_sessions": 7}
    ),
    "add project": lambda acts, _: acts.add_project("web"),
    "rename project": lambda acts, _: acts.rename_project(API, "core"),
    "undo": lambda acts, _: acts.undo(),
}


async def done(store: StateStore, name: str) -> list[str]:
    """Does an act; returns what was told as not done."""
    try:
        report = await DOINGS[name](Acts(store), store)
    except OxtuiError as error:
        return [error.message]
    return [failure.reason for failure in getattr(report, "failures", ())]


# A full disk


@pytest.fixture
def disk(tmp_path: Path) -> Generator[Path]:
    """A small file system of its own."""
    if os.geteuid():
        pytest.skip("only root may mount a file system; under `unshare -rm` everybody is root")
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def filled_up(disk: Path, free_pages: int) -> Generator[None]:
    """A disk with so much room left."""
    status = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(b"\0" * (status.f_bavail * status.f_frsize - free_pages * PAGE))
    assert os.statvfs(disk).f_bavail == free_pages
    try:
        yield
    finally:
        filler.unlink()


@pytest.mark.parametrize("database", [False, True], ids=["files", "db"])
@pytest.mark.parametrize("name", DOINGS)
async def test_a_full_disk(disk: Path, name: str, database: bool) -> None:
    base = disk / "store"
    store = fill(base, database=database)
    if name == "restore":
        await Acts(store).delete([A, B])
    if name == "undo":
        await Acts(store).move([A, B], "p2", "web")
    kept = disk.parent / "kept"
    shutil.copytree(base, kept)
    before = holdings(store)
    assert not await done(store, name)
    after = holdings(store)
    refused = 0
    for free_pages in ROOM_PAGES[database]:
        shutil.rmtree(base)
        shutil.copytree(kept, base)
        with filled_up(disk, free_pages):
            errors = await done(store, name)
            sys.stdout.write(f"{free_pages} pages free: {errors}\n")
            assert all("full" in each or "No space left" in each for each in errors)
            assert all("ry again" in each or "stays done" in each for each in errors)
            assert temp_files(base) == []
        assert_same_but_for_times(holdings(store), before, after)
        refused += bool(errors)
        assert recover(base, thorough=True) == ()
        assert not await done(store, name) or not errors  # it goes on where there is room
        while [act for act in noted(store) if not act[2]]:
            assert not (await Acts(store).undo()).failures
    assert name in MOVES or refused, "it always had room enough"
    assert refused < len(ROOM_PAGES[database]), "it never had room enough"
    sys.stdout.write(f"{name}: refused {refused} times for want of room\n")


def assert_same_but_for_times(now: Holdings, before: Holdings, after: Holdings) -> None:
    """As `assert_whole`, for acts at different times, which write the times into the files."""
    changed = after.sessions.keys() & before.sessions.keys()
    for name in changed:
        if now.sessions[name] != before.sessions[name]:
            assert untimed(now, name) == untimed(after, name)
    if not changed:
        assert_whole(now, before, after)


def untimed(held: Holdings, name: str) -> bytes:
    """What a session's file holds but for when it was updated, whose digits may be fewer."""
    return UPDATED.sub(b"", held.sessions[name].content)


# A store that goes away


async def test_a_store_that_is_removed_while_open(tmp_path: Path) -> None:
    store = fill(tmp_path / "store", database=False)
    await Acts(store).delete([C])
    entries = store.trash.entries()
    acts = Acts(store)
    shutil.rmtree(store.base_path)
    for doing in (acts.move([A], "p", "p"), acts.delete([A]), acts.restore(entries)):
        with pytest.raises(WriteFailedError, match=str(store.base_path)):
            await doing
    for name in ("edit config", "add project", "undo"):
        assert await done(store, name)
    assert recover(store.base_path, thorough=True) == ()
    assert not store.base_path.exists()
    store = fill(store.base_path, database=False)  # it is there again
    assert not (await acts.move([A], "p2", "web")).failures
    assert not (await acts.undo()).failures


@contextmanager
def mounted(disk: Path, folder: Path) -> Generator[None]:
    """A disk that is there at another place as well."""
    subprocess.run(["mount", "--bind", str(disk), str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_store_that_is_unmounted_while_open(disk: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with mounted(disk, place):
        store = fill(place / "store", database=False)
        acts = Acts(store)
        await acts.delete([C])
        await acts.move([A], "p2", "web")
        entries, before = store.trash.entries(), holdings(store)
    for doing in (acts.move([A], "p", "p"), acts.restore(entries)):
        with pytest.raises(WriteFailedError, match=str(store.base_path)):
            await doing
    for name in ("delete", "edit config", "add project", "undo"):
        assert await done(store, name)
    assert list(place.iterdir()) == []
    with mounted(disk, place):
        assert holdings(store) == before
        for _ in range(2):
            assert not (await acts.undo()).failures
        assert not temp_files(store.base_path)


async def test_a_store_that_is_replaced_while_open(tmp_path: Path) -> None:
    store = fill(tmp_path / "store", database=False)
    acts = Acts(store)
    await acts.move([A], "p2", "web")
    store.base_path.rename(tmp_path / "elsewhere")
    elsewhere = holdings(StateStore(tmp_path / "elsewhere"))
    fill(store.base_path, database=True)
    assert not (await acts.move([B], "p3", "three")).failures
    assert [act.kind for act in await acts.history()] == ["move"]
    assert not (await acts.undo()).failures
    assert await done(store, "undo") == ["There is nothing to undo."]
    assert holdings(StateStore(tmp_path / "elsewhere")) == elsewhere


def give_away(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)


def live_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a home there, which can be given away."""
    home = folder / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))


@contextmanager
def as_anybody(folder: Path) -> Generator[None]:
    """Runs the body as one to whom permissions apply, who owns the folder."""
    if os.geteuid():
        yield
        return
    give_away(folder)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is somebody else than the owner here")
async def test_what_root_makes_belongs_to_the_owner_of_the_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        live_in(Path(folder), monkeypatch)
        base = Path(folder) / "store"
        store = fill(base, database=False)
        shutil.rmtree(base / "projects")
        give_away(Path(folder))
        for name in ("move", "delete", "add project", "undo"):
            assert not await done(store, name)
        made = [base / ".oxtui", base / "projects", *base.rglob("*")]
        assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(NOBODY, NOBODY)}
        with as_anybody(Path(folder)):
            assert not await done(store, "undo")


@pytest.mark.parametrize("locked", ["sessions", ".oxtui", ".", "projects"])
async def test_a_store_whose_permission_is_taken_while_open(
    monkeypatch: pytest.MonkeyPatch, locked: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are for its user alone
        live_in(Path(folder), monkeypatch)
        store = fill(Path(folder) / "store", database=False)
        for name in ("edit config", "undo"):  # which leaves a journal, and everything imported
            assert not await done(store, name)
        before = holdings(store)
        with as_anybody(Path(folder)):
            (store.base_path / locked).chmod(0o500)
            refused = 0
            for name in DOINGS:
                errors = await done(store, name)
                refused += bool(errors)
                for error in errors:
                    assert "ermission denied" in error or "nothing to undo" in error, error
            assert refused
            (store.base_path / locked).chmod(0o700)
            acts = Acts(store)
            while [act for act in noted(store) if not act[2]]:
                assert not (await acts.undo()).failures
            assert holdings(store).sessions == before.sessions
            assert not (await acts.delete([SessionId("a")])).failures
        assert temp_files(store.base_path) == []
