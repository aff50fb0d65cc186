"""Reading summaries: the newest first, only what changed, and nothing hidden."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.store.layout import is_session_name
from oxtui.store.models import SessionId
from oxtui.store.regular_files import read_regular
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.entries import (
    UNSETTLED,
    Entry,
    FileIdentity,
    SessionEntry,
    UnreadableEntry,
    read_entry,
)
from oxtui.store.summaries.scan import newest_first, scan, session_files
from tests.store.files import make_socket, settle
from tests.store.samples import plain_session, pretty


@pytest.fixture
def folder(store: StateStore) -> Path:
    store.sessions_path.mkdir()
    return store.sessions_path


def write(folder: Path, name: str, *, mtime_ns: int | None = None, **fields: object) -> Path:
    """Writes a session as Oxios does: to a temp file, then under its name."""
    path = folder / f"{name}.json"
    temp = folder / f"{name}.json.1.tmp"
    temp.write_bytes(pretty(plain_session(name, **fields)))
    if mtime_ns is not None:
        os.utime(temp, ns=(mtime_ns, mtime_ns))
    temp.replace(path)
    return path


def known(folder: Path, before: dict[SessionId, Entry] | None = None) -> dict[SessionId, Entry]:
    return {entry.session_id: entry for entry in scan(folder, before or {})}


def test_a_name_that_no_file_can_have_is_not_there(folder: Path) -> None:
    assert read_entry(folder / f"{'프' * 90}.json") is None


def test_the_newest_file_comes_first(folder: Path) -> None:
    for number in (3, 1, 2):
        write(folder, f"s{number}", mtime_ns=number * 10**9)
    assert [entry.session_id for entry in scan(folder, {})] == ["s3", "s2", "s1"]


def test_what_did_not_change_is_not_read_again(folder: Path) -> None:
    for name in ("same", "written", "replaced", "touched", "gone"):
        write(folder, name)
    (folder / "broken.json").write_text("{")
    settle(folder)
    before = known(folder)
    write(
        folder,
        "replaced",
        user_id="other",
        mtime_ns=before[SessionId("replaced")].identity.mtime_ns,
    )
    path = folder / "written.json"
    path.write_bytes(path.read_bytes() + b"\n")
    os.utime(folder / "touched.json", ns=(1, 1))
    (folder / "gone.json").unlink()
    write(folder, "new")
    after = known(folder, before)
    assert sorted(after) == ["broken", "new", "replaced", "same", "touched", "written"]
    unchanged = {name for name, entry in after.items() if before.get(name) is entry}
    assert unchanged == {"same", "broken"}
    replaced = after[SessionId("replaced")]
    assert isinstance(replaced, SessionEntry)
    assert replaced.summary.user_id == "other"


def test_a_file_that_was_just_written_is_read_again(folder: Path) -> None:
    """A second write within one tick of the file system's clock leaves no trace but the bytes."""
    path = write(folder, "a", user_id="one")
    before = known(folder)
    entry = before[SessionId("a")]
    assert entry.changed_ns == UNSETTLED
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace(b'"one"', b'"two"'))
    os.utime(path, ns=(0, entry.identity.mtime_ns))
    after = known(folder, before)[SessionId("a")]
    assert after.identity == entry.identity
    assert isinstance(after, SessionEntry)
    assert after.summary.user_id == "two"


def test_a_write_shows_though_size_and_time_are_set_back(folder: Path) -> None:
    path = write(folder, "a", user_id="one")
    settle(folder)
    before = known(folder)
    entry = before[SessionId("a")]
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace(b'"one"', b'"two"'))
    os.utime(path, ns=(0, entry.identity.mtime_ns))
    after = known(folder, before)[SessionId("a")]
    assert after.identity == entry.identity
    assert isinstance(after, SessionEntry)
    assert after.summary.user_id == "two"


def test_an_entry_says_in_which_state_the_file_was(folder: Path) -> None:
    path = write(folder, "a")
    entry = read_entry(path)
    assert isinstance(entry, SessionEntry)
    status = path.stat()
    assert entry.identity == FileIdentity(status.st_ino, status.st_size, status.st_mtime_ns)
    assert entry.session_id == "a"


def test_the_file_is_the_identity_whatever_id_it_holds(folder: Path) -> None:
    write(folder, "a", id="other")
    (entry,) = scan(folder, {})
    assert isinstance(entry, SessionEntry)
    assert (entry.session_id, entry.summary.id) == ("a", "other")


