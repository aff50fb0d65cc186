"""The live catalogue: what it holds, what it tells, and what it does not read twice."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from oxtui.errors import NotFoundError
from oxtui.store.leases import keep_openers_out
from oxtui.store.library import Library, LibraryChange
from oxtui.store.models import SessionId
from oxtui.store.projects.catalog import ProjectCatalog, add_project, read_projects
from oxtui.store.read_ahead import Found, ReadAhead
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.entries import UNSETTLED, Entry
from oxtui.store.summaries.scan import scan
from oxtui.store.watch import StoreWatcher, Watching
from tests.conditions import until
from tests.store.files import leases_are_to_be_had, settle
from tests.store.projects.oxios_db import another_process, have_run, make_database
from tests.store.samples import plain_session, pretty

A, B = SessionId("a"), SessionId("b")


@pytest.fixture
def library(store: StateStore) -> Library:
    store.sessions_path.mkdir()
    return Library(store)


def write(library: Library, name: str, **fields: object) -> Path:
    folder = library.store.sessions_path
    folder.mkdir(exist_ok=True)
    temp = folder / f"{name}.json.1.tmp"
    temp.write_bytes(pretty(plain_session(name, **fields)))
    return temp.replace(folder / f"{name}.json")


def told(library: Library) -> list[LibraryChange]:
    changes: list[LibraryChange] = []
    library.subscribe(changes.append)
    return changes


def title(library: Library, session_id: SessionId) -> str | None:
    return library.entries[session_id].summary.title


async def test_it_holds_what_is_there(library: Library) -> None:
    write(library, "a")
    write(library, "b")
    (library.store.sessions_path / "broken.json").write_text("{")
    add_project(library.store.base_path, "web")
    changes = told(library)
    await library.load()
    assert set(library.entries) == {A, B}
    assert set(library.unreadable) == {SessionId("broken")}
    assert [project.name for project in library.projects] == ["web"]
    assert library.catalog.projects == library.projects
    assert LibraryChange(projects=True) in changes
    assert {i for change in changes for i in change.changed} == {A, B}
    assert any(change.unreadable for change in changes)
    assert library.problem is None
    assert library.scanning is None


async def test_an_empty_store_and_one_without_a_folder(store: StateStore) -> None:
    library = Library(store)
    await library.load()
    assert not library.entries
    assert library.problem is None


async def test_a_folder_that_cannot_be_listed_is_a_problem_until_it_can(store: StateStore) -> None:
    library = Library(store)
    store.sessions_path.write_text("a file")
    changes = told(library)
    await library.rescan()
    assert library.problem is not None
    assert "can't be listed" in library.problem
    assert changes
    store.sessions_path.unlink()
    write(library, "a")
    await library.rescan()
    assert library.problem is None
    assert A in library.entries


async def test_a_rescan_reads_and_tells_what_is_different_only(library: Library) -> None:
    for name in ("a", "b", "gone"):
        write(library, name)
    (library.store.sessions_path / "broken.json").write_text("{")
    await library.load()
    before = dict(library.entries)
    broken = library.unreadable[SessionId("broken")]
    write(library, "b", metadata={"title": "new"})
    (library.store.sessions_path / "gone.json").unlink()
    changes = told(library)
    await library.rescan()
    assert library.entries[A].summary == before[A].summary
    assert library.unreadable[SessionId("broken")].reason == broken.reason
    assert title(library, B) == "new"
    assert [c for c in changes if c != LibraryChange()] == [
        LibraryChange(frozenset({B}), frozenset({SessionId("gone")}))
    ]


async def test_large_stores_come_in_pieces_the_newest_first(library: Library) -> None:
    for number in range(1_200):
        path = write(library, f"s{number}")
        os.utime(path, ns=(number * 10**9, number * 10**9))
    settle(library.store.sessions_path)
    changes = told(library)
    await library.rescan()
    pieces = [change.changed for change in changes if change.changed]
    assert [len(piece) for piece in pieces] == [50, 500, 500, 150]
    assert pieces[0] == {f"s{number}" for number in range(1_150, 1_200)}
    assert SessionId("s0") in pieces[-1]


async def test_a_file_that_breaks_keeps_its_last_good_state(library: Library) -> None:
    path = write(library, "a")
    await library.load()
    good = library.entries[A]
    path.write_text('{"id": "a"')
    changes = told(library)
    await library.refresh([A])
    assert library.entries[A] is good
    assert library.unreadable[A].reason == "cut off after 10 bytes"
    assert library.entry(A) is good
    assert changes == [LibraryChange(unreadable=True)]
    write(library, "a", metadata={"title": "whole"})
    await library.refresh([A])
    assert A not in library.unreadable
    assert title(library, A) == "whole"
    assert changes[1:] == [LibraryChange(frozenset({A}), unreadable=True)]
    path.unlink()
    await library.refresh([A])
    assert changes[2:] == [LibraryChange(removed=frozenset({A}))]


async def test_a_refresh_without_a_difference_tells_nothing(library: Library) -> None:
    write(library, "a")
    await library.load()
    changes = told(library)
    await library.refresh([A, SessionId("absent")])
    assert changes == []


async def test_an_entry_that_is_not_there_says_why(library: Library) -> None:
    (library.store.sessions_path / "broken.json").write_text("{")
    await library.load()
    with pytest.raises(NotFoundError, match="can't be read: cut off"):
        library.entry(SessionId("broken"))
    with pytest.raises(NotFoundError, match="is not there"):
        library.entry(A)


async def test_who_has_enough_is_told_no_more(library: Library) -> None:
    changes: list[LibraryChange] = []
    unsubscribe = library.subscribe(changes.append)
    write(library, "a")
    await library.refresh([A])
    unsubscribe()
    write(library, "b")
    await library.refresh([B])
    assert changes == [LibraryChange(frozenset({A}))]


async def test_what_is_read_during_a_scan_is_newer_than_what_the_scan_read(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan reads the files, then they are written and read again, then the scan delivers."""
    write(library, "a", metadata={"title": "old"})
    write(library, "gone")
    read, deliver = threading.Event(), threading.Event()

    def slow_scan(folder: Path, known: Mapping[SessionId, Entry], _: object) -> Iterator[Entry]:
        entries = list(scan(folder, known))
        read.set()
        deliver.wait(20)
        yield from entries

    monkeypatch.setattr("oxtui.store.library.scan", slow_scan)
    scanning = asyncio.create_task(library.rescan())
    await asyncio.to_thread(read.wait, 20)
    write(library, "a", metadata={"title": "new"})
    write(library, "b")
    (library.store.sessions_path / "gone.json").unlink()
    await library.refresh([A, B, SessionId("gone")])
    deliver.set()
    await scanning
    assert set(library.entries) == {A, B}
    assert title(library, A) == "new"


