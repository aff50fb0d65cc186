"""Deleted files are moved and nothing else happens to them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.errors import ChangedError, NotFoundError, UnreadableError, WriteFailedError
from oxtui.store import rename, trash
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.entries import FileIdentity
from oxtui.store.trash import Trash, TrashEntry

FILE = "sessions/x.json"


@pytest.fixture
def base(store: StateStore) -> Path:
    store.sessions_path.mkdir()
    return store.base_path


def put_there(base: Path, content: str = "content", file: str = FILE) -> Path:
    path = base / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o640)
    os.utime(path, ns=(1_234_567_890_123_456_789, 1_234_567_890_123_456_789))
    return path


def replace_with(path: Path, content: str) -> None:
    """Saves a file as Oxios does."""
    temp = path.with_suffix(".other")
    temp.write_text(content)
    temp.replace(path)


def everything_of(path: Path) -> tuple[bytes, int, int, int]:
    status = path.lstat()
    return path.read_bytes(), status.st_mode, status.st_mtime_ns, status.st_ino


def test_there_and_back_again_it_is_the_same_file(base: Path) -> None:
    path = put_there(base)
    before = everything_of(path)
    bin_ = Trash(base)
    entry = bin_.put(FILE)
    assert not path.exists()
    assert (entry.file, entry.name, entry.size) == (FILE, "x", 7)
    assert Trash(base).entries() == [entry]
    Trash(base).restore(entry)
    assert everything_of(path) == before
    assert bin_.entries() == []
    assert list(bin_.folder.iterdir()) == []


def test_the_last_deleted_comes_first(base: Path) -> None:
    entries: list[TrashEntry] = []
    for content in ("one", "two"):
        put_there(base, content)
        entries.insert(0, Trash(base).put(FILE))
    put_there(base, file="notes/today/y.md")
    entries.insert(0, Trash(base).put("notes/today/y.md"))
    assert Trash(base).entries() == entries
    assert [e.deleted_ns for e in entries] == sorted((e.deleted_ns for e in entries), reverse=True)
    assert [e.name for e in entries] == ["y", "x", "x"]


def test_a_file_in_another_state_than_expected_stays(base: Path) -> None:
    path = put_there(base)
    expected = FileIdentity.of(path.lstat())
    path.write_text("changed!")
    before = everything_of(path)
    with pytest.raises(ChangedError, match="written since it was looked at"):
        Trash(base).put(FILE, expected.is_of)
    assert everything_of(path) == before
    assert Trash(base).entries() == []
    Trash(base).put(FILE, FileIdentity.of(path.lstat()).is_of)


def test_a_file_that_is_written_while_it_is_deleted_comes_back(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_there(base)
    expected = FileIdentity.of(path.lstat())
    real = os.rename

    def written_first(source: Path, target: str, *, dst_dir_fd: int) -> None:
        replace_with(source, "written")
        real(source, target, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "rename", written_first)
    with pytest.raises(ChangedError):
        Trash(base).put(FILE, expected.is_of)
    assert path.read_text() == "written"
    assert Trash(base).entries() == []


def test_both_are_kept_when_a_new_one_is_written_in_that_moment(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_there(base)
    expected = FileIdentity.of(path.lstat())
    real = os.rename

    def written_around(source: Path, target: str, *, dst_dir_fd: int) -> None:
        replace_with(source, "written")
        real(source, target, dst_dir_fd=dst_dir_fd)
        source.write_text("new")

    monkeypatch.setattr(os, "rename", written_around)
    with pytest.raises(ChangedError):
        Trash(base).put(FILE, expected.is_of)
    assert path.read_text() == "new"
    (entry,) = Trash(base).entries()
    assert (Trash(base).folder / entry.entry_id / FILE).read_text() == "written"


@pytest.mark.parametrize("swaps", [True, False], ids=["renameat2", "without it"])
def test_a_name_that_is_taken_by_now_is_not_given_to_another(
    base: Path, swaps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not swaps:
        monkeypatch.setattr(rename, "_renameat2", lambda: None)
    path = put_there(base, "old")
    entry = Trash(base).put(FILE)
    put_there(base, "new")
    with pytest.raises(ChangedError, match="is there again"):
        Trash(base).restore(entry)
    assert path.read_text() == "new"
    assert Trash(base).entries() == [entry]
    path.unlink()
    Trash(base).restore(entry)
    assert path.read_text() == "old"


def test_what_is_gone_is_said_to_be_gone(base: Path) -> None:
    with pytest.raises(NotFoundError, match="not there any more"):
        Trash(base).put(FILE)
    put_there(base)
    entry = Trash(base).put(FILE)
    assert Trash(base).empty([entry]) == 1
    assert Trash(base).empty([entry]) == 0
    with pytest.raises(NotFoundError, match="not in the trash any more"):
        Trash(base).restore(entry)
    assert Trash(base).entries() == []


def test_emptying_takes_the_entries_that_it_was_given(base: Path) -> None:
    entries: list[TrashEntry] = []
    for number in range(3):
        file = f"sessions/{number}.json"
        put_there(base, file=file)
        entries.append(Trash(base).put(file))
    assert Trash(base).empty(entries[:2]) == 2
    assert Trash(base).entries() == entries[2:]


def test_the_folder_of_the_sessions_is_made_again(base: Path) -> None:
    put_there(base)
    entry = Trash(base).put(FILE)
    (base / "sessions").rmdir()
    Trash(base).restore(entry)
    assert (base / FILE).read_text() == "content"


def make_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside.json").write_text("1")


def make_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("make", [os.mkfifo, make_folder, make_link])
def test_what_is_no_file_can_be_deleted_and_restored_too(
    base: Path, make: Callable[[Path], None]
) -> None:
    path = base / FILE
    make(path)
    inode = path.lstat().st_ino
    entry = Trash(base).put(FILE)
    assert Trash(base).entries() == [entry]
    Trash(base).restore(entry)
    assert path.lstat().st_ino == inode
    assert Trash(base).empty([Trash(base).put(FILE)]) == 1
    assert not path.is_symlink()
    assert not path.exists()


def test_a_trash_that_is_no_folder_is_a_clear_error(base: Path) -> None:
    path = put_there(base)
    (base / ".oxtui").mkdir()
    (base / ".oxtui/trash").write_text("")
    with pytest.raises(WriteFailedError, match="was not deleted"):
        Trash(base).put(FILE)
    with pytest.raises(UnreadableError, match="can't be listed"):
        Trash(base).entries()
    assert path.exists()


def test_strange_things_in_the_trash_do_no_harm(base: Path) -> None:
    put_there(base)
    entry = Trash(base).put(FILE)
    folder = Trash(base).folder
    (folder / "empty").mkdir()
    (folder / "stray").write_text("")
    assert [e for e in Trash(base).entries() if e.name == "x"] == [entry]


def test_what_is_restored_while_the_trash_is_listed_is_not_in_it(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_ = Trash(base)
    put_there(base, file="sessions/y.json")
    stays = bin_.put("sessions/y.json")
    path = put_there(base)
    entry = bin_.put(FILE)
    lstat = os.lstat

    def restored_first(name: str, *, dir_fd: int) -> os.stat_result:
        if name == path.name and not path.exists():
            bin_.path_of(entry).rename(path)
        return lstat(name, dir_fd=dir_fd)

    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", restored_first)
        assert bin_.entries() == [stays]
    assert path.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_part_of_the_trash_that_cannot_be_listed_is_a_clear_error(base: Path) -> None:
    put_there(base)
    entry = Trash(base).put(FILE)
    folder = Trash(base).folder / entry.entry_id
    folder.chmod(0)
    try:
        with pytest.raises(UnreadableError, match=r"can't be listed: Perm.* who owns"):
            Trash(base).entries()
    finally:
        folder.chmod(0o700)


def test_its_entries_are_in_order_when_the_clock_stands_still(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash.time, "time_ns", lambda: 5)
    ids: set[str] = set()
    for _ in range(3):
        put_there(base)
        ids.add(Trash(base).put(FILE).entry_id)
    assert len(ids) == 3
    assert {e.deleted_ns for e in Trash(base).entries()} == {5}