def test_what_has_the_name_of_a_session() -> None:
    for name in ("a.json", ".hidden.json", "한.json", "a b.json", "a.b.json", "a\n.json"):
        assert is_session_name(name)
    for name in (".json", "a.JSON", "a.json.1.2.tmp", "a.md", "json", "a", "a.json~"):
        assert not is_session_name(name)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert list(scan(tmp_path / "absent", {})) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        list(scan(tmp_path / "file", {}))
    assert read_entry(tmp_path / "absent.json") is None
    assert read_entry(tmp_path / "file" / "a.json") is None


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_broken(path: Path) -> None:
    path.write_text("{")


def make_link(path: Path) -> None:
    path.symlink_to(path.with_name("good.json"))


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_fifo, "a FIFO, not a file"),
        (Path.mkdir, "a folder, not a file"),
        (make_link, "a link, not a file"),
        (make_socket, "a socket, not a file"),
        (make_broken, "cut off after 1 bytes"),
        (Path.touch, "empty file"),
    ],
)
def test_what_cannot_be_read_is_listed_with_the_reason(
    folder: Path, make: Callable[[Path], object], reason: str
) -> None:
    write(folder, "good")
    make(folder / "bad.json")
    entries = known(folder)
    assert isinstance(entries[SessionId("good")], SessionEntry)
    bad = entries[SessionId("bad")]
    assert isinstance(bad, UnreadableEntry)
    assert bad.reason == reason
    settle(folder)
    entries = known(folder)
    bad = entries[SessionId("bad")]
    assert known(folder, entries)[SessionId("bad")] is bad


def test_names_that_oxios_cannot_have_written_are_unreadable(folder: Path) -> None:
    data = pretty(plain_session())
    (folder / "a..b.json").write_bytes(data)
    (folder / "a\\b.json").write_bytes(data)
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.json")).write_bytes(data)
    entries = list(known(folder).values())
    assert len(entries) == 3
    assert all(isinstance(entry, UnreadableEntry) and entry.reason for entry in entries)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_listed_with_the_reason(folder: Path) -> None:
    write(folder, "a").chmod(0)
    entry = known(folder)[SessionId("a")]
    assert isinstance(entry, UnreadableEntry)
    assert entry.reason == "Permission denied"


def test_progress_is_told_now_and_then(folder: Path) -> None:
    for number in range(600):
        (folder / f"s{number}.json").touch()
    told: list[tuple[int, int]] = []
    assert len(list(scan(folder, {}, lambda done, total: told.append((done, total))))) == 600
    assert told == [(0, 600), (250, 600), (500, 600)]


def test_a_scan_while_others_write_shows_whole_sessions(folder: Path) -> None:
    for number in range(20):
        write(folder, f"s{number}")
    done = threading.Event()

    def others() -> None:
        number = 0
        while not done.is_set():
            number += 1
            write(folder, f"s{number % 20}", user_id=f"u{number}")

    writer = threading.Thread(target=others)
    writer.start()
    try:
        entries: dict[SessionId, Entry] = {}
        for _ in range(30):
            entries = known(folder, entries)
            assert len(entries) == 20
            assert all(isinstance(entry, SessionEntry) for entry in entries.values())
    finally:
        done.set()
        writer.join()
    settle(folder)
    settled = known(folder, entries)
    assert settled == known(folder)


def test_only_sessions_are_listed(folder: Path) -> None:
    write(folder, "a")
    for name in ("a.md", "b.json.1.tmp", ".json", "noext"):
        (folder / name).touch()
    assert [each.name for each in session_files(folder)] == ["a.json"]


def test_the_order_of_a_list_is_by_the_last_change_and_then_by_name(folder: Path) -> None:
    write(folder, "b", updated_at="2026-08-22T14:34:52.000000002Z")
    write(folder, "a", updated_at="2026-08-22T14:34:52.000000002Z")
    write(folder, "c", updated_at="2026-08-22T23:34:52.000000003+09:00")
    entries = [e for e in scan(folder, {}) if isinstance(e, SessionEntry)]
    assert [e.session_id for e in newest_first(entries)] == ["c", "a", "b"]


@pytest.mark.skipif(not Path("/proc/version").is_file(), reason="a file that says it is empty")
def test_a_file_is_read_to_its_end_whatever_its_size_is_said_to_be() -> None:
    path = Path("/proc/version")
    assert path.stat().st_size == 0
    assert read_regular(path) == path.read_bytes() != b""


def test_a_file_that_the_system_refuses_to_look_at_is_unreadable_and_not_gone(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "sessions"
    folder.symlink_to(folder)  # as when a folder may not be entered any more, or a disk fails
    entry = read_entry(folder / "a.json")
    assert isinstance(entry, UnreadableEntry)
    assert entry.reason == "Too many levels of symbolic links"
    assert entry.changed_ns == UNSETTLED