async def test_refreshes_at_once_end_with_what_is_on_disk(library: Library) -> None:
    for number in range(30):
        write(library, "a", metadata={"title": f"{number}"})
        await asyncio.gather(*(library.refresh([A]) for _ in range(3)))
        assert title(library, A) == f"{number}"


async def test_names_of_projects_that_cannot_be_read_just_now_are_kept(library: Library) -> None:
    database = library.store.base_path / "kernel.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE projects (id TEXT, name TEXT)")
        connection.execute("INSERT INTO projects VALUES ('1', 'web')")
    await library.refresh_projects()
    before = [project.name for project in library.projects]
    database.write_bytes(b"no database")
    await library.refresh_projects()
    assert library.catalog.problem
    assert [project.name for project in library.projects] == before == ["web"]


async def test_of_projects_only_what_cannot_be_read_is_kept(library: Library) -> None:
    base = library.store.base_path
    ids = {name: add_project(base, name).project for name in ("api", "docs", "web")}
    await library.refresh_projects()
    (base / "projects" / f"{ids['api']}.json").write_text("{")
    (base / "projects" / f"{ids['web']}.json").unlink()
    await library.refresh_projects()
    assert [project.name for project in library.projects] == ["api", "docs"]
    assert library.catalog.problem
    add_project(base, "mobile")
    await library.refresh_projects()
    assert [project.name for project in library.projects] == ["api", "docs", "mobile"]


async def test_projects_are_looked_at_again_as_long_as_they_cannot_be_read(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oxtui.store.library._RETRY_PROJECTS_S", 0.02)
    monkeypatch.setattr("oxtui.store.library._REST_TO_WORK", 0)
    path = make_database(library.store.base_path / "kernel.db", wal=False)
    looks: list[Path] = []

    def look(base: Path) -> ProjectCatalog:
        looks.append(base)
        return read_projects(base)

    monkeypatch.setattr("oxtui.store.library.read_projects", look)
    with another_process(path, "BEGIN EXCLUSIVE") as process:
        watcher = StoreWatcher(library.store.base_path, [])
        following = asyncio.create_task(library.follow(watcher))
        try:
            await until(lambda: len(looks) > 3, "several looks")
            assert "kernel.db is locked" in (library.catalog.problem or "")
            have_run(process, "ROLLBACK;")
            await until(lambda: library.projects, "the end of the lock")
            assert library.catalog.problem is None
            seen = len(looks)
            write(library, "a")
            await until(lambda: A in library.entries)
            await asyncio.sleep(0.2)  # ten times as long as it takes to look again
            assert len(looks) == seen
        finally:
            following.cancel()
            await asyncio.wait([following])


async def test_projects_that_did_not_change_are_not_told(library: Library) -> None:
    add_project(library.store.base_path, "web")
    await library.refresh_projects()
    changes = told(library)
    await library.refresh_projects()
    assert changes == []
    add_project(library.store.base_path, "api")
    await library.refresh_projects()
    assert changes == [LibraryChange(projects=True)]
    assert len(library.projects) == 2


async def test_it_follows_what_others_do(library: Library) -> None:
    base = library.store.base_path
    config = base / "config.toml"
    settings: list[bool] = []
    write(library, "a")
    await library.load()
    watcher = StoreWatcher(base, [config])
    following = asyncio.create_task(library.follow(watcher, lambda: settings.append(True)))
    try:
        await until(lambda: settings, "the first look")
        write(library, "b", metadata={"title": "one"})
        await until(lambda: B in library.entries, "a new session")
        write(library, "b", metadata={"title": "two"})
        await until(lambda: title(library, B) == "two", "a replaced session")
        (library.store.sessions_path / "a.json").unlink()
        await until(lambda: A not in library.entries, "a removed session")
        add_project(base, "web")
        await until(lambda: library.projects, "a project")
        settings.clear()
        config.write_text("[session]\n")
        await until(lambda: settings, "the settings")
        assert not following.done()
    finally:
        following.cancel()
        await asyncio.wait([following])


async def test_changes_do_not_wait_for_a_slow_scan(library: Library) -> None:
    folder = library.store.sessions_path
    if not leases_are_to_be_had(folder):
        pytest.skip("a file system without leases")
    slow = [write(library, f"slow{number}") for number in range(20)]
    ways: list[Watching] = []
    watcher = StoreWatcher(library.store.base_path, [], on_watching=ways.append)
    with ExitStack() as held:  # who reads one of these waits for a second
        for path in slow:
            keep_openers_out(held.enter_context(path.open("r+b")).fileno())
        following = asyncio.create_task(library.follow(watcher))
        try:
            await until(lambda: ways, "events")
            write(library, "b", metadata={"title": "one"})
            await until(lambda: B in library.entries, "a new session")
            assert not library.checked
            held.close()
            await until(lambda: library.checked, "the scan")
            assert len(library.entries) == 21
        finally:
            following.cancel()
            await asyncio.wait([following])


# What an earlier run knew


async def run_before(library: Library) -> Library:
    """A new library on the store of one that read everything and was closed."""
    settle(library.store.sessions_path)
    await library.load()
    await library.close()
    return Library(library.store)


async def test_what_was_read_ahead_is_there_at_once_and_checked_later(library: Library) -> None:
    for name in ("a", "gone"):
        write(library, name)
    add_project(library.store.base_path, "web")
    await run_before(library)
    (library.store.sessions_path / "gone.json").unlink()
    ahead = ReadAhead(library.store.base_path)
    later = Library(library.store, ahead)
    later.take_ahead()
    assert not later.entries  # it does not wait
    ahead.read()
    changes = told(later)
    later.take_ahead()
    assert set(later.entries) == {A, SessionId("gone")}
    assert [project.name for project in later.projects] == ["web"]
    assert not later.checked
    await later.load()
    assert later.checked
    assert set(later.entries) == {A}
    assert [change.changed for change in changes if change.changed] == [{A, SessionId("gone")}]


async def test_in_a_first_run_the_newest_are_there_at_once_and_kept(library: Library) -> None:
    for number in range(150):
        path = write(library, f"s{number}")
        os.utime(path, ns=(number * 10**9, number * 10**9))
    settle(library.store.sessions_path)
    ahead = ReadAhead(library.store.base_path)
    first = Library(library.store, ahead)
    ahead.read()
    first.take_ahead()
    assert set(first.entries) == {f"s{number}" for number in range(100, 150)}
    await first.load()
    assert len(first.entries) == 150
    assert len(ReadAhead(library.store.base_path).read().entries) == 150


async def test_what_was_read_again_is_not_taken_from_what_was_read_ahead(
    library: Library,
) -> None:
    write(library, "a")
    ahead = ReadAhead(library.store.base_path)
    later = Library(library.store, ahead)
    ahead.read()
    write(library, "a", metadata={"title": "new"})
    add_project(library.store.base_path, "web")
    await later.refresh([A])
    await later.refresh_projects()
    later.take_ahead()
    assert title(later, A) == "new"
    assert [project.name for project in later.projects] == ["web"]


async def test_what_an_earlier_run_knew_comes_first_and_then_what_is_true(
    library: Library,
) -> None:
    for name in ("a", "b", "gone"):
        write(library, name)
    (library.store.sessions_path / "broken.json").write_text("{")
    later = await run_before(library)
    write(library, "b", metadata={"title": "new"})
    write(library, "c")
    (library.store.sessions_path / "gone.json").unlink()
    changes = told(later)
    await later.load()
    known = LibraryChange(frozenset({A, B, SessionId("gone")}), unreadable=True)
    assert [change for change in changes if change != LibraryChange()] == [
        known,
        LibraryChange(frozenset({B, SessionId("c")}), frozenset({SessionId("gone")})),
    ]
    assert set(later.entries) == {A, B, SessionId("c")}
    assert title(later, B) == "new"
    again = await run_before(later)
    changes = told(again)
    await again.load()
    assert [change.changed for change in changes if change.changed] == [set(later.entries)]
    assert not any(change.removed for change in changes)


async def test_what_was_refreshed_is_known_to_the_next_run(library: Library) -> None:
    write(library, "a")
    write(library, "gone")
    await run_before(library)
    write(library, "a", metadata={"title": "new"})
    (library.store.sessions_path / "gone.json").unlink()
    await library.refresh([A, SessionId("gone")])
    settle(library.store.sessions_path)
    await library.close()
    later = Library(library.store)
    changes = told(later)
    await later.load()
    assert [change for change in changes if change != LibraryChange()] == [
        LibraryChange(frozenset({A}))
    ]
    assert title(later, A) == "new"


async def test_what_is_read_before_the_index_is_newer_than_it(library: Library) -> None:
    write(library, "a", metadata={"title": "old"})
    write(library, "gone")
    later = await run_before(library)
    write(library, "a", metadata={"title": "new"})
    (library.store.sessions_path / "gone.json").unlink()
    await later.refresh([A])
    changes = told(later)
    await later.rescan()
    assert title(later, A) == "new"
    assert set(later.entries) == {A}
    assert not any(A in change.changed for change in changes)


async def test_a_file_that_settles_is_no_change(library: Library) -> None:
    write(library, "a")
    (library.store.sessions_path / "broken.json").write_text("{")
    await library.load()
    while library.entries[A].changed_ns != UNSETTLED:  # read too late, on a busy machine
        write(library, "a")
        await library.refresh([A])
    settle(library.store.sessions_path)
    changes = told(library)
    await library.rescan()
    assert library.entries[A].changed_ns != UNSETTLED
    assert set(changes) == {LibraryChange()}


async def test_rescans_that_wait_become_one(library: Library) -> None:
    write(library, "a")
    changes = told(library)
    await asyncio.gather(*(library.rescan() for _ in range(20)))
    assert A in library.entries
    assert changes.count(LibraryChange()) <= 2


async def test_a_store_is_shown_though_nothing_can_be_kept(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    write(library, "a")
    again = Library(library.store)
    await again.load()
    await again.close()
    assert set(again.entries) == {A}


# What is read ahead, in another process where that pays


def ids(found: Found) -> set[SessionId]:
    return {entry.session_id for entry in found.entries}


async def test_the_newest_are_looked_for_by_a_process_that_may_fail(library: Library) -> None:
    folder = library.store.sessions_path
    for number in range(150):
        os.utime(write(library, f"s{number}"), ns=(number * 10**9, number * 10**9))
    (folder / ".json").write_text("no name")
    (folder / "temp.json.1.tmp").write_text("no session")
    begun = ReadAhead(library.store.base_path)
    begun.begin()
    assert ids(begun.read()) == {f"s{number}" for number in range(100, 150)}
    assert begun.found is begun.read()
    assert ids(ReadAhead(library.store.base_path).read()) == ids(begun.read())


async def test_without_a_folder_there_is_nothing_ahead(store: StateStore) -> None:
    for begins in (False, True):
        ahead = ReadAhead(store.base_path)
        if begins:
            ahead.begin()
        assert not ahead.read().entries
